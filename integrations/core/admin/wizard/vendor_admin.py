"""The admin section that every vendor gets: registered with the vendor's proxy of Connection."""

from django.urls import URLPattern, path

from integrations.core.admin import run_pages
from integrations.core.admin.review.pages import ReviewPages
from integrations.core.admin.wizard import authorising, connection_page, held_pages, overview, settings_page
from integrations.core.admin.wizard.section import Guide, Section, View, guarded
from integrations.core.allowed import Right

__all__ = ["Guide", "VendorConnectionAdmin"]


class VendorConnectionAdmin(Section):
    """Subclasses set ``integration``, ``guide`` and, where the vendor has settings of its own, ``settings_form``."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self._page("", overview.show_overview, "changelist"),
            self._page("set-up/", overview.set_up, "set_up", right=Right.MANAGE),
            self._page("<int:pk>/", connection_page.show_connection, "connection"),
            self._page("<int:pk>/consent/", authorising.consent, "consent", right=Right.MANAGE),
            self._page("<int:pk>/authorise/", authorising.authorise, "authorise", right=Right.MANAGE),
            self._page("<int:pk>/settings/", settings_page.change_settings, "settings", right=Right.MANAGE),
            self._page("<int:pk>/people/", settings_page.search_people, "people", right=Right.MANAGE),
            self._page("<int:pk>/synchronise/", connection_page.synchronise, "synchronise", right=Right.RUN),
            self._page("<int:pk>/disconnect/", connection_page.disconnect, "disconnect", right=Right.MANAGE),
            self._page("<int:pk>/held/", held_pages.show_held, "held"),
            self._page("<int:pk>/held/<int:mass>/", held_pages.show_mass_change, "mass_change"),
            self._page("<int:pk>/held/<int:mass>/release/", held_pages.release, "release", right=Right.RUN),
            self._page("<int:pk>/held/<int:mass>/drop/", held_pages.drop, "drop", right=Right.RUN),
            *run_pages.urls(self),
            *ReviewPages.urls(self),
        ]

    def _page(self, address: str, view: View, page: str, *, right: Right | None = None) -> URLPattern:
        return path(address, guarded(self, view, right=right), name=self.page_name(page))

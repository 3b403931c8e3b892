from django.contrib import admin
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from integrations.core.admin.wizard.vendor_admin import Guide, VendorConnectionAdmin
from integrations.fortnox import existing_page, mapping_page
from integrations.fortnox.apps import FortnoxConfig
from integrations.fortnox.forms import FortnoxSettingsForm
from integrations.fortnox.models import FortnoxConnection


@admin.register(FortnoxConnection)
class FortnoxConnectionAdmin(VendorConnectionAdmin):
    integration = FortnoxConfig.manifest.name
    settings_form = FortnoxSettingsForm
    guide = Guide(
        how_to_use=(
            _("Press “Set up”, choose the company, and accept the terms."),
            _("Sign in at Fortnox and approve the access. You come back here with the company's name shown."),
            _("Choose the settings: who takes part, and what new people get in Fortnox."),
            _(
                "Press “Synchronise users”. Both systems are compared, and you see every difference. You decide for"
                " each whether the hub's value goes to Fortnox, Fortnox's to the hub, or both stay."
            ),
            _("Press “Next” and choose which people to create in the hub and which in Fortnox. Nobody is ticked yet."),
            _(
                "Confirm what the page lists, person by person; also where nothing differs: only then changes go by"
                " themselves. It is written in the background, and you get an e-mail with the result."
            ),
            _(
                "From then on, what is changed in the hub reaches Fortnox by itself. Press “Synchronise users” as often"
                " as you like, to see what was changed in Fortnox and to create new people."
            ),
        ),
        features=(
            _("Nothing is written in either system before you confirm the first synchronisation."),
            _(
                "After it, a change made in the hub reaches Fortnox within seconds: only the fields that were changed."
                " What Fortnox refuses stands in the error log, and can be tried again there."
            ),
            _("What is changed in Fortnox comes to the hub when somebody synchronises, and is decided there."),
            _(
                "When an import, a change for many together, or a synchronisation with another system concerns more"
                " people than the connection's limit, nothing of it is sent before somebody releases it."
            ),
            _(
                "New people are created in Fortnox when you tick their names in a synchronisation, or by themselves if"
                " the settings say so."
            ),
            _(
                "People are matched by their work e-mail the first time, and by their link after that, whatever the"
                " e-mail has become."
            ),
            _(
                "“Disconnect” stops everything. After connecting again, synchronise users and confirm: what was changed"
                " in the hub meanwhile waits until then."
            ),
            _("Nobody is deleted, in either system."),
        ),
        needed=(
            _(
                "An active integration licence: Administrate users > Add licences > Integration in Fortnox. One is"
                " enough for all integrations."
            ),
            _("An active payroll licence (Lön)."),
            _("A Fortnox user who may manage employees; for a service account a system administrator."),
            _(
                "E-mail, phone and employment ID of each person that nobody else has, in both systems. People with a"
                " value in common are listed by name, and left out until it is put right."
            ),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            self._page("<int:pk>/", mapping_page.show_connection, "connection"),
            # Whoever may synchronise: what an absence is called is HR's to say.
            self._page("<int:pk>/absence-types/", mapping_page.map_absence_types, mapping_page.PAGE),
            self._page("<int:pk>/existing-absences/", existing_page.send_existing_absences, existing_page.PAGE),
            self._page("<int:pk>/compare-absences/", existing_page.compare_now, existing_page.COMPARE),
            *super().get_urls(),
        ]

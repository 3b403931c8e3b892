"""The addresses of the review, for the admin of an integration's connections."""

from typing import Final

from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from integrations.core.admin.review.asking import ask_view
from integrations.core.admin.review.confirming import confirm_view
from integrations.core.admin.review.conflicts import conflicts_view
from integrations.core.admin.review.creating import creation_view
from integrations.core.admin.review.everybody import everybody_view
from integrations.core.admin.review.matching import match_view
from integrations.core.admin.review.missing import missing_view
from integrations.core.admin.review.opened import View, review_view
from integrations.core.admin.review.unclear import unclear_view

VIEWS: Final[tuple[tuple[str, str, View], ...]] = (
    ("conflicts", "conflicts/", conflicts_view),
    ("unclear", "unclear/", unclear_view),
    ("match", "match/<int:row_id>/", match_view),
    ("missing", "missing/", missing_view),
    ("creation", "missing/<int:row_id>/", creation_view),
    ("confirm", "confirm/", confirm_view),
    ("everybody", "everybody/", everybody_view),
    ("ask", "ask/", ask_view),
)


class ReviewPages:
    """The pages named ``<app>_<model>_<page>``; they link to the pages ``run`` and ``connection`` of the same admin."""

    @staticmethod
    def urls(model_admin: ModelAdmin) -> list[URLPattern]:
        options = model_admin.opts
        return [
            path(
                f"<int:connection>/runs/<int:run>/{address}",
                review_view(model_admin, view),
                name=f"{options.app_label}_{options.model_name}_{name}",
            )
            for name, address, view in VIEWS
        ]

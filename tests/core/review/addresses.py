"""The admin with the review's pages, whatever section a vendor has."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import include, path
from unfold.admin import ModelAdmin

from integrations.core.admin.review.pages import ReviewPages
from integrations.core.models import Connection


class FortnoxOnly(ModelAdmin):
    integration = "fortnox"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        found: QuerySet[Connection] = super().get_queryset(request).filter(integration="fortnox")
        return found


review_urls = ReviewPages.urls(FortnoxOnly(Connection, admin.site))
urlpatterns = [path("", include(([path("fortnox/", include(review_urls)), *admin.site.urls[0]], "admin")))]

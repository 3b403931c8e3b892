"""Values as the integration declares them: their labels, and what of them may be read."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from employees.foreign_text import ForeignText
from employees.masking import HIDDEN_WHOLE
from integrations.core.declare import Field, Resource
from integrations.core.models import Connection
from integrations.core.registry import connector_class, manifests


def integration_label(integration: str) -> str:
    manifest = manifests().get(integration)
    return manifest.label if manifest else integration


def declared_resource(*, connection: Connection, resource: str) -> Resource | None:
    """Return the declaration, or None when the integration is gone or its settings cannot be read."""
    try:
        connector = connector_class(connection.integration)(options=connection.settings)
        return next((each for each in connector.resources() if each.name == resource), None)
    except (KeyError, ValidationError):
        return None


def record_url(*, connection: Connection, resource: str, right_id: str) -> str:
    """Return where a person finds the record at the vendor, or an empty string."""
    if not right_id:
        return ""
    try:
        return connector_class(connection.integration)(options=connection.settings).record_url(resource, right_id)
    except (KeyError, ValidationError):
        return ""


class Shown:
    """Shows stored values (JSON) of a connection's resource to one reader."""

    def __init__(self, request: HttpRequest, *, connection: Connection, resource: str) -> None:
        declared = declared_resource(connection=connection, resource=resource)
        self.fields: Mapping[str, Field] = {each.name: each for each in declared.fields} if declared else {}
        self.resource_label = declared.label if declared else resource
        # What a person may choose where the vendor holds several.
        self.choice = declared.choice.label if declared and declared.choice else _("Choice")
        # What is still to be done about somebody who is created at the vendor.
        self.created_note = str(declared.created_note) if declared else ""
        self.user = request.user
        self.masked = not request.user.has_perm("employees.view_sensitive")

    def label(self, name: str) -> Any:
        return self.fields[name].label if name in self.fields else name.replace("_", " ").capitalize()

    def value(self, name: str, value: Any) -> str:
        """Return the value for this reader; what is not declared any more is hidden from whoever may not see all."""
        if value in (None, "", []):
            return ""
        declared = self.fields.get(name)
        if declared is not None:
            return declared.show(declared.from_json(value), masked=self.masked)
        if self.masked:
            return HIDDEN_WHOLE
        return ", ".join(str(part) for part in value if part) if isinstance(value, list) else str(value)

    def said(self, text: ForeignText) -> str:
        return text.for_reader(self.user)

    def remaining(self, name: str, value: Any, options: Mapping[str, Any]) -> str:
        """Return what stays at the vendor once the hub's value is written there."""
        declared = self.fields.get(name)
        return declared.remaining(declared.from_json(value), options) if declared is not None else ""

    def doubt(self, name: str, value: Any) -> str:
        """Return what is doubtful about a vendor's value."""
        declared = self.fields.get(name)
        return declared.doubts(declared.from_json(value)) if declared is not None else ""

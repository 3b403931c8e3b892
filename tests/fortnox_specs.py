"""Fortnox's own description of its API, cut to what concerns us, for contract tests; skipped without one.

VENDOR_SPECS names a folder that holds ``fortnox/official.openapi.json``. Where the service is known to do otherwise
than described, an exception stands here, with its reason.
"""

import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from openapi_core import OpenAPI
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

API: Final = "https://api.fortnox.se"
OURS: Final = ("employees", "absencetransactions", "scheduletimes", "companyinformation")
EMPLOYEE: Final = "fortnox_Employee"
EMPLOYEES: Final = (EMPLOYEE, "fortnox_EmployeeListItem")
PAYLOAD: Final = "fortnox_AbsenceTransactionPayload"
ABSENCES: Final = ("fortnox_AbsenceTransactionListItem", "fortnox_AbsenceTransactionSingleItem")
Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Otherwise:
    """A property of some schemas takes more than is described; ``reason`` says how that is known."""

    schemas: tuple[str, ...]
    applies: Callable[[str, Schema], bool]
    also: Schema
    reason: str


def _named(*names: str) -> Callable[[str, Schema], bool]:
    return lambda name, schema: name in names


# What an older or a living service gives and takes beside the described codes.
NAMED_CAUSES: Final = ["ATF", "FR1", "NÄR", "FAC"]
SEEN_CAUSES: Final = ["FRX", "OS6", "OS7"]
IN_REQUESTS: Final = (
    Otherwise(
        schemas=(EMPLOYEE,),
        applies=_named("EmploymentDate", "EmployedTo"),
        also={"enum": ["API_BLANK"]},
        reason="The marker clears a field of any kind; nobody has confirmed it for dates, and nothing else would.",
    ),
    Otherwise(
        schemas=(PAYLOAD,),
        applies=_named("CauseCode"),
        also={"enum": NAMED_CAUSES},
        reason="The description's own text names these codes beside those of its list.",
    ),
    Otherwise(
        schemas=(PAYLOAD,),
        applies=_named("CauseCode"),
        also={"enum": SEEN_CAUSES},
        reason="Never published: a client that was tried at the live service gives and gets them.",
    ),
)
IN_ANSWERS: Final = (
    Otherwise(
        schemas=EMPLOYEES,
        applies=lambda name, schema: not accepts(schema, "") and not accepts(schema, "API_NORIGHT"),
        also={"enum": ["", "API_NORIGHT"]},
        reason="What is empty comes as an empty text, of any kind of value; what may not be seen as the marker.",
    ),
    Otherwise(
        schemas=EMPLOYEES,
        applies=_named("TaxAllowance"),
        also={"enum": ["SNK"]},
        reason="Seen at the live service.",
    ),
    Otherwise(
        schemas=ABSENCES,
        applies=_named("CauseCode"),
        also={"enum": NAMED_CAUSES + SEEN_CAUSES},
        reason="As in requests.",
    ),
    Otherwise(
        schemas=ABSENCES,
        applies=_named("Extent", "Hours"),
        also={"type": "string", "pattern": r"^\d+(\.\d+)?$"},
        reason="Numbers come as text, too.",
    ),
    Otherwise(
        schemas=("fortnox_ScheduleTime",),
        applies=lambda name, schema: name == "Hours" or name.startswith("IWH"),
        also={"type": "number"},
        reason="The older documentation shows a number.",
    ),
)
# Properties that the description lacks, where they stand, and how they are known.
UNDESCRIBED: Final = {
    ("list", "MetaInformation"): "Missing in the description of payroll's lists; a client's tests at the live service"
    " read the totals from it.",
    ("Employee", "@url"): "Described for the list's rows; the older documentation shows it of a single one as well.",
}


def cut(document: Schema) -> Schema:
    """Return our paths with the schemas that they use, and without security: the client's tests see to the token."""
    paths = {path: what for path, what in document["paths"].items() if path.split("/")[2] in OURS}
    schemas: dict[str, Schema] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = document["components"]["schemas"][name]
            waiting.extend(_references(schemas[name]))
    kept = {name: document[name] for name in ("openapi", "info", "servers", "tags")}
    return {**kept, "paths": paths, "components": {"schemas": schemas}, "security": []}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


@cache
def _read(folder: str) -> Schema:
    document = json.loads((Path(folder) / "fortnox" / "official.openapi.json").read_text(encoding="utf-8"))
    return cut(document)


def described() -> Schema:
    """Return what Fortnox describes, without an exception."""
    folder = os.environ.get("VENDOR_SPECS", "")
    if not folder:
        pytest.skip("VENDOR_SPECS names no folder with fortnox/official.openapi.json.")
    return copy.deepcopy(_read(folder))


def requests_api() -> OpenAPI:
    document = loosened(described(), IN_REQUESTS)
    schemas = document["components"]["schemas"]
    # A client wrote single fields at the live service, though the names and the e-mail are described as required.
    schemas["part"] = {name: value for name, value in schemas[EMPLOYEE].items() if name != "required"}
    schemas["part_wrap"] = {"type": "object", "properties": {"Employee": {"$ref": "#/components/schemas/part"}}}
    body = document["paths"]["/3/employees/{EmployeeId}"]["put"]["requestBody"]["content"]["application/json"]
    body["schema"] = {"$ref": "#/components/schemas/part_wrap"}
    return OpenAPI.from_dict(document)


def answers_api() -> OpenAPI:
    document = loosened(described(), IN_ANSWERS)
    # “empty”, says the description of the answer, and names the row's schema.
    del document["paths"]["/3/absencetransactions/{id}"]["delete"]["responses"]["200"]["content"]
    return OpenAPI.from_dict(document)


def loosened(document: Schema, exceptions: tuple[Otherwise, ...]) -> Schema:
    for exception in exceptions:
        for schema, name in places(document, exception):
            properties = document["components"]["schemas"][schema]["properties"]
            properties[name] = {"anyOf": [properties[name], exception.also]}
    return document


def places(document: Schema, exception: Otherwise) -> list[tuple[str, str]]:
    """Return the schemas and properties that an exception is about."""
    return [
        (schema, name)
        for schema in exception.schemas
        for name, described_as in document["components"]["schemas"][schema]["properties"].items()
        if exception.applies(name, described_as)
    ]


def accepts(schema: Schema, value: Any) -> bool:
    # What a reference leads to is never a text.
    plain = {"type": "object"} if "$ref" in json.dumps(schema) and schema.get("type") != "array" else schema
    if schema.get("type") == "array":
        plain = {"type": "array"}
    return bool(OAS30ReadValidator(plain, format_checker=oas30_format_checker).is_valid(value))


def undescribed(document: Schema, *, wrapper: str, body: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the properties of an answer that the description lacks: where they stand, and their names."""
    schemas = document["components"]["schemas"]
    outside = schemas[wrapper]["properties"]
    strange = {("list", name) for name in set(body) - set(outside)}
    for name, inside in outside.items():
        reference = next(_references(inside))
        rows = body.get(name, [])
        for row in rows if isinstance(rows, list) else [rows]:
            strange |= {(name, each) for each in set(row) - set(schemas[reference]["properties"])}
    return strange


def named_causes(document: Schema) -> set[str]:
    """Return the codes that the description's own text names, in its table of absences."""
    (text,) = (tag["description"] for tag in document["tags"] if tag["name"] == "fortnox_AbsenceTransactions")
    cells = [row.partition("<td>")[2].partition("</td>")[0] for row in text.split("<tr>")]
    return {code.strip() for cell in cells for code in cell.split(" or ") if len(code.strip()) == 3}

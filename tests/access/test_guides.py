"""Every page that a guide sends a role to opens for that role (HR-09, OP-14)."""

import re
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from employees.groups import BUILT_IN
from tests.access.world import World, routes, signed_in, world_of
from tests.core.admin.filling import service_runs

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-14", "HR-09")]
SECTION: Final = "fortnox_fortnoxconnection_"
VISMA: Final = "visma_payroll_vismapayrollconnection_changelist"
ERROR_LOG: Final = ("core_problem_changelist", "core_problem_change")
PERSON: Final = ("employees_employee_changelist", "employees_employee_change")
REVIEW: Final = tuple(
    f"{SECTION}{page}" for page in ("connection", "run", "conflicts", "unclear", "missing", "confirm")
)
CONNECTING: Final = tuple(f"{SECTION}{page}" for page in ("changelist", "set_up", "consent", "authorise"))
IMPORT: Final = ("employees_employee_import", "employees_importjob_changelist", "employees_importjob_change")
# By guide and section: the addresses that it sends its readers to.
SENT_TO: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "fortnox.md": {
        "Before you begin": (f"{SECTION}changelist",),
        "Connect": CONNECTING,
        "Settings": (f"{SECTION}settings",),
        "Synchronise users": REVIEW,
        "By itself": (*PERSON, f"{SECTION}held", f"{SECTION}mass_change", f"{SECTION}release", *ERROR_LOG),
        "Fields": PERSON,
        "Absences": (
            *("absences_absence_changelist", "absences_absence_change", *ERROR_LOG),
            *(f"{SECTION}absence_types", f"{SECTION}existing_absences"),
        ),
        "Disconnect, and connect again": (f"{SECTION}connection", f"{SECTION}disconnect", f"{SECTION}authorise"),
        "When something could not be sent": (*ERROR_LOG, *PERSON),
    },
    "visma-net-payroll.md": {
        "Before you begin": (VISMA,),
        "Connect": (VISMA,),
        "Settings": (VISMA,),
        "What is kept in step": PERSON,
        "New people": (VISMA, *PERSON),
        "How changes travel": (VISMA, *PERSON),
        "Messages in the error log": (*ERROR_LOG, *PERSON),
    },
    "import.md": {
        "Import": IMPORT,
        "Absences": ("absences_absence_import", "absences_absence_changelist"),
        "Export": ("employees_employee_export",),
    },
}


def roles_in(text: str) -> list[str]:
    """Return the roles that a text says it is for: *For the roles *A* and *B*.*"""
    sentence = re.search(r"[Ff]or the roles? (.*?)[.;]", text, re.DOTALL)
    return [role for role in BUILT_IN if sentence and f"*{role}*" in sentence[1]]


def sections_of(guide: str) -> dict[str, list[str]]:
    """Return the roles that each section is for: its own, else those of the guide's beginning."""
    text = (Path(settings.BASE_DIR) / "docs" / guide).read_text(encoding="utf-8")
    beginning, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    everybody = roles_in(beginning)
    found = {}
    for section in sections:
        heading, _newline, rest = section.partition("\n")
        found[heading] = roles_in(rest.strip().split("\n\n")[0]) or everybody
    return found


@pytest.fixture
def world() -> World:
    service_runs()
    return world_of("Alpha")


@pytest.mark.parametrize("guide", SENT_TO)
def test_every_section_of_a_guide_says_for_which_roles_it_is(guide: str) -> None:
    assert list(sections_of(guide)) == list(SENT_TO[guide])
    assert [heading for heading, roles in sections_of(guide).items() if not roles] == []


@pytest.mark.parametrize("guide", SENT_TO)
def test_every_page_that_a_guide_sends_a_role_to_opens_for_it(world: World, guide: str) -> None:
    names = {name: route for route, name in routes().items()} | {VISMA: "visma_payroll/vismapayrollconnection/"}
    clients = {role: signed_in(role, world.company) for role in {r for rs in sections_of(guide).values() for r in rs}}

    refused = [
        (heading, role, name)
        for heading, roles in sections_of(guide).items()
        for role in roles
        for name in SENT_TO[guide][heading]
        if clients[role].get(world.address(names[name])).status_code not in (200, 302)
    ]

    assert refused == []

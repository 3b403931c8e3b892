"""Which right opens which address: what a page is for, in the words of permissions; the table says who has them."""

from collections.abc import Mapping
from typing import Final

Rights = frozenset[str]
NEVER: Final = ("never",)
ANYBODY: Final = ()
RUN, MANAGE, SEE = "core.run_fortnox", "core.manage_fortnox", "core.see_fortnox"
SECTION: Final = "fortnox_fortnoxconnection_"
SENSITIVE: Final = "employees.view_sensitive"
IMPORT_PEOPLE: Final = ("employees.add_employee", "employees.change_employee")
IMPORT_ABSENCES: Final = ("absences.add_absence", "absences.change_absence")
PERSON_RUN: Final = ("employees.view_employee", RUN)
# By name of the address; one of several that are enough stands in a set.
NEEDS: Final[Mapping[str, tuple[str | frozenset[str], ...]]] = {
    "index": ANYBODY,
    "autocomplete": NEVER,
    "account": ANYBODY,
    **{f"account_{page}": ANYBODY for page in ("second_factor", "recovery_codes", "end_sign_in", "end_others")},
    **{f"account_{page}": ANYBODY for page in ("link", "unlink", "prove")},
    "reset_second_factor": ("access.reset_second_factor",),
    "oauth_callback": (MANAGE,),
    # Operators send links; a superuser alone chooses somebody's password.
    "auth_user_password_change": NEVER,
    **{f"auth_user_{step}": ("auth.change_user",) for step in ("invite", "send_link", "let_in", "deactivate")},
    "employees_employee_together": ("employees.change_employee",),
    "employees_employee_import": IMPORT_PEOPLE,
    "employees_employee_import_template": IMPORT_PEOPLE,
    "employees_employee_find_by_number": ("employees.view_employee", SENSITIVE),
    "employees_employee_export": ("employees.view_employee",),
    **{f"employees_employee_{page}": PERSON_RUN for page in ("disconnect", "connect_again", "create_anew", "choose")},
    "absences_absence_import": IMPORT_ABSENCES,
    "absences_absence_import_template": IMPORT_ABSENCES,
    "absences_absence_export": ("absences.view_absence",),
    "absences_absence_decide": ("absences.decide_absence",),
    "absences_absence_give_way": ("absences.change_absence", "absences.decide_absence"),
    "absences_absence_confirm_outside": (frozenset({"absences.change_absence", "absences.decide_absence"}),),
    **{
        f"employees_importjob_{page}": (frozenset({IMPORT_PEOPLE[0], IMPORT_ABSENCES[0]}),)
        for page in ("changelist", "change", "history", "progress", "confirm", "cancel")
    },
    "employees_bankaccount_add": ("employees.add_bankaccount", SENSITIVE),
    "employees_bankaccount_delete": ("employees.delete_bankaccount", SENSITIVE),
    **{f"employees_storedvalue_{page}": ("employees.view_employee",) for page in ("changelist", "change", "history")},
    "core_problem_act": ("core.view_problem", frozenset({"core.mend_fortnox", RUN})),
    "core_syncrow_run": ("core.view_syncrow",),
    "core_syncrun_progress": ("core.view_syncrun",),
    f"{SECTION}set_up": (MANAGE,),
    **{f"{SECTION}{page}": (MANAGE,) for page in ("consent", "authorise", "settings", "people", "disconnect")},
    **{f"{SECTION}{page}": (RUN,) for page in ("synchronise", "release", "drop")},
    **{
        f"{SECTION}{page}": (frozenset({RUN, MANAGE}),)
        for page in ("changelist", "connection", "absence_types", "compare_absences", "held", "mass_change")
    },
    f"{SECTION}existing_absences": (frozenset({RUN, MANAGE}), "absences.view_absence", "absences.see_everybody"),
    **{
        f"{SECTION}{page}": (RUN,)
        for page in (
            *("run", "progress", "cancel", "warned", "conflicts", "unclear", "match", "missing"),
            *("creation", "confirm", "everybody", "ask"),
        )
    },
}
# Nobody adds or deletes these by hand.
KEPT: Final = ("core", "importjob", "storedvalue", "django_q", "accessevent")
NEVER_BY_HAND: Final = ("access_providerlink_add",)


def needs_of(name: str) -> tuple[str | frozenset[str], ...]:
    """Return what opens an address; of a record's usual pages by the names of Django's permissions."""
    if name in NEEDS:
        return NEEDS[name]
    start, _, page = name.rpartition("_")
    app, _, model = start.rpartition("_")
    if page in ("add", "delete") and (app in KEPT or model in KEPT or name in NEVER_BY_HAND):
        return NEVER
    if app == "django_q":
        return ("core.see_background",)
    if page in ("add", "delete"):
        return (f"{app}.{page}_{model}",)
    assert page in ("changelist", "change", "history"), f"{name} is not in the list of what opens which address."
    return (f"{app}.view_{model}",)


def opens(name: str, rights: set[str]) -> bool:
    return all(each in rights if isinstance(each, str) else bool(each & rights) for each in needs_of(name))

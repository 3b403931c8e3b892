"""Writes `docs/roles.md` from the table of roles: `make docs`."""

from typing import Final

from config.roles import TABLE
from employees.groups import BUILT_IN
from integrations.core.registry import UsedBy, manifests

WORDS: Final = {UsedBy.HR: "HR", UsedBy.FINANCE: "finance"}
OPERATORS: Final = """
## What an operator could do

An operator sees no people, no pay and no absences, and still is somebody to be trusted: whoever looks after accounts
can get into one.

- **Somebody's account.** With another e-mail address, a link for a new password goes to the new one; the second factor
  can be reset. Both together let the operator in as that user, an HR admin for one. A superuser's account is closed to
  operators, and they neither choose passwords nor change their own roles.
- **A new account.** Operators give any role to whomever they invite, also to a second account of their own.

None of it is hidden. The former e-mail address is told of the change, and by whom. The user is e-mailed when the second
factor is reset, a link is sent, a password is set, or the link to the sign-in provider is made or removed; after a
change of the address these go to the new one. All others who look after users are e-mailed when an address is changed,
a second factor is reset, or a superuser or the command line sets or removes a password: so let two people at least look
after users. *Changes of sign-ins* keeps what was done, when and by whom, and nobody can change it from a browser. That
roles were changed, and by whom, stands under *History* on the account's page. A new account is e-mailed to nobody but
the invited one, and other roles to nobody: look at the list of users from time to time.

With a sign-in provider alone (`PASSWORD_SIGN_IN=0`) it is the same with another address, a removed link, and an
invitation to link; it is told likewise.
"""
INTRODUCTION: Final = """# Roles: who may see and do what

Generated from the table in `config/roles.py` by `make docs`; do not edit.

A user gets roles on the user's page, under *Users*. Several roles add up. What no role says is closed. The built-in
roles always have exactly these rights: `manage.py migrate` gives them back and says what it changed and for whom, and
the start page of whoever looks after users shows that until somebody has seen it. For a mixture of your own, add a
group under *Groups*.

"""
COMPANIES: Final = """
## Chosen companies

Every user can be limited to chosen companies, on the user's page. Lists, searches, choosers, exports, imports, reviews,
the error log, the history, the start page and mails then hold these companies' people and connections alone; those of
other companies are not found. A limited user neither adds nor deletes companies, and does not change absence types,
which belong to all companies. Whoever has the role *Payroll office* sees nothing before companies are chosen. A
superuser is never limited.

## Integrations

The rights on an integration are given for each: somebody who runs one need not run another.
"""


def render() -> str:
    """Return the page as Markdown."""
    return f"{INTRODUCTION}{_roles()}\n{_table()}{COMPANIES}\n{_integrations()}{OPERATORS}"


def _roles() -> str:
    return "".join(["| role | for whom |\n|---|---|\n", *(f"| {role} | {text} |\n" for role, text in BUILT_IN.items())])


def _table() -> str:
    head = f"| data | action | {' | '.join(BUILT_IN)} |\n|---|---|{'---|' * len(BUILT_IN)}\n"
    marks = [(row, ["yes" if role in row.roles else "–" for role in BUILT_IN]) for row in TABLE]
    return head + "".join(f"| {row.data} | {row.action} | {' | '.join(shown)} |\n" for row, shown in marks)


def _integrations() -> str:
    rows = [f"| {each.label} | {WORDS[each.used_by]} |\n" for each in manifests().values()]
    return "".join(["| integration | belongs to |\n|---|---|\n", *rows])

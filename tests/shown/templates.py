"""The forms that change something: which hold what they were made from, and why the others do not."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

ROOT: Final = Path(settings.BASE_DIR) / "templates"
SHOWN: Final = "shown.html"
FORM: Final = re.compile(r'<form\b[^>]*\bmethod="post".*?</form>', re.DOTALL)
INCLUDE: Final = re.compile(r'{%\s*include\s+"([^"]+)"')

COMPARES: Final = "begins a comparison: reads both systems and writes nothing; decisions are taken over where they fit"
FILLED_IN: Final = "a form to be filled in: shows nothing that somebody else could have changed"
OWN: Final = "the user's own sign-in, which nobody else changes; ended is ended"
ROWS: Final = (
    "each person has a version, checked in the transaction that saves the choice; a choice for many asks first"
    " (core/review/overwriting.html), and what is written is asked about on the last page"
)
# By template, then by a text that the form alone has: why it may be sent though its page is old.
EXEMPT: Final[Mapping[str, Mapping[str, str]]] = {
    "access/account.html": {
        "account_unlink": OWN,
        "account_link": "leads to the sign-in provider; what comes back is compared with the session",
        "account_end_sign_in": OWN,
        "account_end_others": OWN,
    },
    "access/choose_password.html": {"form.new_password1": OWN},
    "access/forgotten.html": {"form.email": FILLED_IN},
    "access/account_proof.html": {
        "for field in form": FILLED_IN,
        "account_prove": "leads to the sign-in provider; what comes back is compared with the session",
        "admin:logout": "signs out",
    },
    "access/account_prove.html": {"form.code": FILLED_IN},
    "access/code.html": {"form.code": FILLED_IN},
    "access/frame.html": {"sign_in_start_over": "forgets half a sign-in"},
    "access/invited.html": {"csrf_token": "an invitation is good once, and asked about again at the end"},
    "access/key.html": {"form.code": FILLED_IN},
    "access/sign_in.html": {"provider_sign_in": FILLED_IN, "form.password": FILLED_IN},
    "access/linking_notes.html": {"linking_note_dismiss": "puts away one note, by its number; a note never changes"},
    "access/role_changes.html": {"role_change_dismiss": "puts away one note, by its number; a note never changes"},
    "employees/find.html": {"form.number": "looks for a person, and changes nothing"},
    "403.html": {"admin:logout": "signs out"},
    "pages/send_again.html": {"given.values": "posts what its own page held, with its mark: the page decides on it"},
    "core/admin/person.html": {
        "connect_again": "acts on one link by its state; what was edited meanwhile is sent, whatever the page shows"
    },
    "core/admin/run_ended.html": {"synchronise_url": COMPARES},
    "core/admin/run_review.html": {"synchronise_url": COMPARES},
    "core/review/asking.html": {"everybody_url": COMPARES},
    "core/review/conflicts.html": {'name="scope"': ROWS},
    "core/review/missing.html": {'value="nobody"': ROWS, 'value="with_ended"': COMPARES},
    "core/review/page.html": {"Compare again": COMPARES, "Compare everybody now": COMPARES},
    "core/review/unclear.html": {'value="again"': COMPARES},
    "core/wizard/authorise.html": {"Go to {{ vendor }}": FILLED_IN},
    "core/wizard/authorise_by_form.html": {"form_errors": FILLED_IN},
    "core/wizard/connection.html": {"urls.synchronise": COMPARES},
    "core/wizard/consent.html": {"form.accepted": "the terms are the program's own: nobody changes them meanwhile"},
    "core/wizard/set_up.html": {"Go on to the terms": FILLED_IN},
    "employees/import.html": {"multipart/form-data": FILLED_IN},
    "employees/import_confirm.html": {"importjob_cancel": "forgets a file: nothing is written"},
    "employees/import_job.html": {"importjob_cancel": "forgets a file: nothing is written"},
    "employees/together.html": {"Show what it would do": "shows what it would do, and asks there"},
    "fortnox/absence_types.html": {
        "Show what it would do": "shows what it would do, and asks there; answers given meanwhile are told first"
    },
    "fortnox/connection.html": {"compare_absences_url": "reads what stands there and writes nothing"},
    "fortnox/existing_absences.html": {'name="look"': "reads what would be done and writes nothing"},
}
# What a press there does is proven elsewhere, with more than one case each.
PROVEN_ELSEWHERE: Final[Mapping[str, str]] = {
    "absences/give_way.html": "tests/fortnox/absences/test_giving_way.py",
    "absences/outside.html": "tests/fortnox/absences/test_outside_employment.py",
    "core/review/confirm.html": "tests/core/review/test_shown_and_confirmed.py",
    "core/wizard/authorise_found.html": "tests/visma_payroll/test_whose_company.py",
    "core/wizard/mass_change_decide.html": "tests/core/wizard/test_held_pages.py",
}


class Form(NamedTuple):
    template: str
    text: str

    @property
    def holds_shown(self) -> bool:
        return _includes_shown(self.text)

    @property
    def exempt(self) -> str:
        """Why it holds nothing; empty for one that should."""
        if self.template in PROVEN_ELSEWHERE:
            return PROVEN_ELSEWHERE[self.template]
        return next((why for mark, why in EXEMPT.get(self.template, {}).items() if mark in self.text), "")


def posting_forms() -> list[Form]:
    return [Form(name, text) for name in sorted(_names()) for text in FORM.findall(_text(name))]


def _names() -> Iterator[str]:
    return (str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _includes_shown(text: str) -> bool:
    return any(
        name == SHOWN or _includes_shown(_text(name)) for name in INCLUDE.findall(text) if (ROOT / name).exists()
    )

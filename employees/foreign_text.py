"""What another system said, or may repeat: masked wherever nobody thought of it (pure, G-32).

As a text it *is* its masked form, so that a template, a log, JSON or a sentence made of it shows no more. The words
as they were said come out only for a reader with the right, and go into the database.
"""

from collections.abc import Iterable
from typing import Any, Final

from employees.masking import HIDDEN_WHOLE, hide, hide_secrets

SEE_SENSITIVE: Final = "employees.view_sensitive"


class ForeignText(str):
    """A vendor's message, or a sentence that quotes one; two are equal when the same was said."""

    _said: str
    _own: tuple[str, ...]

    def __new__(cls, said: str = "", own: Iterable[str] = ()) -> "ForeignText":
        if isinstance(said, ForeignText) and not own:
            return said
        plain, own = str(verbatim(said)), tuple(own)
        made = super().__new__(cls, hide(plain, own=own))
        made._said, made._own = plain, own
        return made

    def __reduce__(self) -> Any:
        return ForeignText, (self._said, self._own)

    @property
    def verbatim(self) -> str:
        """What was said: to be stored, compared and understood by the program; shown to nobody."""
        return self._said

    def for_reader(self, user: Any) -> str:
        """Return it as this user may read it; nobody reads a secret."""
        return hide_secrets(self._said) if user.has_perm(SEE_SENSITIVE) else self.for_mail()

    def for_mail(self) -> str:
        """Return it as anybody may read it."""
        return str(self)

    def about(self, own: Iterable[str]) -> "ForeignText":
        """Return it with the sensitive values of whom it is about, which are found in it however they are written."""
        return ForeignText(self, own)

    def cut(self, length: int) -> "ForeignText":
        return ForeignText(self._said[:length], self._own)

    def without(self, secret: str) -> "ForeignText":
        """Return it without a secret of ours that it repeats."""
        return ForeignText(self._said.replace(secret, HIDDEN_WHOLE), self._own) if secret else self

    def __eq__(self, other: object) -> bool:
        return self._said == verbatim(other) if isinstance(other, str) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._said)

    def __contains__(self, part: object) -> bool:
        return verbatim(part) in self._said

    def startswith(self, *args: Any) -> bool:
        return self._said.startswith(*args)

    def endswith(self, *args: Any) -> bool:
        return self._said.endswith(*args)


def verbatim(text: Any) -> Any:
    """Return what was said of a foreign text; anything else as it is."""
    return text.verbatim if isinstance(text, ForeignText) else text


def quoting(sentence: str, **quoted: Any) -> ForeignText:
    """Return a sentence with ``%(name)s`` in it that quotes what others said."""
    return ForeignText(sentence % {name: verbatim(value) for name, value in quoted.items()})


def joined(parts: Iterable[str | None], *, by: str = " ") -> ForeignText:
    """Return the parts that are not empty as one text."""
    return ForeignText(by.join(verbatim(part) for part in parts if part))

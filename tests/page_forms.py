"""A page's forms as the HTML standard has them: which controls belong to each, and what they post."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final

from django.core.files.base import File

Values = dict[str, Any]

BUTTONS: Final = frozenset({"submit", "image", "button", "reset"})
# An inline's row that the page's script makes from its empty one.
EMPTY_ROW: Final = "__prefix__"


@dataclass
class Option:
    value: str | None
    chosen: bool
    disabled: bool
    text: str = ""

    @property
    def posted(self) -> str:
        return self.text.strip() if self.value is None else self.value


@dataclass
class Control:
    """An input, a select, a textarea or a button, with its attributes."""

    tag: str
    attributes: dict[str, str]
    disabled: bool
    options: list[Option] = field(default_factory=list)
    text: str = ""

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    @property
    def kind(self) -> str:
        if self.tag == "button":
            return self.attributes.get("type", "submit").lower()
        return self.attributes.get("type", "text").lower() if self.tag == "input" else self.tag

    @property
    def label(self) -> str:
        """The words on a button."""
        return " ".join((self.text if self.tag == "button" else self.attributes.get("value", "")).split())

    @property
    def called(self) -> set[str]:
        """What a test may call a button."""
        return {self.label, self.name, f"{self.name}={self.attributes.get('value', '')}"} - {""}

    def values(self) -> list[str]:
        """Return what the control posts as the page stands; nothing for a box without its tick, or a file."""
        if self.tag == "select":
            return self._chosen()
        if self.tag == "textarea":
            return [self.text.removeprefix("\n")]
        if self.kind in ("checkbox", "radio"):
            return [self.attributes.get("value", "on")] if "checked" in self.attributes else []
        return [] if self.kind == "file" else [self.attributes.get("value", "")]

    def _chosen(self) -> list[str]:
        chosen = [option.posted for option in self.options if option.chosen and not option.disabled]
        if "multiple" in self.attributes:
            return chosen
        first = [option.posted for option in self.options if not option.disabled][:1]
        return chosen[-1:] or first

    def offered(self) -> set[str] | None:
        """Return the only values that somebody can choose, ``None`` where anything can be typed or looked up."""
        if self.kind in ("radio", "checkbox"):
            return {self.attributes.get("value", "on")}
        if self.tag == "select" and "data-ajax--url" not in self.attributes:
            return {option.posted for option in self.options if not option.disabled}
        return {self.attributes.get("value", "")} if self.kind == "hidden" else None


@dataclass
class PageForm:
    """A form with every control that belongs to it, also those that stand elsewhere and name it."""

    attributes: dict[str, str]
    controls: list[Control] = field(default_factory=list)

    @property
    def posting(self) -> list[Control]:
        return [each for each in self.controls if each.name and not each.disabled and each.kind not in BUTTONS]

    @property
    def buttons(self) -> list[Control]:
        return [each for each in self.controls if each.kind in ("submit", "image") and not each.disabled]

    def values(self) -> Values:
        """Return what the form posts unchanged, without a button: a text per name, a list where there are several."""
        posted: dict[str, list[str]] = {}
        for control in self.posting:
            for value in control.values():
                posted.setdefault(control.name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in posted.items()}

    def button(self, label: str) -> Control | None:
        """Return the button with these words on it, with this name, or with this ``name=value``."""
        return next((each for each in self.buttons if label in each.called), None)

    def holds(self, name: str, value: Any) -> bool:
        """Whether a control of that name has, or a button posts, that value."""
        named = [each for each in self.controls if each.name == name]
        return any(str(value) in (each.attributes.get("value"), *each.values()) for each in named)

    def tick(self, name: str, value: Any) -> Any:
        """Return what a box posts with its tick, ``None`` without."""
        if not isinstance(value, bool):
            return value
        box = next((each for each in self.posting if each.name == name and each.kind == "checkbox"), None)
        assert box is not None, f"The form has no box {name!r}."
        return box.attributes.get("value", "on") if value else None

    def check(self, changes: Mapping[str, Any]) -> None:
        """Raise ``AssertionError`` for what nobody could enter on the page."""
        for name, value in changes.items():
            # How many rows there are is counted by the page's script.
            if name.endswith("-TOTAL_FORMS"):
                continue
            controls = self._named(name)
            assert controls, f"The form has no field {name!r}, only {sorted({each.name for each in self.posting})}."
            offers = [each.offered() for each in controls]
            if any(offer is None for offer in offers):
                continue
            offered = set().union(*filter(None, offers))
            wrong = {str(each) for each in _several(value)} - offered
            assert not wrong, f"{name!r} offers {sorted(offered)}, not {sorted(wrong)}."

    def _named(self, name: str) -> list[Control]:
        found = [each for each in self.posting if each.name == name]
        if found:
            return found
        parts = [EMPTY_ROW if part.isdecimal() else part for part in name.split("-")]
        return [each for each in self.posting if each.name == "-".join(parts)] if EMPTY_ROW in parts else []


class FormReader(HTMLParser):
    """Follows the HTML standard where it decides what a form posts: a form in a form does not exist."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[PageForm] = []
        self._by_id: dict[str, PageForm] = {}
        self._elsewhere: list[tuple[str, Control]] = []
        self._open: PageForm | None = None
        self._control: Control | None = None
        self._option: Option | None = None
        self._group_disabled = False
        self._fieldsets: list[bool] = []
        self._templates = 0

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._templates += 1
        opens = getattr(self, f"_open_{tag}", None)
        if opens is not None and not self._templates:
            opens(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates -= 1
        elif tag == "form" and not self._templates:
            self._open = None
        elif tag == "fieldset" and self._fieldsets and not self._templates:
            self._fieldsets.pop()
        elif tag == "optgroup":
            self._group_disabled = False
        elif tag in ("select", "textarea", "button"):
            self._control = self._option = None
        elif tag == "option":
            self._option = None

    def handle_data(self, data: str) -> None:
        if self._option is not None:
            self._option.text += data
        elif self._control is not None and self._control.tag != "select":
            self._control.text += data

    def close(self) -> None:
        super().close()
        for form_id, control in self._elsewhere:
            if form_id in self._by_id:
                self._by_id[form_id].controls.append(control)

    def _open_form(self, attributes: dict[str, str]) -> None:
        if self._open is not None:
            return
        self._open = PageForm(attributes)
        self.forms.append(self._open)
        self._by_id.setdefault(attributes.get("id", ""), self._open)

    def _open_fieldset(self, attributes: dict[str, str]) -> None:
        self._fieldsets.append("disabled" in attributes)

    def _open_input(self, attributes: dict[str, str]) -> None:
        self._add("input", attributes)

    def _open_select(self, attributes: dict[str, str]) -> None:
        self._control = self._add("select", attributes)

    def _open_textarea(self, attributes: dict[str, str]) -> None:
        self._control = self._add("textarea", attributes)

    def _open_button(self, attributes: dict[str, str]) -> None:
        self._control = self._add("button", attributes)

    def _open_optgroup(self, attributes: dict[str, str]) -> None:
        self._group_disabled = "disabled" in attributes

    def _open_option(self, attributes: dict[str, str]) -> None:
        disabled = self._group_disabled or "disabled" in attributes
        self._option = Option(attributes.get("value"), "selected" in attributes, disabled)
        if "value" not in attributes:
            self._option.value = None
        if self._control is not None:
            self._control.options.append(self._option)

    def _add(self, tag: str, attributes: dict[str, str]) -> Control:
        control = Control(tag, attributes, "disabled" in attributes or any(self._fieldsets))
        if "form" in attributes:
            self._elsewhere.append((attributes["form"], control))
        elif self._open is not None:
            self._open.controls.append(control)
        return control


def _several(value: Any) -> Iterable[Any]:
    if isinstance(value, File):
        return []
    return value if isinstance(value, (list, tuple, set)) else [value]

"""A type's colour as the theme's labels have it; the colour always stands beside the type's name."""

from typing import Final

from absences.models.absence import Status
from absences.models.types import Colour

VARIANTS: Final[dict[str, str]] = {
    Colour.GREY: "",
    Colour.BLUE: "info",
    Colour.GREEN: "success",
    Colour.ORANGE: "warning",
    Colour.RED: "danger",
}
STATUS_VARIANTS: Final[dict[str, str]] = {
    Status.REQUESTED: "warning",
    Status.APPROVED: "success",
    Status.DECLINED: "danger",
    Status.CANCELLED: "",
}

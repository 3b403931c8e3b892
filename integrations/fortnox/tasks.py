"""Queue entry points of Fortnox's own work: an id in, one call out."""

from integrations.fortnox import absence_looking


def look_at_existing(look_id: int) -> None:
    absence_looking.look_at_existing(look_id=look_id)

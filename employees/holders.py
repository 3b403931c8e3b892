"""The name under which a process holds work, so that whoever saw it die can free what it held."""

import os
import uuid
from pathlib import Path
from typing import Final

# Names the folder of the cluster that a worker belongs to; set by ``manage.py work`` (``core.work.pulse``).
FOLDER_VARIABLE: Final = "WORK_PULSE_DIR"
MARK_LENGTH: Final = 12


def new_holder() -> str:
    """Return a name that nobody else has, at most 32 characters; a worker's begins with `holder_of` it."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    own = holder_of(folder=Path(folder), process_id=os.getpid()) if folder else ""
    return (own + uuid.uuid4().hex)[:32]


def holder_of(*, folder: Path, process_id: int | None = None) -> str:
    """Return how the names begin of all that a worker of the cluster holds, or any worker of it."""
    mark = folder.name.rpartition("-")[2][:MARK_LENGTH]
    return f"{mark}-" if process_id is None else f"{mark}-{process_id}-"

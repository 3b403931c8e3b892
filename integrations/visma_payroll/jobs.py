"""What Visma's jobs say about accepted writes (pure): words in any writing, unknown ones by their code."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import ngettext

from employees.values.texts import canonical
from integrations.core.endpoints import JobReport, JobState, ListedJob
from integrations.core.http import LONGEST_MESSAGE

# The first of each are published; the code of a success is, too.
SUCCEEDED: Final = frozenset({"succeeded", "done", "success", "successful", "completed", "complete", "finished"})
FAILED: Final = frozenset(
    {"failed", "failure", "rejected", "error", "faulted", "aborted", "cancelled", "canceled", "invalid", "timedout"}
)
UNDER_WAY: Final = frozenset(
    {"notstarted", "inprogress", "started", "running", "processing", "pending", "queued", "waiting", "accepted", "new"}
)
SUCCEEDED_CODE: Final = "4"
# Sentences of one job that are told, and how long one may be; a job may have thousands.
MOST_SENTENCES: Final = 5
LONGEST_SENTENCE: Final = 200
WARNINGS: Final = frozenset({"warning", "information", "info"})


def read_job(job: Mapping[str, Any]) -> JobReport:
    results = _results(job.get("validationResults"))
    warnings = [_sentence(result) for result in results if _is_warning(result)]
    errors = [_sentence(result) for result in results if not _is_warning(result)]
    state = _state(job)
    if state is JobState.UNDER_WAY:
        return JobReport(state)
    if state is JobState.FAILED:
        said = errors or [_text(job.get("message")) or _text(job.get("status")) or _text(job.get("statusCode"))]
        return JobReport(state, message=" ".join(_cut(said))[:LONGEST_MESSAGE], warnings=_cut(warnings))
    # What a success has to say is no error, whatever it is called.
    return JobReport(state, right_id=_text(job.get("artifactId")), warnings=_cut([*errors, *warnings]))


def listed_job(job: Mapping[str, Any], *, right_id: str, employee_id: str, client_id: str) -> ListedJob | None:
    """Return a job of the list if it may be that of a write of ours, with an empty ``right_id`` that of a creation.

    ``employee_id`` is the one whose positions' jobs the list holds, where it does.
    """
    job_id, theirs = _text(job.get("id")), _text(job.get("clientId"))
    if not job_id or (client_id and theirs and theirs != client_id):
        return None
    action, artifact = _letters(job.get("action")), _text(job.get("artifactId"))
    if action and ("creat" in action) != (not right_id):
        return None
    if right_id and not employee_id and artifact and artifact.casefold() != right_id.casefold():
        return None
    path = f"employees/{employee_id}/positions/jobs" if employee_id else "employees/jobs"
    return ListedJob(f"{path}/{job_id}", _moment(job.get("created")), read_job(job))


def _state(job: Mapping[str, Any]) -> JobState:
    word, code = _letters(job.get("status")), _text(job.get("statusCode")).removesuffix(".0")
    if word in SUCCEEDED:
        return JobState.SUCCEEDED
    if word in FAILED:
        return JobState.FAILED
    if word not in UNDER_WAY and code == SUCCEEDED_CODE:
        return JobState.SUCCEEDED
    return JobState.UNDER_WAY


def _results(value: Any) -> Sequence[Any]:
    """Validation results come as a list of objects; as texts, too, and as one alone."""
    if isinstance(value, list | tuple):
        return [each for each in value if each]
    return [value] if value else []


def _is_warning(result: Any) -> bool:
    return isinstance(result, Mapping) and _letters(result.get("severity")) in WARNINGS


def _sentence(result: Any) -> str:
    """Return the vendor's message and where it points; never the value itself, which may be somebody's own."""
    if not isinstance(result, Mapping):
        return _text(result)[:LONGEST_SENTENCE]
    message = (_text(result.get("message")) or _text(result.get("messageCode")) or "?")[:LONGEST_SENTENCE]
    path = _text(result.get("jsonPath")).removeprefix("$").removeprefix(".")[:LONGEST_SENTENCE]
    return f"{message} ({path})" if path else message


def _cut(sentences: Sequence[str]) -> tuple[str, ...]:
    told = list(dict.fromkeys(sentences))
    more = len(told) - MOST_SENTENCES
    if more <= 0:
        return tuple(told)
    rest = ngettext("And %(count)d more.", "And %(count)d more.", more) % {"count": more}
    return (*told[:MOST_SENTENCES], rest)


def _text(value: Any) -> str:
    return canonical(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _letters(value: Any) -> str:
    return "".join(letter for letter in _text(value).casefold() if letter.isalpha())


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""A write at Visma is a job that is polled until it is over: what its document says (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.core.endpoints import JobReport, JobState
from integrations.core.http import LONGEST_MESSAGE

SUCCEEDED: Final = frozenset({"succeeded", "done"})
SUCCEEDED_CODE: Final = 4


def read_job(job: Mapping[str, Any]) -> JobReport:
    results: Sequence[Mapping[str, Any]] = job.get("validationResults") or ()
    warnings = [_sentence(result) for result in results if _is_warning(result)]
    errors = [_sentence(result) for result in results if not _is_warning(result)]
    state = _state(job)
    if state is JobState.FAILED:
        said = errors or [str(job.get("message") or "").strip() or f"{job.get('status')}"]
        return JobReport(state, message=" ".join(said)[:LONGEST_MESSAGE], warnings=tuple(warnings))
    if state is JobState.UNDER_WAY:
        return JobReport(state)
    # What a success has to say is no error, whatever it is called.
    return JobReport(state, right_id=str(job.get("artifactId") or ""), warnings=(*errors, *warnings))


def _state(job: Mapping[str, Any]) -> JobState:
    status = str(job.get("status") or "").casefold()
    if status in SUCCEEDED or (not status and job.get("statusCode") == SUCCEEDED_CODE):
        return JobState.SUCCEEDED
    return JobState.FAILED if status == "failed" else JobState.UNDER_WAY


def _is_warning(result: Mapping[str, Any]) -> bool:
    return str(result.get("severity") or "").casefold() in {"warning", "information", "info"}


def _sentence(result: Mapping[str, Any]) -> str:
    """Return the vendor's message and where it points; never the value itself, which may be somebody's own."""
    message = str(result.get("message") or result.get("messageCode") or "?").strip()
    path = str(result.get("jsonPath") or "").removeprefix("$").removeprefix(".")
    return f"{message} ({path})" if path else message

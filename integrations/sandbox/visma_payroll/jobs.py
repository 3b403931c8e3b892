"""Writes are jobs: accepted at once, done a moment later, and then or never succeeded."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.vendor import UnknownError
from integrations.sandbox.visma_payroll.register import shown_time
from integrations.sandbox.visma_payroll.validation import Finding, InvalidError

NOT_STARTED, IN_PROGRESS, SUCCEEDED, FAILED = "NotStarted", "InProgress", "Succeeded", "Failed"
# Only the success's code is published.
CODES = {NOT_STARTED: 1, IN_PROGRESS: 2, SUCCEEDED: 4, FAILED: 3}
ENDS = frozenset({"succeeds", "fails", "warns", "late", "stuck"})
NEVER = float("inf")
# Does the work; returns the ID of what it made or changed, and warnings. Raises InvalidError.
Work = Callable[[float], tuple[str, list[Finding]]]


@dataclass
class Job:
    id: str
    address: str  # path and ID, as the Location says
    created: float
    due: float  # epoch seconds; NEVER: it stays in progress
    action: str
    artifact_type: str
    employee_id: str  # of a position's job; empty: an employee's
    work: Work
    ends: str = "succeeds"
    hidden_until: float = 0.0  # epoch seconds; before, nobody finds it
    forgotten: bool = False  # once it is over, nobody finds it any more
    artifact: str | None = None  # told instead of what it made
    message: str = ""
    status: str = NOT_STARTED
    artifact_id: str = ""
    changed: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.status in {SUCCEEDED, FAILED}

    def is_seen(self, now: float) -> bool:
        return now >= self.hidden_until and not (self.forgotten and self.over)

    def finish(self, now: float) -> None:
        self.changed = now
        try:
            if self.ends == "fails":
                raise InvalidError([Finding(self.message or "The job failed.", code="SANDBOX")])
            self.artifact_id, self.findings = self.work(now)
        except InvalidError as error:
            self.status, self.findings = FAILED, error.findings
            self.message = self.message or "Validation failed."
            return
        self.status = SUCCEEDED
        if self.ends == "warns":
            self.findings = [
                *self.findings,
                Finding(self.message or "Look at this.", code="SANDBOX", severity="Warning"),
            ]

    def as_json(self, *, tenant_id: str, client_id: str) -> dict[str, Any]:
        artifact_id = self.artifact_id if self.artifact is None or not self.artifact_id else self.artifact
        return {
            "id": self.id,
            "tenantId": tenant_id,
            "clientId": client_id,
            "correlationId": self.id,
            "created": shown_time(self.created),
            "lastChange": shown_time(self.changed or self.created),
            "status": self.status,
            "statusCode": CODES[self.status],
            "action": self.action,
            **({"artifactId": artifact_id} if artifact_id else {}),
            "artifactType": self.artifact_type,
            "message": self.message,
            "link": self.address,
            "artifacts": [],
            "validationResults": [finding.as_json() for finding in self.findings],
        }


class JobList:
    """A company's jobs, oldest first."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def accept(
        self,
        *,
        path: str,
        action: str,
        artifact_type: str,
        employee_id: str,
        work: Work,
        plan: dict[str, Any],
        **times: float,
    ) -> Job:
        """``times``: ``now`` and ``seconds``; the plan says how it ends, see README.md."""
        ends = str(plan.get("ends", "succeeds"))
        if ends not in ENDS:
            raise ValueError(f"A job does not end as {ends!r}; there are {', '.join(sorted(ENDS))}.")
        job_id = str(uuid.uuid4())
        seconds = float(plan.get("seconds", times["seconds"]))
        job = Job(
            id=job_id,
            address=f"{path}/{job_id}",
            created=times["now"],
            due=NEVER if ends == "stuck" else times["now"] + seconds,
            action=action,
            artifact_type=artifact_type,
            employee_id=employee_id,
            work=work,
            ends=ends,
            hidden_until=times["now"] + float(plan.get("hidden_seconds", 0)),
            forgotten=bool(plan.get("forgotten", False)),
            artifact=plan.get("artifact"),
            message=str(plan.get("message", "")),
        )
        self._jobs[job_id] = job
        return job

    def run_due(self, now: float) -> None:
        """Do the work whose time has come, in its order."""
        waiting = [job for job in self._jobs.values() if not job.over]
        for job in sorted(waiting, key=lambda each: each.due):
            if job.due <= now:
                job.finish(now)
            elif now > job.created:
                job.status = IN_PROGRESS

    def find(self, job_id: str, *, now: float, employee_id: str = "") -> Job | None:
        job = self._jobs.get(job_id)
        return job if job is not None and job.employee_id == employee_id and job.is_seen(now) else None

    def newest_first(self, *, now: float, employee_id: str = "") -> list[Job]:
        return [job for job in reversed(self._jobs.values()) if job.employee_id == employee_id and job.is_seen(now)]

    def every(self) -> list[Job]:
        return list(self._jobs.values())

    def clear(self) -> None:
        self._jobs.clear()


class JobCollection:
    """Jobs as the control pages show them; a change of ``ends`` ends one."""

    def __init__(self, jobs: JobList, *, tenant_id: str, client_id: str, now: float) -> None:
        self._jobs, self._tenant_id, self._client_id, self._now = jobs, tenant_id, client_id, now

    def everything(self) -> list[dict[str, Any]]:
        return [self._shown(job) for job in self._jobs.every()]

    def one(self, record_id: str) -> dict[str, Any]:
        return self._shown(self._job(record_id))

    def add(self, record: dict[str, Any]) -> dict[str, Any]:
        raise UnknownError(f"No job is added: {record}")

    def change(self, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
        job = self._job(record_id)
        if job.over or values.get("ends") not in {"succeeds", "fails", "warns"}:
            raise ValueError("A job that is not over can be made to end: succeeds, fails or warns.")
        job.ends, job.message = values["ends"], str(values.get("message", job.message))
        job.finish(self._now)
        return self._shown(job)

    def remove(self, record_id: str) -> None:
        raise UnknownError(f"No job is removed: {record_id}")

    def _job(self, record_id: str) -> Job:
        found = [job for job in self._jobs.every() if job.id == record_id]
        if not found:
            raise UnknownError(f"There is no job {record_id}.")
        return found[0]

    def _shown(self, job: Job) -> dict[str, Any]:
        return job.as_json(tenant_id=self._tenant_id, client_id=self._client_id)

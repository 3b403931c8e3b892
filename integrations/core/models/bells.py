"""Bells that are rung later: for work that was put down until its vendor may be asked again."""

from django.db import models


class Bell(models.Model):
    """A task of the queue to be rung for at a time; at most one per task and subject, the earlier time counts."""

    # The path of the task's function, and the one id that it takes.
    task = models.CharField(max_length=120)
    subject_id = models.BigIntegerField()
    queue = models.CharField(max_length=40)
    due = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task", "subject_id"], name="bell_once_per_subject")]

    def __str__(self) -> str:
        return f"{self.task} {self.subject_id}"

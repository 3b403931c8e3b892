"""The queue's own schedule, which is off: a row names any function of any module, with arguments as they are typed.

What recurs here is the sweep of ``manage.py work`` and the bells.
"""

from django_q.models import Schedule


def never_run() -> int:
    """Return how many rows stand in the schedule, of before it was switched off or made by other programs."""
    return int(Schedule.objects.count())

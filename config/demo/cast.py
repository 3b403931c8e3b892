"""The users of the demo: one for each role, so that everybody can see what a role sees."""

from typing import Final, NamedTuple

from django.contrib.auth.models import Group, User

from employees.access.companies import put_limit
from employees.access.models import EmployeeLink
from employees.groups import FINANCE, HR_ADMIN, INTEGRATION_ADMIN, MANAGER, OPERATOR, PAYROLL, PAYROLL_OFFICE
from employees.models import Company, Employee


class Player(NamedTuple):
    """``company`` is the name of the one that the user sees; empty: all."""

    username: str
    first_name: str
    last_name: str
    role: str
    company: str = ""


def cast(*, office_company: str) -> tuple[Player, ...]:
    return (
        Player("hanna", "Hanna", "Berg", HR_ADMIN),
        Player("ida", "Ida", "Lind", INTEGRATION_ADMIN),
        Player("petra", "Petra", "Holm", PAYROLL),
        Player("mats", "Mats", "Ek", MANAGER),
        Player("frida", "Frida", "Dahl", FINANCE),
        Player("olof", "Olof", "Nes", PAYROLL_OFFICE, office_company),
        Player("otto", "Otto", "Vik", OPERATOR),
    )


TEAM: Final = 5
WHO: Final = "%s (%s)"


def make_users(players: tuple[Player, ...], *, password: str, team_of: str) -> dict[str, User]:
    """Make the users; the manager is somebody of that company, who gets a team."""
    boss = _boss_of(team_of)
    users = {}
    for player in players:
        email = boss.work_email if player.role == MANAGER else f"{player.username}@demo.example"
        names = {"first_name": player.first_name, "last_name": player.last_name}
        user = User.objects.create_user(player.username, email, password, is_staff=True, **names)
        user.groups.set([Group.objects.get(name=player.role)])
        if player.company:
            put_limit(user, Company.objects.filter(name=player.company))
        if player.role == MANAGER:
            EmployeeLink.objects.create(user=user, employee=boss)
        users[player.role] = user
    return users


def _boss_of(company: str) -> Employee:
    """Make a few people of the company somebody's team."""
    first, *team = Employee.objects.filter(company__name=company).exclude(work_email="").order_by("pk")[:TEAM]
    for person in team:
        person.manager = first
        person.save()
    return first


def in_words(players: tuple[Player, ...]) -> str:
    return ", ".join(WHO % (player.username, player.role) for player in players)

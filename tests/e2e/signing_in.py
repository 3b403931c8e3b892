"""A person with every right of an HR and integration admin, signed in with a browser."""

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN

PASSWORD: Final = "a-long-password-for-a-test"
SIZES: Final = {"desk": (1400, 900), "phone": (390, 844)}
# What axe-core calls serious is what keeps somebody from using the page.
SERIOUS: Final = ("serious", "critical")


def make_admin(username: str = "hanna") -> User:
    user = User.objects.create_user(
        username, f"{username}@demo.example", PASSWORD, is_staff=True, first_name=username.capitalize()
    )
    user.groups.set(Group.objects.filter(name__in=(HR_ADMIN, INTEGRATION_ADMIN)))
    return user


def sign_in(page: Page, *, site: str, username: str = "hanna") -> None:
    page.goto(f"{site}/login/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{site}/")


def serious_findings(page: Page, *, within: str = "#content") -> list[tuple[str, Any]]:
    """Return (rule, selectors) of what axe-core finds serious in the page's own part; the theme's frame is not ours."""
    found = Axe().run(page, context=within).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found if each["impact"] in SERIOUS]


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

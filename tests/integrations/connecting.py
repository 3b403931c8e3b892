"""Connecting: what is refused changes nothing and says what to do; then it works."""

from typing import Any

import pytest

from employees.models import Company
from integrations.core import connecting
from integrations.core.accounts import AuthorisationFailed
from integrations.core.models import Connection
from tests.factories import CompanyFactory
from tests.integrations.base import Contract
from tests.integrations.driver import Driver
from tests.integrations.stage import Stage, draft_of

State = Connection.State


class ConnectingContract(Contract):
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Try each obstacle that the driver names."""
        if "obstacle" in metafunc.fixturenames:
            metafunc.parametrize("obstacle", list(self.driver_class.obstacles))

    @pytest.mark.behaviour("G-03")
    def test_connecting_names_the_vendors_company_and_keeps_who_agreed(self, driver: Driver, draft: Connection) -> None:
        driver.connect(draft)

        connection = Connection.objects.get()
        assert (connection.state, connection.account_id) == (State.AUTHORISED, driver.account)
        assert connection.account_shown
        assert connection.consent_by == draft.consent_by

    def test_connecting_writes_nothing_at_the_vendor(self, driver: Driver, draft: Connection) -> None:
        right_id = driver.add(driver.values(1))
        before = driver.raw(right_id)

        driver.connect(draft)

        assert driver.writes() == []
        assert driver.raw(right_id) == before

    def test_a_refused_connection_changes_nothing_and_says_what_to_do(
        self, driver: Driver, draft: Connection, obstacle: str
    ) -> None:
        met = driver.obstacles[obstacle]
        met.begin(driver)
        message = _failure(driver, draft, **met.how)
        assert [words for words in met.says if words not in message] == []

        met.end(driver)
        assert driver.connect(draft).state == State.AUTHORISED

    @pytest.mark.parametrize("place", ["token_path", "api_path"])
    def test_an_outage_while_connecting_changes_nothing_and_can_be_tried_again(
        self, driver: Driver, draft: Connection, place: str
    ) -> None:
        driver.fail_all_at(getattr(driver, place))
        assert "try again" in _failure(driver, draft).lower()

        driver.mend()
        assert driver.connect(draft).state == State.AUTHORISED

    def test_the_vendors_other_company_is_refused_where_one_was_connected_before(self, stage: Stage) -> None:
        name = stage.connection.account_shown
        message = _failure(stage.driver, stage.connection, account=stage.driver.other_account)
        assert name in message

        stage.connect_again()
        assert stage.connection.account_id == stage.driver.account

    def test_a_vendors_company_is_connected_once(self, stage: Stage) -> None:
        other: Company = CompanyFactory.create(**stage.driver.company)
        second = draft_of(stage.driver, company=other, label="Second")
        assert f"“{stage.connection.label}”" in _failure(stage.driver, second)

        connecting.disconnect(connection_id=stage.connection.pk, by=None)
        assert stage.driver.connect(second).state == State.AUTHORISED


def _failure(driver: Driver, connection: Connection, **how: str) -> str:
    """Return why connecting did not work; the connection, its credentials too, is what it was."""
    before = _row(connection)
    with pytest.raises(AuthorisationFailed) as caught:
        driver.connect(connection, **how)
    assert _row(connection) == before
    assert driver.writes() == []
    return caught.value.message


def _row(connection: Connection) -> Any:
    return Connection.objects.filter(pk=connection.pk).values().get()

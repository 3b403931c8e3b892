"""Vendors that answer as if they had done what they were sent."""

import pytest
import requests

from tests.sandbox.fortnox_caller import NEW_PERSON, FortnoxCaller
from tests.sandbox_client import SandboxClient


def test_pretended_fields_keep_their_old_values_and_the_others_are_written(
    fortnox: FortnoxCaller, sandbox: SandboxClient
) -> None:
    fortnox.create(**NEW_PERSON)
    fortnox.change("1", EmployedTo="2030-01-01")
    sandbox.faults([{"method": "PUT", "path": "/employees/1", "action": "pretend", "fields": ["EmployedTo"]}])

    answer = fortnox.change("1", EmployedTo="API_BLANK", City="Umeå")

    assert answer.status_code == 200
    told = answer.json()["Employee"]
    assert (told["EmployedTo"], told["City"]) == ("2030-01-01", "Umeå")
    assert sandbox.record("fortnox", "employees", "1")["EmployedTo"] == "2030-01-01"
    assert fortnox.change("1", EmployedTo="API_BLANK").json()["Employee"]["EmployedTo"] == ""


def test_a_new_record_lacks_what_is_pretended(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    sandbox.faults([{"method": "POST", "path": "/employees", "action": "pretend", "fields": ["City"]}])
    answer = fortnox.create(**{**NEW_PERSON, "City": "Lund"})
    assert (answer.status_code, answer.json()["Employee"]["City"]) == (201, "")


def test_a_long_text_is_cut(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    sandbox.faults([{"method": "PUT", "path": "/employees/1", "action": "cut", "fields": ["Address1"], "longest": 5}])
    answer = fortnox.change("1", Address1="Storgatan 17", City="Luleå nya stad")
    assert (answer.status_code, answer.json()["Employee"]["Address1"]) == (200, "Storg")
    assert sandbox.record("fortnox", "employees", "1")["City"] == "Luleå nya stad"


def test_somebody_edits_between_the_write_and_the_look_up(fortnox: FortnoxCaller, sandbox: SandboxClient) -> None:
    fortnox.create(**NEW_PERSON)
    edit = {"collection": "employees", "record": "1", "values": {"City": "Lund"}}
    sandbox.faults([{"method": "PUT", "path": "/employees/1", "action": "edit_after", **edit}])
    with pytest.raises(requests.ConnectionError):
        fortnox.change("1", City="Umeå", Phone1="+46701740605")
    held = sandbox.record("fortnox", "employees", "1")
    assert (held["City"], held["Phone1"]) == ("Lund", "+46701740605")

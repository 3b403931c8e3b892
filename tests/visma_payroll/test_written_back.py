"""A document is written back whole, so one that was not kept as it stands at Visma is not written (VP-03, G-31)."""

import pytest
import responses

from integrations.core.errors import Refused
from integrations.core.http import VendorSession
from integrations.visma_payroll.client import VismaPayrollClient, read_error
from integrations.visma_payroll.endpoints import _writable

URL = "https://payroll.example/employees/1"


@responses.activate
@pytest.mark.behaviour("G-31")
@pytest.mark.parametrize(
    ("body", "genuine"),
    [
        ('{"id": "1", "rate": 37.50, "notes": {"of": 1}}', True),
        ('{"id": "1", "phones": [{"number": 1}], "phones": []}', False),
        ('{"id": "1", "notes": {"rate": 0.1234567890123456789}}', False),
        ('{"id": "1", "name": "\\u0000"}', False),
    ],
)
def test_what_was_not_kept_as_it_stands_there_is_not_written_back(body: str, genuine: bool) -> None:
    responses.get(URL, body=body, headers={"ETag": '"1"'})
    session = VendorSession(base_url="https://payroll.example", read_error=read_error, access_token="t")
    read = VismaPayrollClient(session).read_employee("1")
    assert read.genuine is genuine
    if genuine:
        assert _writable(read) is read
        return
    with pytest.raises(Refused, match="cannot be written back as it stands there"):
        _writable(read)

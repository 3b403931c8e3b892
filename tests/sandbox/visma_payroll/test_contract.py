"""The sandbox's answers against the description of the vendor's API: a stand-in that strays proves nothing."""

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.validation.response.exceptions import InvalidData

from tests.sandbox.visma_caller import VismaCaller
from tests.sandbox_client import SandboxClient
from tests.visma_specs import API, employee_api


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return employee_api()


def validate(api: OpenAPI, answer: requests.Response, *, url: str) -> None:
    """Raise unless the answer is one that the API describes for its request."""
    request = answer.request.copy()
    request.url = (request.url or "").replace(f"{url}/visma_payroll/v2", API)
    api.validate_response(RequestsOpenAPIRequest(request), RequestsOpenAPIResponse(answer))


def test_lists_documents_and_jobs_are_as_described(api: OpenAPI, visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.seed(people=50, vendor="visma_payroll")
    sandbox.limits(vendor="visma_payroll", requests=1000, seconds=1)
    listing = visma.get("employees", embed="(positions)", includeDrafts="true")
    validate(api, listing, url=sandbox.url)
    for row in listing.json()["data"]:
        validate(api, visma.get(f"employees/{row['id']}"), url=sandbox.url)
        validate(api, visma.get(f"employees/{row['id']}/positions"), url=sandbox.url)


def test_a_write_and_its_job_are_as_described(api: OpenAPI, visma: VismaCaller, sandbox: SandboxClient) -> None:
    accepted = visma.create()
    validate(api, accepted, url=sandbox.url)
    job_id = accepted.headers["Location"].rpartition("/")[2]
    validate(api, visma.get(f"employees/jobs/{job_id}"), url=sandbox.url)
    employee_id = visma.job(accepted)["artifactId"]
    (position,) = visma.get(f"employees/{employee_id}/positions").json()
    path = f"employees/{employee_id}/positions/{position['id']}"
    answer = visma.get(path)
    validate(api, answer, url=sandbox.url)
    validate(api, visma.replace(path, answer.json(), etag=answer.headers["ETag"]), url=sandbox.url)


def test_an_answer_that_strays_is_noticed(api: OpenAPI, visma: VismaCaller, sandbox: SandboxClient) -> None:
    sandbox.add("visma_payroll", "employees", {"personNames": "Åse"})
    with pytest.raises(InvalidData, match="'Åse' is not of type 'array'"):
        validate(api, visma.get("employees"), url=sandbox.url)

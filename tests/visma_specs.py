"""The description of Visma's Employee API, for contract tests; skipped without one.

VENDOR_SPECS names a folder that holds ``visma/payroll-employee.openapi.yaml``.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_core import Config, OpenAPI

API = "https://api.employeecore.hrm.visma.net/v2"
MEDIA_TYPE = "application/vnd.no.payroll.employee.V2.0+json"


def employee_api() -> OpenAPI:
    folder = os.environ.get("VENDOR_SPECS", "")
    if not folder:
        pytest.skip("VENDOR_SPECS names no folder with visma/payroll-employee.openapi.yaml.")
    text = (Path(folder) / "visma" / "payroll-employee.openapi.yaml").read_text(encoding="utf-8")
    # By Visma's own flow, what was read is edited and sent back, with what only Visma sets.
    document: dict[str, Any] = yaml.safe_load(text.replace("readOnly: true", "readOnly: false"))
    # The token is looked at by the tests of the client; the validator knows no OAuth.
    readers: dict[str, Callable[[bytes], Any]] = dict.fromkeys((MEDIA_TYPE, MEDIA_TYPE.lower()), json.loads)
    config = Config(extra_media_type_deserializers=readers)
    return OpenAPI.from_dict({**document, "security": []}, config=config)

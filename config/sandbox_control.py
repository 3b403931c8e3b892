"""The running sandbox's control pages as methods: for the soak, the tests and the benchmarks."""

from typing import Any

import requests


class SandboxClient:
    """Talks to a running sandbox. Every method answers with the control page's JSON; a refusal raises HTTPError."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        # A proxy of the surroundings has nothing to do with a server on this machine.
        self._session.trust_env = False

    def call(self, method: str, page: str, *, body: object = None, **parameters: str) -> Any:
        response = self._session.request(
            method, f"{self.url}/_sandbox/{page}", json=body, params=parameters, timeout=60
        )
        response.raise_for_status()
        return response.json()

    def close(self) -> None:
        self._session.close()

    def reset(self) -> None:
        self.call("POST", "reset")

    def seed(self, *, people: int, seed: int = 1, vendor: str = "fortnox", tenant: str | None = None) -> int:
        """Fill the vendor with people; return how many it now holds."""
        body = {"vendor": vendor, "people": people, "seed": seed, "tenant": tenant}
        return int(self.call("POST", "seed", body=body)["count"])

    def state(self, vendor: str, collection: str, **parameters: str) -> list[dict[str, Any]]:
        """Return what the vendor now holds, in its own words."""
        records: list[dict[str, Any]] = self.call("GET", f"state/{vendor}/{collection}", **parameters)["records"]
        return records

    def record(self, vendor: str, collection: str, record_id: str, **parameters: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"state/{vendor}/{collection}/{record_id}", **parameters)
        return found

    def add(self, vendor: str, collection: str, values: dict[str, Any]) -> dict[str, Any]:
        """Add a record as somebody at the vendor would: no call is listed."""
        added: dict[str, Any] = self.call("POST", f"state/{vendor}/{collection}", body=values)
        return added

    def change(self, vendor: str, collection: str, record_id: str, values: dict[str, Any]) -> dict[str, Any]:
        """Change a record as somebody at the vendor would: no call is listed."""
        changed: dict[str, Any] = self.call("PATCH", f"state/{vendor}/{collection}/{record_id}", body=values)
        return changed

    def remove(self, vendor: str, collection: str, record_id: str) -> None:
        self.call("DELETE", f"state/{vendor}/{collection}/{record_id}")

    def calls(self, *, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """Return every call received, in order; of one method, and with ``path`` in the address, if given."""
        received: list[dict[str, Any]] = self.call("GET", "calls")["calls"]
        return [call for call in received if method in {"", call["method"]} and path in call["path"]]

    def clear_calls(self) -> None:
        self.call("DELETE", "calls")

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Add rules: ``{"action": "refuse", "method": "PUT", "path": "/employees", "k": 2, "status": 503}``."""
        self.call("POST", "faults", body=rules)

    def clear_faults(self) -> None:
        self.call("DELETE", "faults")

    def down(self, *, vendor: str = "fortnox", down: bool = True, how: str = "refuse") -> None:
        """Take the vendor away (``how``: refuse with 503, or drop the connection) or bring it back."""
        self.call("POST", "down", body={"vendor": vendor, "down": down, "how": how})

    def settings(self, vendor: str, **values: object) -> dict[str, Any]:
        changed: dict[str, Any] = self.call("POST", f"settings/{vendor}", body=values)
        return changed

    def tokens(self, vendor: str, *, action: str, tenant: str | None = None) -> None:
        self.call("POST", f"tokens/{vendor}", body={"action": action, "tenant": tenant})

    def limits(self, *, vendor: str = "fortnox", **values: float | None) -> None:
        """Set the rate limit: ``requests`` within ``seconds``, answered with ``retry_after`` seconds or without."""
        self.call("POST", "limits", body={"vendor": vendor, **values})

    def latency(self, *, mean: float, jitter: float = 0.0) -> None:
        """Let every call take ``mean`` milliseconds, give or take the fraction ``jitter`` of it."""
        self.call("POST", "latency", body={"mean": mean, "jitter": jitter})

    def advance_clock(self, *, seconds: float) -> None:
        self.call("POST", "clock", body={"advance": seconds})

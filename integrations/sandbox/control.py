"""The verbs of the control pages; README.md describes their JSON. Each runs under the sandbox's lock."""

from typing import Any

from integrations.sandbox.limits import SlidingWindow
from integrations.sandbox.messages import BadBodyError, Request
from integrations.sandbox.vendor import Collection, UnknownError, Vendor
from integrations.sandbox.world import World


def _values(request: Request) -> dict[str, Any]:
    values = request.json()
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise BadBodyError("The body is not a JSON object.")
    return values


def _vendor(world: World, name: str) -> Vendor:
    if name not in world.vendors:
        raise UnknownError(f"There is no vendor {name!r}.")
    return world.vendors[name]


def _collection(world: World, request: Request, vendor: str, collection: str) -> Collection:
    return _vendor(world, vendor).collection(collection, tenant=request.parameters().get("tenant"))


def reset(world: World, _request: Request) -> Any:
    world.reset()
    return {"reset": True}


def seed(world: World, request: Request) -> Any:
    values = _values(request)
    people = int(values.get("people", 0))
    tenant = values.get("tenant")
    count = _vendor(world, values["vendor"]).seed_people(
        people=people, seed=int(values.get("seed", 1)), tenant=None if tenant is None else str(tenant)
    )
    return {"people": people, "count": count}


def list_records(world: World, request: Request, *, vendor: str, collection: str) -> Any:
    records = _collection(world, request, vendor, collection).everything()
    return {"count": len(records), "records": records}


def show_record(world: World, request: Request, *, vendor: str, collection: str, record_id: str) -> Any:
    return _collection(world, request, vendor, collection).one(record_id)


def add_record(world: World, request: Request, *, vendor: str, collection: str) -> Any:
    return _collection(world, request, vendor, collection).add(_values(request))


def change_record(world: World, request: Request, *, vendor: str, collection: str, record_id: str) -> Any:
    return _collection(world, request, vendor, collection).change(record_id, _values(request))


def remove_record(world: World, request: Request, *, vendor: str, collection: str, record_id: str) -> Any:
    _collection(world, request, vendor, collection).remove(record_id)
    return {"removed": record_id}


def list_calls(world: World, _request: Request) -> Any:
    return {"calls": world.calls.as_json()}


def clear_calls(world: World, _request: Request) -> Any:
    world.calls.clear()
    return {"calls": []}


def list_faults(world: World, _request: Request) -> Any:
    return {"faults": world.faults.as_json()}


def add_faults(world: World, request: Request) -> Any:
    rules = request.json()
    world.faults.add(rules if isinstance(rules, list) else [_values(request)])
    return list_faults(world, request)


def clear_faults(world: World, request: Request) -> Any:
    world.faults.clear()
    return list_faults(world, request)


def show_down(world: World, _request: Request) -> Any:
    return {"down": world.down}


def change_down(world: World, request: Request) -> Any:
    values = _values(request)
    vendor = _vendor(world, values["vendor"]).name
    how = values.get("how", "refuse")
    if how not in {"refuse", "drop"}:
        raise BadBodyError("`how` is refuse or drop.")
    world.down.pop(vendor, None)
    if values["down"]:
        world.down[vendor] = how
    return show_down(world, request)


def show_settings(world: World, _request: Request, *, vendor: str) -> Any:
    return _vendor(world, vendor).settings()


def change_settings(world: World, request: Request, *, vendor: str) -> Any:
    _vendor(world, vendor).change_settings(_values(request))
    return show_settings(world, request, vendor=vendor)


def change_tokens(world: World, request: Request, *, vendor: str) -> Any:
    values = _values(request)
    tenant = values.get("tenant")
    _vendor(world, vendor).change_tokens(values["action"], tenant=None if tenant is None else str(tenant))
    return {"done": values["action"]}


def show_limits(world: World, _request: Request) -> Any:
    return {name: window.as_json() for name, window in world.limits.items()}


def change_limits(world: World, request: Request) -> Any:
    """A changed window starts empty."""
    values = _values(request)
    vendor = _vendor(world, values["vendor"]).name
    before = world.limits[vendor]
    retry_after = values.get("retry_after", before.retry_after)
    world.limits[vendor] = SlidingWindow(
        requests=int(values.get("requests", before.requests)),
        seconds=float(values.get("seconds", before.seconds)),
        retry_after=None if retry_after is None else float(retry_after),
    )
    return show_limits(world, request)


def show_latency(world: World, _request: Request) -> Any:
    return world.latency


def change_latency(world: World, request: Request) -> Any:
    values = _values(request)
    world.latency = {"mean": float(values.get("mean", 0)), "jitter": float(values.get("jitter", 0))}
    return show_latency(world, request)


def show_clock(world: World, _request: Request) -> Any:
    return {"offset": world.clock_offset, "now": world.now()}


def change_clock(world: World, request: Request) -> Any:
    world.clock_offset += float(_values(request)["advance"])
    return show_clock(world, request)

"""Zones and systems out of what their members say."""

from twin.model.grouping import devices_in_system, systems, zones
from twin.model.ids import DeviceId, PlaceholderId, RoomId, StoreyId
from twin.model.space import Placeholder, Room
from twin.model.twin import Twin


def room(name: str, *names: str) -> Room:
    return Room(id=RoomId(name), storey=StoreyId("s"), name=name, zones=names)


def holder(name: str, *names: str, device: str | None = None) -> Placeholder:
    return Placeholder(
        id=PlaceholderId(name), kind="light", name=name, storey=None, room=None, systems=names,
        device=DeviceId(device) if device else None,
    )  # fmt: skip


def test_zones_are_in_the_order_of_their_names_and_hold_their_rooms() -> None:
    a, b, c = room("a", "wet", "Flat"), room("b", "Flat"), room("c")
    assert zones([a, b, c]) == {"Flat": (a, b), "wet": (a,)}
    assert list(zones([a, b, c])) == ["Flat", "wet"]


def test_a_system_knows_its_planned_and_its_connected_devices() -> None:
    one, two = holder("one", "Circuit 1", device="d"), holder("two", "Circuit 1")
    assert systems([one, two]) == {"Circuit 1": (one, two)}
    assert devices_in_system(Twin(placeholders=(one, two)), "Circuit 1") == {"d"}

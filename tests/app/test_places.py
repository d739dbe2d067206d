"""Devices that Home Assistant's registries, or an SVG plan, know already: they take their place when they are found."""

from __future__ import annotations

from pathlib import Path

from app.i18n import sentence
from tests.twin.building.test_hass import stored
from twin.model.device import Device

from .conftest import Desk, lamp, renamed

CEILING = renamed(lamp("bulb", "Bulb"), area="", entities=("light.bulb", "light.kitchen_ceiling"))


def with_house(api: Desk, tmp_path: Path) -> None:
    found = api.engine.review(str(stored(tmp_path) / "core.area_registry")).result(30)
    api.engine.accept(found.id, {}).result(60)


def found(api: Desk, name: str) -> Device:
    device = api.engine.twin.find_device(name)
    assert device is not None
    return device


def title(api: Desk, name: str) -> str:
    room = found(api, name).room
    return api.engine.twin.room_of[room].title if room else ""


def test_a_device_of_a_known_entity_takes_its_room_and_spot(api: Desk, tmp_path: Path) -> None:
    with_house(api, tmp_path)
    api.world.devices = [CEILING, lamp("other", "Other")]
    api.engine.add("pretend://home").result(60)
    api.until(lambda: title(api, "Bulb") == "Kitchen")
    holder = next(one for one in api.engine.twin.placeholders if one.source_id == "light.kitchen_ceiling")
    assert (holder.device, found(api, "Bulb").position_m) == (found(api, "Bulb").id, holder.position_m)
    assert found(api, "Other").room is None


def test_where_the_devices_came_first_the_import_puts_them_in_their_places(api: Desk, tmp_path: Path) -> None:
    api.world.devices = [CEILING]
    api.engine.add("pretend://home").result(60)
    assert found(api, "Bulb").room is None
    with_house(api, tmp_path)
    api.until(lambda: title(api, "Bulb") == "Kitchen")


def test_what_a_person_moved_out_of_its_place_stays_out(api: Desk, tmp_path: Path) -> None:
    with_house(api, tmp_path)
    api.world.devices = [CEILING]
    api.engine.add("pretend://home").result(60)
    api.until(lambda: title(api, "Bulb") == "Kitchen")
    api.engine.unbind(found(api, "Bulb").id).result(60)
    api.until(lambda: not title(api, "Bulb"))
    api.world.describe(renamed(CEILING, model="B2"))
    api.until(lambda: found(api, "Bulb").model == "B2")
    assert found(api, "Bulb").room is None


def test_placing_by_itself_is_part_of_what_the_person_did(api: Desk, tmp_path: Path) -> None:
    api.world.devices = [CEILING]
    api.engine.add("pretend://home").result(60)
    with_house(api, tmp_path)
    api.until(lambda: title(api, "Bulb") == "Kitchen")
    assert sentence(api.engine.undo().result(60)) == "Import core.area_registry"
    api.until(lambda: not api.engine.twin.rooms)
    assert found(api, "Bulb").room is None
    api.engine.redo().result(60)
    api.until(lambda: title(api, "Bulb") == "Kitchen")


def test_a_removed_device_leaves_its_place_to_the_next(api: Desk, tmp_path: Path) -> None:
    with_house(api, tmp_path)
    api.world.devices = [CEILING]
    api.engine.add("pretend://home").result(60)
    api.until(lambda: title(api, "Bulb") == "Kitchen")
    api.engine.remove(found(api, "Bulb").id).result(60)
    api.until(lambda: all(one.device is None for one in api.engine.twin.placeholders))


def test_only_a_single_device_goes_into_the_room_that_is_picked(api: Desk, tmp_path: Path) -> None:
    with_house(api, tmp_path)
    kitchen = next(one.id for one in api.engine.twin.rooms if one.title == "Kitchen")
    api.world.devices = [lamp("one", "One")]
    (device,) = api.engine.add("pretend://one", room=kitchen, only_one=True).result(60)
    assert device.room == kitchen
    api.engine.undo().result(60)
    assert not api.engine.twin.devices
    assert not api.engine.twin.links
    api.world.devices = [lamp("one", "One"), lamp("two", "Two")]
    several = api.engine.add("pretend://two", room=kitchen, only_one=True).result(60)
    assert [one.room for one in several] == [None, None]


def test_the_area_that_a_system_names_proposes_the_room_of_that_name(api: Desk, tmp_path: Path) -> None:
    with_house(api, tmp_path)
    api.world.devices = [renamed(lamp(), area="kitCHEN"), renamed(lamp("far", "Far"), area="Nowhere")]
    api.engine.add("pretend://home").result(60)
    twin = api.engine.twin
    room = twin.suggested_room(found(api, "Lamp"))
    assert room is not None
    assert room.title == "Kitchen"
    assert twin.suggested_room(found(api, "Far")) is None
    api.engine.bind(found(api, "Lamp").id, room.id).result(60)
    assert api.engine.twin.suggested_room(found(api, "Lamp")) is None

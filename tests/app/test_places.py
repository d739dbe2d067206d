"""Devices that Home Assistant's registries, or an SVG plan, know already: they take their place when they are found."""

from __future__ import annotations

from pathlib import Path

from tests.twin.building.test_hass import stored
from twin.model.device import Device

from .conftest import Desk, lamp, renamed

CEILING = renamed(lamp("bulb", "Bulb"), area="", entities=("light.bulb", "light.kitchen_ceiling"))


def with_house(desk: Desk, tmp_path: Path) -> None:
    found = desk.engine.review(str(stored(tmp_path) / "core.area_registry")).result(30)
    desk.engine.accept(found, {}).result(10)


def found(desk: Desk, name: str) -> Device:
    device = desk.engine.twin.find_device(name)
    assert device is not None
    return device


def title(desk: Desk, name: str) -> str:
    room = found(desk, name).room
    return desk.engine.twin.room_of[room].title if room else ""


def test_a_device_of_a_known_entity_takes_its_room_and_spot(desk: Desk, tmp_path: Path) -> None:
    with_house(desk, tmp_path)
    desk.world.devices = [CEILING, lamp("other", "Other")]
    desk.engine.add("pretend://home").result(10)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")
    holder = next(one for one in desk.engine.twin.placeholders if one.source_id == "light.kitchen_ceiling")
    assert (holder.device, found(desk, "Bulb").position_m) == (found(desk, "Bulb").id, holder.position_m)
    assert found(desk, "Other").room is None


def test_where_the_devices_came_first_the_import_puts_them_in_their_places(desk: Desk, tmp_path: Path) -> None:
    desk.world.devices = [CEILING]
    desk.engine.add("pretend://home").result(10)
    assert found(desk, "Bulb").room is None
    with_house(desk, tmp_path)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")


def test_what_a_person_moved_out_of_its_place_stays_out(desk: Desk, tmp_path: Path) -> None:
    with_house(desk, tmp_path)
    desk.world.devices = [CEILING]
    desk.engine.add("pretend://home").result(10)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")
    desk.engine.unbind(found(desk, "Bulb").id).result(5)
    desk.until(lambda: not title(desk, "Bulb"))
    desk.world.describe(renamed(CEILING, model="B2"))
    desk.until(lambda: found(desk, "Bulb").model == "B2")
    assert found(desk, "Bulb").room is None


def test_placing_by_itself_is_part_of_what_the_person_did(desk: Desk, tmp_path: Path) -> None:
    desk.world.devices = [CEILING]
    desk.engine.add("pretend://home").result(10)
    with_house(desk, tmp_path)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")
    assert desk.engine.undo().result(5) == "Import core.area_registry"
    desk.until(lambda: not desk.engine.twin.rooms)
    assert found(desk, "Bulb").room is None
    desk.engine.redo().result(5)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")


def test_a_removed_device_leaves_its_place_to_the_next(desk: Desk, tmp_path: Path) -> None:
    with_house(desk, tmp_path)
    desk.world.devices = [CEILING]
    desk.engine.add("pretend://home").result(10)
    desk.until(lambda: title(desk, "Bulb") == "Kitchen")
    desk.engine.remove(found(desk, "Bulb").id).result(5)
    desk.until(lambda: all(one.device is None for one in desk.engine.twin.placeholders))


def test_the_area_that_a_system_names_proposes_the_room_of_that_name(desk: Desk, tmp_path: Path) -> None:
    with_house(desk, tmp_path)
    desk.world.devices = [renamed(lamp(), area="kitCHEN"), renamed(lamp("far", "Far"), area="Nowhere")]
    desk.engine.add("pretend://home").result(10)
    twin = desk.engine.twin
    room = twin.suggested_room(found(desk, "Lamp"))
    assert room is not None
    assert room.title == "Kitchen"
    assert twin.suggested_room(found(desk, "Far")) is None
    desk.engine.bind(found(desk, "Lamp").id, room.id).result(5)
    assert desk.engine.twin.suggested_room(found(desk, "Lamp")) is None

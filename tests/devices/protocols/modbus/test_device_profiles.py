"""Every profile that ships: sound, sourced, and told apart from the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devices.protocols.modbus.device_profiles import profile_map, profiles
from devices.protocols.modbus.register_map import RegisterSpace, RegisterType
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.kind import KINDS
from twin.model.quantity import find_unit

FOLDER = Path(__file__).parents[4] / "assets" / "devices" / "modbus"
IDS = sorted(file.stem for file in FOLDER.glob("*.json"))


def test_each_file_is_one_profile_and_has_its_name() -> None:
    assert sorted(profiles()) == IDS
    assert len(IDS) >= 8


@pytest.mark.parametrize("id", IDS)
def test_a_profile_names_its_maker_its_kind_and_its_source(id: str) -> None:
    profile = profiles()[id]
    assert profile.maker
    assert profile.model
    assert profile.kind in KINDS
    assert len(profile.source) > 20


@pytest.mark.parametrize("id", IDS)
def test_points_speak_the_vocabulary_and_no_two_are_the_same(id: str) -> None:
    points = profile_map(id).points
    assert len({point.info.key for point in points}) == len(points)
    for point in points:
        capability = CAPABILITIES[point.info.capability]
        assert point.info.unit == "" or capability.id == "raw_number" or find_unit(point.info.unit, capability.quantity)
        assert capability.type is not ValueType.NUMBER or point.info.unit or capability.id == "power_factor"
        assert capability.group != "raw" or point.info.label
        assert (point.type is RegisterType.BIT) == point.space.is_bits
        assert point.address >= 0
        assert max(point.cells) <= 0xFFFF


@pytest.mark.parametrize("id", IDS)
def test_no_two_points_share_registers_and_no_request_is_longer_than_the_device_bears(id: str) -> None:
    layout = profile_map(id)
    for space in RegisterSpace:
        cells = [address for point in layout.points if point.space is space for address in point.cells]
        assert len(set(cells)) == len(cells)
    assert all(block.count <= profiles()[id].max_count <= 125 for block in layout.blocks)


def test_no_two_profiles_are_recognised_by_the_same_mark() -> None:
    marks = [
        (mark.space, mark.address, mark.count, value)
        for profile in profiles().values()
        for mark in profile.identity[:1]
        for value in (*mark.values, *mark.texts)
    ]
    assert len(set(marks)) == len(marks)


def test_a_meter_has_power_and_energy() -> None:
    for profile in profiles().values():
        if profile.kind == "meter":
            assert {"power", "energy_import", "energy_export"} <= {p.info.key for p in profile_map(profile.id).points}


def test_a_field_that_nobody_knows_is_an_error() -> None:
    import msgspec

    from devices.protocols.modbus.device_profiles import DeviceProfile

    told = json.loads((FOLDER / "eastron-sdm630.json").read_text()) | {"adress": 1}
    with pytest.raises(msgspec.ValidationError, match="adress"):
        msgspec.json.decode(json.dumps(told), type=DeviceProfile)

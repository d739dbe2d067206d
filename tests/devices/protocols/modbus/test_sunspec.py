"""SunSpec: the chain of models, and tables that agree with the published model files."""

from __future__ import annotations

import asyncio
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.modbus.register_map import decoded
from devices.protocols.modbus.sunspec import BASES, ModelPlace, read_chain, sunspec_kind, sunspec_map
from devices.protocols.modbus.sunspec_models import MODELS
from twin.model.capability import CAPABILITIES
from twin.model.quantity import find_unit

TYPES = {"uint16": "u16", "int16": "s16", "uint32": "u32", "uint64": "u64", "float32": "f32", "acc32": "acc32", "enum16": "enum16"}  # fmt: skip


def laid_out(group: dict[str, Any], name: str, offset: int, found: dict[int, dict[str, Any]]) -> int:
    """The points of a published model by their offset; a repeated group once."""
    for row in group.get("points", []):
        found[offset] = row | {"name": name + row["name"]}
        offset += row["size"]
    for inner in group.get("groups", []):
        offset = laid_out(inner, f"{name}{inner['name']}.", offset, found)
    return offset


def published(id: int) -> dict[int, dict[str, Any]]:
    """The points of a model as the SunSpec Alliance publishes it, in the files that pysunspec2 brings along."""
    spec = find_spec("sunspec2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    file = Path(spec.submodule_search_locations[0]) / "models" / "json" / f"model_{id}.json"
    laid: dict[int, dict[str, Any]] = {}
    laid_out(json.loads(file.read_text())["group"], "", 0, laid)
    return laid


@pytest.mark.parametrize("id", MODELS)
def test_every_point_lies_where_the_published_model_has_it(id: int) -> None:
    model = published(id)
    at = {row["name"]: offset for offset, row in model.items()}
    for start, rows in ((0, MODELS[id].points), (MODELS[id].group_start, MODELS[id].group)):
        for row in rows:
            there = model[start + row.offset]
            assert TYPES[there["type"]] == row.type, row.key
            scale = there.get("sf")
            assert (at[scale] if isinstance(scale, str) else None) == row.scale, row.key
            assert not row.writable or there["access"] == "RW", row.key
            words = {symbol["value"] for symbol in there.get("symbols", ())}
            assert not row.options or {number for number, _ in row.options} <= words, row.key


@pytest.mark.parametrize("id", MODELS)
def test_every_row_speaks_the_vocabulary(id: int) -> None:
    for row in (*MODELS[id].points, *MODELS[id].group):
        capability = CAPABILITIES[row.capability]
        assert not row.unit or capability.id == "raw_number" or find_unit(row.unit, capability.quantity), row.key
        assert row.label or capability.group != "raw", f"{row.key} says nothing of itself"


class Registers:
    """Holding registers from a dictionary; what is not there is refused as a device does."""

    def __init__(self, words: dict[int, int]) -> None:
        self.words, self.asked = words, 0

    async def read(self, address: int, count: int) -> tuple[int, ...]:
        self.asked += 1
        try:
            return tuple(self.words[at] for at in range(address, address + count))
        except KeyError:
            raise ConnectionError("no such register") from None


def test_an_image_written_by_another_library_is_read_as_it_was_meant(shared_data: Path) -> None:
    image = json.loads((shared_data / "protocols/modbus/sunspec_image_1_103_203.json").read_text())
    words = dict(enumerate(image, BASES[0]))
    (device,) = asyncio.run(read_chain(Registers(words).read, BASES[0]))
    assert (device.maker, device.model, device.serial, device.firmware) == (
        "ACME Solar", "INV-10k", "SN0012345", "3.1.4",
    )  # fmt: skip
    assert [place.id for place in device.models] == [103, 203]
    assert sunspec_kind(device.models) == "solar"
    points = {point.info.key: decoded(point, words) for point in sunspec_map(device.models).points}
    assert points["power"] == 9876
    assert points["energy_export"] == 123456789
    assert points["l1.voltage"] == 230.5
    assert points["frequency"] == 50.01
    assert points["power_factor"] == pytest.approx(0.998)
    assert points["apparent_power"] == 9900
    assert points["temperature"] == 45.5
    assert points["sink.temperature"] is None, "not implemented"
    assert points["state"] == "producing"
    assert points["meter.power"] == -1500
    assert points["meter.energy_import"] == 7000000
    assert points["meter.frequency"] == 50.0
    assert points["meter.l2.power"] is None


def common(serial: str) -> list[int]:
    text = [int.from_bytes(serial.encode().ljust(32, b"\0")[at : at + 2]) for at in range(0, 32, 2)]
    return [1, 66, *([0x4141] * 48), *text, 0, 0]


def chain(*models: list[int]) -> dict[int, int]:
    return dict(enumerate([0x5375, 0x6E53, *(word for model in models for word in model), 0xFFFF, 0], 40000))


def test_each_common_model_begins_a_device() -> None:
    words = chain(common("INV1"), [103, 50, *[0] * 50], common("MET2"), [203, 105, *[0] * 105], common("NOTHING"))
    inverter, meter = asyncio.run(read_chain(Registers(words).read, 40000))
    assert (inverter.serial, [place.id for place in inverter.models]) == ("INV1", [103])
    assert (meter.serial, [place.id for place in meter.models]) == ("MET2", [203])
    assert {"power", "energy_import"} <= {point.info.key for point in sunspec_map(meter.models).points}


def test_a_single_phase_device_has_one_phase_and_two_meters_have_names_of_their_own() -> None:
    keys = {point.info.key for point in sunspec_map((ModelPlace(101, 0, 50),)).points}
    assert "l1.voltage" in keys
    assert "l2.voltage" not in keys
    three = [point.info for point in sunspec_map(tuple(ModelPlace(203, at, 105) for at in (0, 200, 400))).points]
    assert len({info.key for info in three}) == len(three)
    assert {"power", "meter.power", "meter2.power"} <= {info.key for info in three}


def test_a_repeated_group_gives_a_point_for_each_input() -> None:
    keys = {point.info.key for point in sunspec_map((ModelPlace(160, 0, 48),)).points}
    assert {"dc1.power", "dc2.power"} <= keys
    assert "dc3.power" not in keys


def test_a_shorter_model_of_an_older_device_keeps_to_its_own_registers() -> None:
    points = sunspec_map((ModelPlace(103, 0, 30),)).points
    assert points
    assert all(max(point.cells) < 32 and (point.scale_address or 0) < 32 for point in points)


@given(st.dictionaries(st.integers(40002, 40400), st.integers(0, 0xFFFF)), st.integers(0, 0xFFFF))
def test_whatever_lies_in_the_registers_the_chain_ends(words: dict[int, int], rest: int) -> None:
    registers = Registers(dict.fromkeys(range(0x1_0000), rest) | {40000: 0x5375, 40001: 0x6E53} | words)
    devices = asyncio.run(read_chain(registers.read, 40000))
    assert registers.asked <= 200
    for device in devices:
        for block in sunspec_map(device.models).blocks:
            assert block.address + block.count <= 0x1_0000
            assert block.count <= 125

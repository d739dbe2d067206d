"""The lab's Matter devices before they run: codes that cannot be confused, words that become orders, what is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devices import node_runtime
from devices.lab import matter
from devices.lab.matter import KINDS, MatterLab, order_for, specs
from devices.lab.node_programs import MATTER
from tests.english import refused
from twin.model.problem import ProblemError


def test_the_first_three_are_a_light_a_temperature_sensor_and_a_plug_with_a_meter() -> None:
    assert [spec.type for spec in specs(3)] == ["dimmable-light", "temperature", "plug-energy"]


def test_every_type_comes_once_before_any_comes_twice() -> None:
    types = [spec.type for spec in specs(len(KINDS) + 2)]
    assert len(set(types[: len(KINDS)])) == len(KINDS)
    assert types[len(KINDS) :] == types[:2]


def test_no_two_devices_share_a_name_port_or_code() -> None:
    made = specs(40)
    for field in ("id", "name", "port", "passcode", "discriminator"):
        assert len({getattr(spec, field) for spec in made}) == 40


def test_manual_codes_of_the_first_sixteen_cannot_be_mistaken_for_each_other() -> None:
    assert len({spec.discriminator >> 8 for spec in specs(16)}) == 16


def test_the_order_of_types_can_be_chosen() -> None:
    assert [spec.id for spec in specs(0, ("leak", "leak"))] == ["leak-1", "leak-2"]


@pytest.mark.parametrize(
    ("word", "value", "endpoint", "values"),
    [
        ("temperature", 21.57, "main", {"temperatureMeasurement": {"measuredValue": 2157}}),
        ("on", True, "main", {"onOff": {"onOff": True}}),
        ("power", 60.5, "meter", {"electricalPowerMeasurement": {"activePower": 60500}}),
        ("battery", 50, "battery", {"powerSource": {"batPercentRemaining": 100}}),
        ("open", True, "main", {"booleanState": {"stateValue": False}}),
        ("occupied", 1, "main", {"occupancySensing": {"occupancy": {"occupied": True}}}),
        ("pressure", 101300, "main", {"pressureMeasurement": {"measuredValue": 1013}}),
    ],
)
def test_a_word_becomes_an_order_in_the_device_s_own_unit(
    word: str, value: object, endpoint: str, values: dict[str, dict[str, object]]
) -> None:
    ((cluster, attributes),) = values.items()
    told = order_for(word, value)
    assert (told["endpoint"], told["cluster"], told["values"]) == (endpoint, cluster, attributes)


def test_energy_and_presses_are_orders_of_their_own() -> None:
    assert order_for("energy", 1.5) == {"op": "energy", "value": 1500}
    assert order_for("press", 2)["times"] == 2


def test_a_word_that_the_lab_does_not_know_is_told_with_those_it_knows() -> None:
    with refused("temperature"):
        order_for("gravity", 9.81)


def test_a_device_that_is_not_there_or_off_cannot_be_told_anything(tmp_path: Path) -> None:
    async def ask() -> None:
        lab = MatterLab()
        with refused("no device"):
            await lab.set("sofa", on=True)
        (spec,) = specs(1)
        lab.devices[spec.id] = matter.VirtualMatterDevice(spec, tmp_path, tmp_path / spec.id)
        with refused("is off"):
            await lab.set(spec.name, on=True)
        await lab.kill(spec.id)
        await lab.stop()

    asyncio.run(ask())


def test_without_node_the_lab_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node_runtime.shutil, "which", lambda _: None)
    monkeypatch.setattr(node_runtime, "_from_wheel", lambda _: None)
    with pytest.raises(ProblemError) as error:
        asyncio.run(MatterLab().start(1, tmp_path))
    assert error.value.problems[0].code == "node.missing"


def test_without_internet_at_the_first_start_the_lab_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(node_runtime, "node_program", lambda: "/bin/false")
    monkeypatch.setattr(node_runtime, "_npm", lambda: "/bin/false")
    with pytest.raises(ProblemError) as error:
        asyncio.run(node_runtime.installed(MATTER, tmp_path / "lab"))
    problem = error.value.problems[0]
    assert (problem.code, problem.retry) == ("node.packages", True)

"""The Modbus adapter against an independent peer (npm modbus-serial): units that live, obey, die, and come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.lab.modbus import ModbusGateway, ModbusLab
from devices.lab.modbus_images import virtual_devices
from devices.lab.node_programs import MODBUS
from devices.link import LinkState
from tests.devices.protocols.link_under_test import LinkUnderTest, node_program_or_skip, running, until
from twin.model.command import CommandState
from twin.model.text import Text

METER, INVERTER, HEAT_PUMP = "eastron-sdm630-70000123", "oikos-lab-inverter-8-70000124", "abb-b23-70000125"

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(scope="module")
def program() -> Path:
    return node_program_or_skip(MODBUS)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@asynccontextmanager
async def gateway(program: Path, n: int) -> AsyncIterator[tuple[ModbusLab, dict[str, Any]]]:
    lab = ModbusLab(every_s=3600.0)
    try:
        yield lab, await lab.start(n, program)
    finally:
        await lab.stop()


def linked(folder: Path, url: str, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", url, period="0.2", timeout="1.0", **options)


async def test_units_behind_a_gateway_are_devices_with_the_values_of_their_registers(
    tmp_path: Path, program: Path
) -> None:
    async with gateway(program, 4) as (lab, facts), running(linked(tmp_path, facts["url"])) as one:
        await lab.set("sdm630-1", power=1500.5, energy=5000.0)
        await lab.set("inverter-2", power=2750, energy=64000.0)
        await lab.set("b23-3", power=800.25, energy=12340.0)
        await until(lambda: one.last(METER, "power") == 1500.5)
        await until(lambda: one.last(METER, "energy_import") == 5.0)
        await until(lambda: one.last(INVERTER, "power") == 2750)
        await until(lambda: one.last(HEAT_PUMP, "energy_import") == 12.34)
        assert one.last(INVERTER, "energy_export") == 64000
        assert one.last(INVERTER, "state") == "producing"
        assert one.last(INVERTER, "reactive_power") is None, "not implemented"
        assert one.last(HEAT_PUMP, "power") == 800.25
        assert one.last(HEAT_PUMP, "l1.power") is None, "not available"
        assert [(d.maker, d.model, d.kind) for d in one.ears.devices] == [
            ("Eastron", "SDM630", "meter"), ("Oikos Lab", "Inverter 8", "solar"), ("ABB", "B23", "meter"),
            ("Waveshare", "Modbus relay, 8 channels", "controller"),
        ]  # fmt: skip
        assert one.ears.devices[0].serial == "70000123"
        assert all(one.ears.online.values())
        assert one.ears.problems == []
        assert one.ears.left_out == ()


async def test_nothing_is_written_until_a_person_allows_it(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 4) as (lab, facts):
        async with running(linked(tmp_path, facts["url"])) as one:
            await until(lambda: one.last(INVERTER, "power_limit") == 100.0)
            result = await one.command(INVERTER, "power_limit", "set", 60.0)
            assert result.state is CommandState.FAILED
            assert result.reason == Text("modbus.writing_off", unit="2")
        async with running(linked(tmp_path, facts["url"], writable="2")) as one:
            await until(lambda: one.last(INVERTER, "power_limit") == 100.0)
            assert (await one.command(INVERTER, "power_limit", "set", 60.0)).state is CommandState.CONFIRMED
            relay = one.ears.devices[3].uid
            assert (await one.command(relay, "relay1", "on")).reason == Text("modbus.writing_off", unit="4")
        assert lab.gateway is not None
        assert await lab.gateway.order("read", unit=2, space="holding", address=40002 + 68 + 52 + 5) == 600
        assert await lab.gateway.order("read", unit=4, space="coil", address=0) == 0


async def test_commands_are_confirmed_by_what_the_device_says_then(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 4) as (_, facts), running(linked(tmp_path, facts["url"], writable="yes")) as one:
        await until(lambda: len(one.ears.devices) == 4)
        relay = one.ears.devices[3].uid
        await until(lambda: one.last(relay, "relay3") is False and one.last(INVERTER, "limit_on") is False)
        for uid, key, verb, value, said in (
            (relay, "relay3", "on", None, True), (relay, "relay3", "toggle", None, False), (INVERTER, "limit_on", "set", True, True),
            (INVERTER, "grid", "off", None, False), (INVERTER, "power_limit", "set", 33.3, 33.3),
        ):  # fmt: skip
            result = await one.command(uid, key, verb, value)
            assert result.state is CommandState.CONFIRMED, (key, result.reason)
            assert one.last(uid, key) == said
        for uid, key, value in ((INVERTER, "power_limit", 140.0), (METER, "power", 1.0)):
            refused = await one.command(uid, key, "set", value)
            assert refused.state is CommandState.FAILED
            assert refused.reason is not None


async def test_a_command_to_a_unit_that_is_silent_fails_in_time_and_says_why(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 4) as (lab, facts), running(linked(tmp_path, facts["url"], writable="yes")) as one:
        await until(lambda: one.last(INVERTER, "power_limit") == 100.0)
        await lab.kill("inverter-2")
        result = await one.command(INVERTER, "power_limit", "set", 60.0, deadline_s=2.0)
        assert result.state is CommandState.FAILED
        assert result.reason is not None


async def test_a_unit_that_falls_silent_is_offline_by_itself_and_comes_back(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 3) as (lab, facts), running(linked(tmp_path, facts["url"])) as one:
        await until(lambda: len(one.ears.online) == 3 and all(one.ears.online.values()))
        await lab.kill("inverter-2")
        await until(lambda: one.ears.online[INVERTER] is False)
        assert one.ears.comings[-1].reason == Text("reason.silent_device")
        before = len(one.ears.reports)
        await until(lambda: len(one.ears.reports) > before + 60)
        heard = {report.uid for report in one.ears.reports[before:]}
        assert heard == {METER, HEAT_PUMP}
        assert one.runner.state is LinkState.ONLINE
        await lab.revive("inverter-2")
        await until(lambda: one.ears.online[INVERTER] is True)
        assert one.ears.problems == []


async def test_unit_ids_that_nobody_has_are_listed_and_delay_the_others_a_little_only(
    tmp_path: Path, program: Path
) -> None:
    async with gateway(program, 1) as (_, facts):
        url = f"modbus://127.0.0.1:{facts['port']}"
        async with running(linked(tmp_path, url, units="77,1,78")) as one:
            await until(lambda: one.last(METER, "power") is not None)
            assert {one.where for one in one.ears.left_out} == {"unit 77", "unit 78"}
            assert [device.uid for device in one.ears.devices] == [METER]
            assert one.ears.devices[0].name == "Eastron SDM630 · 1"


async def test_a_unit_that_comes_later_is_described_without_a_new_connection(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 3) as (lab, facts):
        await lab.kill("b23-3")
        async with running(linked(tmp_path, facts["url"])) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            assert len(one.ears.devices) == 2
            await lab.revive("b23-3")
            await until(lambda: len(one.ears.devices) == 3)
            await until(lambda: one.ears.online.get(HEAT_PUMP) is True)
            assert one.ears.words.count("online") == 1
            assert one.ears.left_out == ()


async def test_a_device_that_is_off_at_the_start_is_still_the_same_device(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 2) as (lab, facts):
        async with running(linked(tmp_path, facts["url"])) as one:
            await until(lambda: len(one.ears.devices) == 2)
            described = one.ears.devices
        await lab.kill("sdm630-1")
        await lab.kill("inverter-2")
        async with running(linked(tmp_path, facts["url"])) as one:
            await until(lambda: one.runner.state is LinkState.ONLINE)
            assert one.ears.devices == described
            await until(lambda: one.ears.online == {METER: False, INVERTER: False})
            await lab.revive("sdm630-1")
            await until(lambda: one.ears.online == {METER: True, INVERTER: False})


async def test_a_meter_that_was_exchanged_while_it_was_off_is_another_device(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 1) as (lab, facts), running(linked(tmp_path, facts["url"])) as one:
        await until(lambda: one.ears.online.get(METER) is True)
        await lab.kill("sdm630-1")
        await until(lambda: one.ears.online[METER] is False)
        assert lab.gateway is not None
        await lab.gateway.order("set", unit=1, space="holding", address=0xFC00, values=[0x1234, 0x5678])
        await lab.revive("sdm630-1")
        await until(lambda: one.ears.online.get(f"eastron-sdm630-{0x12345678}") is True)
        assert [device.serial for device in one.ears.devices] == [str(0x12345678)]


async def test_a_gateway_that_dies_takes_its_link_and_is_found_again(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 2) as (lab, facts), running(linked(tmp_path, facts["url"])) as one:
        await until(lambda: len(one.ears.online) == 2 and all(one.ears.online.values()))
        assert lab.gateway is not None
        await lab.gateway.kill()
        await until(lambda: one.runner.state is LinkState.WAITING)
        await until(lambda: not any(one.ears.online.values()))
        await lab.gateway.start()
        await until(lambda: one.runner.state is LinkState.ONLINE and all(one.ears.online.values()))


async def test_rtu_frames_through_a_gateway_say_the_same(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 4) as (lab, facts):
        async with running(linked(tmp_path, facts["rtu_url"], writable="yes")) as one:
            await lab.set("sdm630-1", power=321.5)
            await until(lambda: one.last(METER, "power") == 321.5)
            assert [device.uid for device in one.ears.devices][:3] == [METER, INVERTER, HEAT_PUMP]
            await until(lambda: one.last(INVERTER, "power_limit") == 100.0)
            assert (await one.command(INVERTER, "power_limit", "set", 42.0)).state is CommandState.CONFIRMED
            await lab.kill("b23-3")
            await until(lambda: one.ears.online[HEAT_PUMP] is False)
            await lab.revive("b23-3")
            await until(lambda: one.ears.online[HEAT_PUMP] is True)
        tcp_on_rtu = linked(tmp_path, f"modbus://127.0.0.1:{facts['rtu_port']}", units="1")
        async with running(tcp_on_rtu) as one:
            await until(lambda: one.ears.problems)
            assert one.ears.problems[0].code == "modbus.silent"


async def test_over_ipv6_alone_it_is_the_same(tmp_path: Path, program: Path) -> None:
    peer = ModbusGateway(program, {1: virtual_devices(1)[0].image}, host="::1")
    await peer.start()
    try:
        for url in (f"modbus://[::1]:{peer.port}", f"modbus+rtu://[::1]:{peer.rtu_port}"):
            async with running(linked(tmp_path, url)) as one:
                await until(lambda one=one: one.last(METER, "frequency") == 50.02)
                assert one.link.address == url
    finally:
        await peer.kill()


async def test_where_nobody_answers_or_nobody_is_recognised_one_problem_says_what_to_do(
    tmp_path: Path, program: Path
) -> None:
    async with gateway(program, 4) as (_, facts):
        url = f"modbus://127.0.0.1:{facts['port']}"
        for units, code in (("9", "modbus.silent"), ("4", "modbus.stranger")):
            async with running(linked(tmp_path, url, units=units)) as one:
                await until(lambda one=one: one.ears.problems)
                assert [problem.code for problem in one.ears.problems] == [code]
        async with running(linked(tmp_path, url, units="1:no-such-meter")) as one:
            await until(lambda: one.ears.problems)
            assert one.ears.problems[0].code == "modbus.profile"


async def test_a_register_that_a_device_does_not_have_costs_only_itself(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 3) as (lab, facts):
        assert lab.gateway is not None
        image = lab.gateway.units[3]["holding"]
        lab.gateway.units[3]["holding"] = {at: word for at, word in image.items() if at not in range(0x5460, 0x5464)}
        await lab.gateway.order("units", units={3: lab.gateway.units[3]})
        async with running(linked(tmp_path, facts["url"])) as one:
            await until(lambda: one.ears.left_out)
            (left,) = one.ears.left_out
            assert left.where == "unit 3, holding register 21600"
            assert left.reason == Text(
                "modbus.register_refused", key="l1.energy_import", why=Text("modbus.no_register")
            )
            await until(lambda: one.last(HEAT_PUMP, "power") is not None)
            assert any(report.key == "l2.energy_import" for report in one.ears.reports)


async def test_what_a_device_cannot_say_now_is_no_value_and_it_stays_online(tmp_path: Path, program: Path) -> None:
    async with gateway(program, 2) as (lab, facts), running(linked(tmp_path, facts["url"])) as one:
        await until(lambda: isinstance(one.last(INVERTER, "power"), int | float))
        assert lab.gateway is not None
        await lab.gateway.order("fault", unit=2, on=True)
        await until(lambda: one.last(INVERTER, "power") is None)
        assert one.ears.online[INVERTER]
        assert one.ears.left_out == ()
        await lab.gateway.order("fault", unit=2, on=False)
        await until(lambda: isinstance(one.last(INVERTER, "power"), int | float))

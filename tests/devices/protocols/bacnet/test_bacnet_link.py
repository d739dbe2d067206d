"""A link to a real BACnet/IP device (rusty-bacnet, which nobody of us wrote) in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from devices import tethered_process
from devices.contract import AdapterContext, ReportsSkipped
from devices.link import LinkState
from devices.protocols.bacnet.adapter import ADAPTER
from devices.protocols.bacnet.command_expiry import CommandExpiry
from tests.devices.protocols.bacnet.virtual_device import UID, VirtualDevice, virtual_device
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[VirtualDevice]:
    async with virtual_device() as one:
        yield one


def linked(device: VirtualDevice, folder: Path, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", device.url, **({"period": "0.3", "writable": "yes"} | options))


async def online(one: LinkUnderTest) -> None:
    await until(lambda: one.ears.online.get(UID) is True and one.last(UID, "multi-state-value.1"), 60)


async def test_a_device_says_who_it_is_and_what_it_measures_in_its_units(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(
        linked(device, tmp_path, hear_events="no")
    ) as one:  # another test may have the port, which is told
        await online(one)
        (info,) = one.ears.devices
        assert (info.name, info.maker, info.kind) == ("Air handler", "Rusty BACnet", "controller")
        points = {point.label: (point.capability, point.unit) for point in info.points}
        assert points == points | {
            "Supply temperature": ("temperature", "°C"),
            "Humidity": ("humidity", "%"),
            "Fan power": ("power", "kW"),
            "Heating valve": ("raw_number", "%"),
        }
        assert one.last(UID, "temperature") == 21.5
        assert one.last(UID, "fault") is False
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [skipped.where for skipped in session.skipped] == ["notification-class (1)"]


async def test_an_ede_file_names_the_objects_and_states_of_a_device_and_chooses_them(
    device: VirtualDevice, tmp_path: Path
) -> None:
    (tmp_path / "site_EDE.csv").write_text(
        "T;260001;AHU.Su;0;1;Zuluft;;;;;;;;;62\nM;260001;AHU.Mode;19;1;Betriebsart;;;;Y;;;;4\nV;260001;AHU.Vlv;1;1;;;;;N\n"
    )
    (tmp_path / "site_StateTexts.csv").write_text("4;Aus;Auto;Ein\n")
    async with running(linked(device, tmp_path, ede=str(tmp_path / "site_EDE.csv"))) as one:
        await online(one)
        (info,) = one.ears.devices
        assert [(point.label, point.writable) for point in info.points if not point.key.endswith("override")] == [
            ("Zuluft (AHU.Su)", False),
            ("Betriebsart (AHU.Mode)", True),
            ("AHU.Vlv", False),
            ("", False),
        ]
        assert await one.command(UID, "multi-state-value.1", "set", "Ein")
        await until(lambda: one.last(UID, "multi-state-value.1") == "Ein")


@pytest.mark.parametrize(
    ("key", "verb", "value", "said"),
    [
        ("analog-output.1", "set", 42.5, 42.5),
        ("analog-value.1", "set", 21.0, 21.0),
        ("binary-output.1", "toggle", None, True),
        ("multi-state-value.1", "set", "State 2", "State 2"),
    ],
)
async def test_a_command_takes_a_priority_that_is_shown_and_is_given_back(
    device: VirtualDevice, tmp_path: Path, key: str, verb: str, value: float, said: object
) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        before = one.last(UID, key)
        assert one.last(UID, f"{key}.override") is False
        assert (await one.command(UID, key, verb, value, deadline_s=30.0)).state is CommandState.CONFIRMED
        await until(lambda: one.last(UID, key) == said, 60)  # a reading from before it may come after it
        await until(lambda: one.last(UID, f"{key}.override") is True, 60)
        released = await one.command(UID, f"{key}.override", "off", deadline_s=30.0)
        assert released.state is CommandState.CONFIRMED
        await until(lambda: one.last(UID, key) == before, 60)


async def test_two_priorities_are_two_commands_and_the_lower_number_wins(device: VirtualDevice, tmp_path: Path) -> None:
    async with (
        running(linked(device, tmp_path / "a", priority="8")) as manual,
        running(linked(device, tmp_path / "b", priority="13")) as program,
    ):
        await online(manual)
        await online(program)
        assert (await manual.command(UID, "analog-output.1", "set", 40.0, 30.0)).state is CommandState.CONFIRMED
        await program.command(UID, "analog-output.1", "set", 10.0, 2.0)
        await until(lambda: program.last(UID, "analog-output.1.override") is True, 60)
        assert manual.last(UID, "analog-output.1") == 40.0
        await manual.command(UID, "analog-output.1.override", "off", deadline_s=30.0)
        await until(lambda: manual.last(UID, "analog-output.1") == 10.0, 60)


async def test_a_command_is_taken_back_when_it_expires(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path, expiry="60")) as one:
        await online(one)
        before = one.last(UID, "analog-output.1")
        assert (await one.command(UID, "analog-output.1", "set", 40.0, 30.0)).state is CommandState.CONFIRMED
        session: Any = one.runner.session
        commands = session._commands
        commands.expiry._clock = lambda: time.time() + 3599.0
        commands.changed.set()
        await until(lambda: one.last(UID, "analog-output.1.override") is True)
        assert one.last(UID, "analog-output.1") == 40.0
        commands.expiry._clock = lambda: time.time() + 3601.0
        commands.changed.set()
        await until(lambda: one.last(UID, "analog-output.1") == before)
        await until(lambda: one.last(UID, "analog-output.1.override") is False)
        await until(lambda: commands.expiry.held(("analog-output,1", 8)) is None)


async def test_a_command_is_taken_back_by_the_next_start_where_the_process_was_killed(
    device: VirtualDevice, tmp_path: Path
) -> None:
    async with running(linked(device, tmp_path, priority="13")) as watching:
        await online(watching)
        order = json.dumps({"url": device.url, "folder": str(tmp_path / "mine"), "uid": UID})
        commander = await asyncio.create_subprocess_exec(
            *tethered_process.command(sys.executable, str(Path(__file__).with_name("killed_commander.py")), order),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
        )
        assert commander.stdout is not None
        assert await commander.stdout.readline() == b"commanded\n"
        commander.kill()
        await commander.communicate()
        await until(lambda: watching.last(UID, "analog-output.1") == 40.0)
        (kept,) = (tmp_path / "mine").glob("expiry-*.json")
        held = json.loads(kept.read_text())["analog-output,1@8"]
        kept.write_text(json.dumps({"analog-output,1": held | {"until_s": time.time() - 1.0}}))  # the hour has passed
        async with running(linked(device, tmp_path, expiry="60")) as one:
            await online(one)
            await until(lambda: watching.last(UID, "analog-output.1") == 0.0)
            await until(lambda: json.loads(kept.read_text()) == {})


async def test_a_command_whose_expiry_cannot_be_kept_is_not_sent(
    device: VirtualDevice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with running(linked(device, tmp_path, expiry="60")) as one:
        await online(one)
        monkeypatch.setattr(CommandExpiry, "_keep", full)
        result = await one.command(UID, "analog-output.1", "set", 40.0, 30.0)
        assert (result.state, result.reason) == (CommandState.FAILED, Text("bacnet.expiry_unkept"))
        assert one.last(UID, "analog-output.1.override") is False


async def test_nothing_is_written_until_a_person_allowed_it(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path, writable="no")) as one:
        await online(one)
        result = await one.command(UID, "binary-output.1", "on")
        assert (result.state, result.reason) == (CommandState.FAILED, Text("bacnet.writing_off"))


async def test_a_change_is_pushed_long_before_the_next_reading(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path, period="3600")) as one:
        await online(one)
        await until(lambda: one.runner.session._device.objects["analog-input,1"].notifies, 60)  # type: ignore[union-attr]
        await device.order(input=1, value=23.5)
        await until(lambda: one.last(UID, "analog-input.1") == 23.5, 60)


async def test_without_notifications_changes_are_read(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path, cov="no")) as one:
        await online(one)
        await device.order(input=1, value=23.5)
        await until(lambda: one.last(UID, "analog-input.1") == 23.5, 60)


async def test_an_input_out_of_service_has_no_value_until_it_is_back(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path)) as one:
        await online(one)
        await device.order(out_of_service=1, value=True)
        await until(lambda: one.last(UID, "analog-input.1") is None, 60)
        await device.order(out_of_service=1, value=False)
        await until(lambda: one.last(UID, "analog-input.1") == 21.5, 60)


async def test_where_nobody_answers_the_link_waits_and_says_so(tmp_path: Path) -> None:
    nobody = VirtualDevice()
    async with running(linked(nobody, tmp_path, timeout="0.1")) as one:
        await until(lambda: one.runner.state is LinkState.WAITING, 60)
        assert one.ears.problems == []


async def test_a_thousand_objects_are_read_and_those_that_cannot_notify_are_polled(tmp_path: Path) -> None:
    async with virtual_device(more=1000) as device, running(linked(device, tmp_path, period="5")) as one:
        await until(lambda: one.ears.devices, 120)
        assert len(one.ears.devices[0].points) == 1013
        last = "analog-input.1999"
        await until(lambda: any(report.key == last for report in one.ears.reports), 120)
        await device.order(input=1999, value=30.0)
        await until(lambda: any(report.key == last and report.value == 30.0 for report in one.ears.reports), 120)
        assert one.ears.problems == []


async def test_a_link_that_is_removed_takes_its_commands_back_and_nobody_elses(
    device: VirtualDevice, tmp_path: Path
) -> None:
    async with running(linked(device, tmp_path / "other", priority="13")) as other:
        await online(other)
        before = other.last(UID, "analog-output.1")
        async with running(linked(device, tmp_path)) as one:
            await online(one)
            assert (await one.command(UID, "analog-output.1", "set", 40.0, 30.0)).state is CommandState.CONFIRMED
            assert (await other.command(UID, "binary-output.1", "on", None, 30.0)).state is CommandState.CONFIRMED
        context = AdapterContext(folder=tmp_path / "mine")
        assert await ADAPTER.release_commands(one.link, context) == ()
        await until(lambda: other.last(UID, "analog-output.1") == before)
        assert other.last(UID, "binary-output.1") is True
        await device.kill()
        assert await ADAPTER.release_commands(one.link, context) == (), "nothing is in force: nobody is asked"


async def test_commands_of_a_removed_link_whose_device_is_off_are_known_until_it_is_there(
    device: VirtualDevice, tmp_path: Path
) -> None:
    async with running(linked(device, tmp_path, timeout="0.5")) as one:
        await online(one)
        before = one.last(UID, "analog-output.1")
        assert (await one.command(UID, "analog-output.1", "set", 40.0, 30.0)).state is CommandState.CONFIRMED
    context = AdapterContext(folder=tmp_path / "mine")
    await device.kill()
    (note,) = await ADAPTER.release_commands(one.link, context)
    assert note.code == "link.still_commanded"
    await device.start()
    assert before != 40.0
    assert await ADAPTER.release_commands(one.link, context) == ()

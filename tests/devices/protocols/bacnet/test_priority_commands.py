"""Commands that expire: none is lost, each is taken back at its own priority, and a device that cannot now is asked again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from devices.contract import AdapterContext
from devices.protocols.bacnet.adapter import ADAPTER
from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError
from devices.protocols.bacnet.bacnet_objects import BacnetPoint, point_of
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.command_expiry import CommandExpiry
from devices.protocols.bacnet.priority_commands import LOOK_S, REFUSED_S, RETRY_S, PriorityCommands
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # writes a small file

HOUR_S = 3600.0
SETTINGS = BacnetSettings(writable=True, priority=8, period_s=10.0, timeout_s=2.0, cov=True, expiry_s=HOUR_S)
OUTPUT = "analog-output,1"
BUSY = BacnetRefusedError(Text("bacnet.error", code="busy"))
GONE = BacnetRefusedError(Text("bacnet.error", code="unknown-object"), gone=True)

type ByHand = Callable[[Coroutine[Any, Any, Any]], Any]


class Device:
    """Outputs with their priorities, and a clock on the wall that is set by hand."""

    def __init__(self, file: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self.slots: dict[tuple[str, int], float] = {}
        self.relinquished: list[tuple[str, int]] = []
        self.error: Exception | None = None
        self.before_answer: Callable[[], None] = lambda: None
        self.answering = asyncio.Event()
        self.answering.set()
        self.shift_s = 1_000_000_000.0
        self.expiry = CommandExpiry(file, self.clock)
        self.expiry.load()
        self.commands = self.at(8)

    def at(self, priority: int, expiry_s: float = HOUR_S) -> PriorityCommands:
        """The commands of a link with this priority."""
        settings = replace(SETTINGS, priority=priority, expiry_s=expiry_s)
        return PriorityCommands(cast("BacnetClient", self), settings, self.expiry, self._taken_back)

    def clock(self) -> float:
        return self.shift_s + self._loop.time()

    async def write(self, point: BacnetPoint, value: float, priority: int) -> None:
        await self.answering.wait()
        if self.error is not None:
            raise self.error
        self.slots[point.object, priority] = value

    async def relinquish(self, object: str, priority: int) -> None:
        self.relinquished.append((object, priority))
        self.before_answer()
        await self.answering.wait()
        if self.error is not None:
            raise self.error
        self.slots.pop((object, priority), None)

    async def _taken_back(self, name: str) -> None:
        del name


def output(n: int = 1) -> BacnetPoint:
    return point_of(f"analog-output,{n}", {"priority-array": []})


@asynccontextmanager
async def running(device: Device) -> AsyncGenerator[None]:
    task = asyncio.create_task(device.commands.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written where they are, for a thread takes real time and the loop's time is moved by hand."""

    async def at_once(function: Callable[..., object], *args: object) -> object:
        return function(*args)

    monkeypatch.setattr(asyncio, "to_thread", at_once)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "expiry.json"


def kept(file: Path) -> set[str]:
    return set(json.loads(file.read_text()))


async def test_of_commands_that_are_sent_at_once_none_is_lost(file: Path) -> None:
    device = Device(file)
    await asyncio.gather(*(device.commands.command(output(n), 40.0) for n in range(40)))
    again = CommandExpiry(file)
    again.load()
    expected = {f"analog-output,{n}" for n in range(40)}
    assert {name for name, _ in device.slots} == expected
    assert {name for name in expected if again.priorities(name) == (8,)} == expected
    await asyncio.gather(*(device.commands.release(name) for name in expected))
    assert (device.slots, kept(file)) == ({}, set())
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.usefixtures("inline")
def test_a_command_of_an_earlier_priority_is_taken_back_too(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        later = device.at(10)
        await later.command(output(), 20.0)
        assert device.slots == {(OUTPUT, 8): 40.0, (OUTPUT, 10): 20.0}
        await device.at(10, expiry_s=0.0).command(output(), 30.0)  # one that does not expire
        assert kept(file) == {f"{OUTPUT}@8", f"{OUTPUT}@10"}
        await later.release(OUTPUT)
        assert (device.slots, kept(file)) == ({}, set())

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_what_an_earlier_version_held_is_taken_back_at_its_priority(by_hand: ByHand, file: Path) -> None:
    file.write_text(json.dumps({OUTPUT: {"priority": 9, "until_s": 1.0, "lasts_s": 60.0}}))

    async def main() -> None:
        device = Device(file)
        device.slots[OUTPUT, 9] = 40.0
        async with running(device):
            await asyncio.sleep(1.0)
        assert (device.slots, kept(file)) == ({}, set())

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_a_device_that_refuses_to_take_a_command_back_is_asked_again_until_it_does(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        async with running(device):
            device.error = BUSY
            await asyncio.sleep(HOUR_S + 1.0)
            assert device.relinquished == [(OUTPUT, 8)]
            assert device.commands.refused == {(OUTPUT, 8): Text("bacnet.error", code="busy")}
            assert kept(file) == {f"{OUTPUT}@8"}
            device.error = None
            await asyncio.sleep(REFUSED_S + LOOK_S)
        assert len(device.relinquished) == 2
        assert (device.slots, device.commands.refused, kept(file)) == ({}, {}, set())

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_only_an_object_that_the_device_has_no_more_is_given_up(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        async with running(device):
            device.error = GONE
            await asyncio.sleep(HOUR_S + 1.0)
        assert (len(device.relinquished), device.commands.refused, kept(file)) == (1, {}, set())

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_one_object_without_an_answer_holds_up_no_other(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        for n in (1, 2):
            await device.commands.command(output(n), 40.0)

        def first_only() -> None:
            device.error = TimeoutError() if device.relinquished[-1][0] == OUTPUT else None

        device.before_answer = first_only
        async with running(device):
            await asyncio.sleep(HOUR_S + RETRY_S / 2)
        assert device.relinquished == [(OUTPUT, 8), ("analog-output,2", 8)]
        assert set(device.slots) == {(OUTPUT, 8)}

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_with_a_full_disk_a_command_is_taken_back_once_and_saved_when_there_is_room(
    by_hand: ByHand, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        async with running(device):
            with monkeypatch.context() as disk:
                disk.setattr(CommandExpiry, "_keep", full)
                await asyncio.sleep(HOUR_S + 600.0)
                assert device.relinquished == [(OUTPUT, 8)]
            assert kept(file) == {f"{OUTPUT}@8"}
            await asyncio.sleep(LOOK_S + 1.0)
            assert kept(file) == set()
        assert device.relinquished == [(OUTPUT, 8)]

    by_hand(main())


@pytest.mark.usefixtures("inline")
@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_was_set_back_makes_no_command_last_longer(by_hand: ByHand, file: Path, restarted: bool) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        device.shift_s -= 86_400.0
        if restarted:
            device.expiry.load()
        async with running(device):
            await asyncio.sleep(HOUR_S - 1.0)
            assert device.slots
            await asyncio.sleep(2.0)
            assert not device.slots

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_a_command_that_expired_while_the_computer_slept_is_taken_back_soon_after(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        async with running(device):
            await asyncio.sleep(1.0)
            device.shift_s += 8 * HOUR_S  # the loop's own clock stands still meanwhile
            await asyncio.sleep(LOOK_S)
            assert not device.slots

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_a_command_that_is_sent_while_the_last_one_is_taken_back_is_the_later_one(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        async with running(device):
            device.before_answer = device.answering.clear
            await asyncio.sleep(HOUR_S + 1.0)
            again = asyncio.create_task(device.commands.command(output(), 50.0))
            await asyncio.sleep(1.0)
            device.before_answer = lambda: None
            device.answering.set()
            await again
            assert device.slots == {(OUTPUT, 8): 50.0}
            assert kept(file) == {f"{OUTPUT}@8"}
            await asyncio.sleep(HOUR_S + 1.0)
            assert not device.slots

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_a_command_that_is_refused_leaves_the_one_before_to_be_taken_back(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        until_s = device.expiry.next_s()
        device.error = BUSY
        await asyncio.sleep(60.0)
        with pytest.raises(BacnetRefusedError):
            await device.commands.command(output(), 50.0)
        assert until_s is not None
        assert device.expiry.next_s() == until_s - 60.0

    by_hand(main())


async def test_the_removal_in_a_copy_of_a_project_leaves_what_the_original_has_commanded(tmp_path: Path) -> None:
    original, copy = tmp_path / "house.oikos", tmp_path / "copy.oikos"
    original.touch()
    copy.touch()
    link = ADAPTER.link("bacnet://192.0.2.1")
    file = tmp_path / f"expiry-{link.id}.json"
    CommandExpiry(file, project=str(original)).begin((OUTPUT, 8), 60.0)
    around = AdapterContext(folder=tmp_path, project=str(copy))
    assert await ADAPTER.release_commands(link, around) == (), "the device, which is not there, is not asked"
    expiry = CommandExpiry(file, project=str(copy))
    expiry.load()
    assert (expiry.own_slots(), expiry.slots) == ((), ((OUTPUT, 8),))
    original.rename(tmp_path / "renamed.oikos")
    assert expiry.own_slots() == ((OUTPUT, 8),), "who renames the project goes on with its commands"


@pytest.mark.usefixtures("inline")
def test_the_commands_of_two_projects_at_one_device_are_kept_side_by_side(by_hand: ByHand, file: Path) -> None:
    async def main() -> None:
        device, theirs = Device(file), CommandExpiry(file)
        theirs.load()
        await device.commands.command(output(1), 40.0)
        theirs.begin(("analog-output,2", 8), HOUR_S)
        await device.commands.command(output(3), 40.0)
        assert kept(file) == {f"analog-output,{n}@8" for n in (1, 2, 3)}
        theirs.put(("analog-output,2", 8), None)
        await device.commands.release("analog-output,3")
        assert kept(file) == {f"{OUTPUT}@8"}

    by_hand(main())


@pytest.mark.usefixtures("inline")
def test_what_another_project_commanded_anew_is_not_taken_back_when_the_first_command_expires(
    by_hand: ByHand, file: Path
) -> None:
    async def main() -> None:
        device = Device(file)
        await device.commands.command(output(), 40.0)
        theirs = CommandExpiry(file, device.clock)
        theirs.begin((OUTPUT, 8), 2 * HOUR_S)
        async with running(device):
            await asyncio.sleep(HOUR_S + LOOK_S)
            assert (device.relinquished, kept(file)) == ([], {f"{OUTPUT}@8"})
            await asyncio.sleep(HOUR_S + LOOK_S)
            assert (device.relinquished, kept(file)) == ([(OUTPUT, 8)], set())

    by_hand(main())

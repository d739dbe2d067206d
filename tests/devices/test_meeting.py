"""Commands to devices that the peer of a link has not reached since its start: they wait, and say so, with time moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from devices.command_tracker import REPLACED
from devices.contract import RefusedError
from devices.meeting import MEETING
from tests.devices.conftest import LAMP, LINK, Ears, FakeAdapter, FakeSession
from tests.devices.test_link import living, turns
from twin.model.command import Command, CommandResult, CommandState
from twin.model.device import device_from_description
from twin.model.observation import Report
from twin.model.text import Text

SECOND = replace(LAMP, uid="second")


class Meeting(FakeSession):
    """Reaches its devices when told to; obeys what it is sent."""

    def __init__(self) -> None:
        super().__init__((LAMP, SECOND))
        self.unmet = {"lamp": asyncio.Event()}

    def is_met(self, uid: str) -> bool:
        return uid not in self.unmet or self.unmet[uid].is_set()

    async def met(self, uid: str) -> None:
        await self.unmet[uid].wait()


class Commands:
    """Commands given to a link, and what they waited for."""

    def __init__(self, link: Any) -> None:
        self._link, self._id = link, 0
        self.waits: list[Text | None] = []

    def give(self, key: str, verb: str, value: float | None = None, uid: str = "lamp") -> asyncio.Task[CommandResult]:
        point = device_from_description(replace(LAMP, uid=uid), LINK).point(key)
        assert point is not None
        self._id += 1
        command = Command(id=self._id, point=point.id, verb=verb, value=value)
        return asyncio.create_task(self._link.command(command, point, None, self.waits.append))


def test_a_command_waits_until_its_device_is_reached_and_holds_up_no_other(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = Meeting(), Ears()
        async with living(FakeAdapter(session), ears) as link:
            commands = Commands(link)
            early = [commands.give("on_off", "on") for _ in range(30)]
            other = commands.give("on_off", "on", uid="second")
            await turns()
            assert [uid for uid, *_ in session.sent] == ["second"]
            assert commands.waits == [MEETING] * 30
            await asyncio.sleep(100)
            assert not any(one.done() for one in early)
            session.obeys = lambda uid, key, verb, value: session.queue.put_nowait(Report(uid, key, verb == "on"))
            session.unmet["lamp"].set()
            told = [await one for one in early]
            assert {one.state for one in told} == {CommandState.CONFIRMED}
            assert [one.reason for one in told] == [REPLACED] * 29 + [None]
            assert [uid for uid, *_ in session.sent] == ["second", "lamp"]
            assert commands.waits[30:] == [None]
            other.cancel()

    by_hand(main())


def test_a_level_that_waits_is_replaced_by_a_newer_one_and_one_taken_back_is_not_sent(
    by_hand: Callable[..., Any],
) -> None:
    async def main() -> None:
        session, ears = Meeting(), Ears()
        async with living(FakeAdapter(session), ears) as link:
            commands = Commands(link)
            first = commands.give("level", "set", 10.0)
            await turns()
            second = commands.give("level", "set", 20.0)
            switched = commands.give("on_off", "on")
            await asyncio.sleep(1)
            link.withdraw([3])
            await turns()
            assert (await switched).reason == Text("command.withdrawn")
            session.unmet["lamp"].set()
            await turns()
            session.queue.put_nowait(Report("lamp", "level", 20.0))
            assert [(one.state, one.reason) for one in (await first, await second)] == [
                (CommandState.CONFIRMED, REPLACED),
                (CommandState.CONFIRMED, None),
            ]
            assert [value for *_, value in session.sent] == [20.0]

    by_hand(main())


def test_a_command_that_waits_ends_with_the_connection(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = Meeting(), Ears()
        async with living(FakeAdapter(session), ears) as link:
            waiting = Commands(link).give("on_off", "on")
            await turns()
            session.queue.put_nowait(ConnectionError("cable pulled"))
            await turns()
            assert (await waiting).reason == Text("reason.connection_lost")
            assert session.sent == []

    by_hand(main())


class Polling(Meeting):
    """Looks every 0.1 s whether its devices are met, as the Matter session does."""

    async def met(self, uid: str) -> None:
        while not self.is_met(uid):  # noqa: ASYNC110 - as the session does
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (["on", "off"], ["off"]),
        (["on", "off", "on"], ["on"]),
        (["on", "toggle"], ["on", "toggle"]),
        (["toggle", "toggle"], ["toggle", "toggle"]),
        (["toggle", "off"], ["off"]),
    ],
)
def test_what_was_asked_last_of_a_device_that_is_met_later_is_what_it_does(
    by_hand: Callable[..., Any], given: list[str], sent: list[str]
) -> None:
    async def main() -> None:
        session, ears = Polling(), Ears()
        async with living(FakeAdapter(session), ears) as link:
            commands, orders = Commands(link), list[asyncio.Task[CommandResult]]()
            for verb in given:
                orders.append(commands.give("on_off", verb))
                await asyncio.sleep(0.03)
            session.unmet["lamp"].set()
            await asyncio.sleep(0.3)
            assert [verb for _, _, verb, _ in session.sent] == sent
            for order in orders:
                order.cancel()

    by_hand(main())


def test_a_device_that_is_given_up_ends_the_commands_that_wait_for_it(by_hand: Callable[..., Any]) -> None:
    class GivingUp(Meeting):
        async def met(self, uid: str) -> None:
            await asyncio.sleep(600)
            raise RefusedError(Text("reason.offline"))

    async def main() -> None:
        session, ears = GivingUp(), Ears()
        async with living(FakeAdapter(session), ears) as link:
            waiting = Commands(link).give("on_off", "on")
            await asyncio.sleep(601)
            assert (await waiting).reason == Text("reason.offline")
            assert session.sent == []

    by_hand(main())

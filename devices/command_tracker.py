"""Tracks commands under way: limits their rate, coalesces set-points, confirms them by observations, fails them at
their deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass

from devices.contract import RefusedError
from devices.send_window import SendWindow
from twin.model.batch import Batch
from twin.model.capability import ValueType
from twin.model.command import Command, CommandResult, CommandState, confirms, expected
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import Quality, StringTable, Value, decode, encode
from twin.model.problem import ProblemError
from twin.model.text import Text, why

type Send = Callable[[str, str, str, Value], Awaitable[None]]
type Met = Callable[[], Coroutine[object, object, None]]
"""Returns once the device has been reached for the first time; RefusedError where that is given up."""

SETTLE_S = 0.4
"""Seconds that the newest command waits for confirmation of the one in flight before it is sent."""
UNCHANGED_S = 1.0
"""Seconds without confirmation after which a device that already had the wanted value counts as set."""
TRAVEL_S = 120.0
_TRAVELS = ("position", "tilt", "valve")
REPLACED = Text("command.replaced")
NO_REPORT = Text("command.no_report")
WITHDRAWN = Text("command.withdrawn")
OPTIMISTIC_S = 2.0
"""Seconds that an optimistic device, which may not report at all, is given to report."""
UNREPORTED = Text("command.unreported")
UNCONFIRMED = Text("command.unconfirmed")


@dataclass(slots=True, eq=False)
class _Order:
    command: Command
    point: Point
    uid: str
    wanted: Value
    begun_s: float
    end: asyncio.Future[CommandResult]
    under_way: bool = False
    """Whether sending has begun; reports before that do not confirm the command."""
    sent: bool = False
    reported: bool = False
    """Whether the device has reported the point since the command was sent."""
    latest: Value = None
    """The last value reported while the command waited to be sent; None where there was none."""
    patience: asyncio.Timeout | None = None
    meeting: asyncio.Future[None] | None = None
    """Waits for the device to be reached for the first time; cancelled where the command is no longer wanted."""
    followed: _Order | None = None
    """The newer order that took this one's place; both end the same."""


class CommandTracker:
    """All commands of one link that have not ended; used on the event loop only."""

    def __init__(self) -> None:
        self._window = SendWindow()
        self._open: dict[PointId, list[_Order]] = {}
        self._next: dict[PointId, _Order] = {}

    async def give(
        self, command: Command, point: Point, *, uid: str, before: Value, send: Send, met: Met | None = None
    ) -> CommandResult:
        """Sends a command and waits for its outcome; never raises for failures of the device or connection.

        A numeric or colour `set` waits until the previous one of its point ended and replaces one that still waits.
        `before` is the last reported value, canonical. With `met` it is sent after that has returned, behind older ones of
        its device, and in place of those of its point where it does not depend on them; its deadline runs from then on.
        """
        loop = asyncio.get_running_loop()
        order = _Order(
            command=command,
            point=point,
            uid=uid,
            wanted=expected(point, command.verb, command.value, before),
            begun_s=loop.time(),
            end=loop.create_future(),
        )
        try:
            if _coalesces(point, command) and not await self._turn(order):
                return await self._as_successor(order)
            self._open.setdefault(point.id, []).append(order)
            if met is not None and not await self._is_met(order, met):
                return await self._not_sent(order)
            if not await self._window.enter(uid, command.id):
                return await self._not_sent(order)
            return await self._in_time(order, before, send)
        except TimeoutError:
            return self._ended(order, NO_REPORT if order.sent else Text("command.not_accepted"))
        except ProblemError as error:
            return self._ended(order, error.problems[0].what if error.problems else Text("reason.refused"))
        except RefusedError as error:
            return self._ended(order, why(error))
        except OSError as error:
            return self._ended(order, Text("reason.connection_failed", why=why(error)))
        finally:
            self._forget(order)

    async def _in_time(self, order: _Order, before: Value, send: Send) -> CommandResult:
        """Sends and waits for the end; the deadline runs from now, however long the command waited for its turn."""
        sent_s, confirmed = asyncio.get_running_loop().time(), False
        try:
            async with asyncio.timeout(order.command.deadline_s) as order.patience:
                if not order.end.done():
                    await self._carry(order, before, send)
                result = await order.end
                confirmed = result.state is not CommandState.FAILED
                return result
        finally:
            took_s = asyncio.get_running_loop().time() - sent_s
            self._window.leave(order.uid, took_s if confirmed else None)

    async def _is_met(self, order: _Order, met: Met) -> bool:
        """Waits for the device outside the window, which is for commands under way; False where the command was withdrawn,
        replaced or ended meanwhile. Raises RefusedError where the device is not waited for any longer."""
        ahead: list[asyncio.Future[None]] = []
        for older in [older for orders in self._open.values() for older in orders if older.uid == order.uid]:
            if older.meeting is None or older.meeting.done():
                continue
            ahead.append(older.meeting)
            if older.point.id == order.point.id and _is_absolute(order):
                older.followed = order
                older.meeting.cancel()
        order.meeting = asyncio.ensure_future(_in_turn(met, ahead))  # noqa: TID251 - ended below
        try:
            await asyncio.wait([order.meeting, order.end], return_when="FIRST_COMPLETED")
            if order.end.done() or not order.meeting.done() or order.meeting.cancelled():
                return False
            order.meeting.result()
            return True
        finally:
            order.meeting.cancel()

    async def _not_sent(self, order: _Order) -> CommandResult:
        if order.end.done():
            return await order.end
        return await self._as_successor(order) if order.followed else self._ended(order, WITHDRAWN)

    def withdraw(self, commands: Collection[int]) -> None:
        """Cancels those of these commands (by id) that are not sent yet."""
        self._window.withdraw(commands)
        for order in (order for orders in self._open.values() for order in orders):
            if order.command.id in commands and order.meeting is not None:
                order.meeting.cancel()

    async def _turn(self, order: _Order) -> bool:
        """Waits while an older order of the point is in flight; False where a newer one took this one's place."""
        key = order.point.id
        if key not in self._open:
            return True
        if (waiting := self._next.get(key)) is not None:
            waiting.followed = order
            waiting.end.cancel()
        self._next[key] = order
        await asyncio.wait(
            [older.end for older in self._open[key]] + [order.end], timeout=SETTLE_S, return_when="FIRST_COMPLETED"
        )
        if order.followed is not None:
            return False
        self._next.pop(key, None)
        older_ones = self._open.get(key, ())
        for older in older_ones:
            older.followed = order
        self.withdraw({older.command.id for older in older_ones})
        return True

    async def _as_successor(self, order: _Order) -> CommandResult:
        newer = order
        while newer.followed is not None:
            newer = newer.followed
            await asyncio.wait([newer.end])
        state = CommandState.FAILED if newer.end.cancelled() else newer.end.result().state
        return CommandResult(command=order.command, state=state, seconds=_since(order), reason=REPLACED)

    async def _carry(self, order: _Order, before: Value, send: Send) -> None:
        info, command = order.point.info, order.command
        if order.latest is not None:  # what was known when it was given is no longer so
            before = order.latest
            order.wanted = expected(order.point, command.verb, command.value, before)
        order.under_way = True
        await send(order.uid, info.key, command.verb, command.value)
        order.sent = True
        if not info.reports:
            self._settle(order, UNREPORTED, CommandState.SENT)
        elif self._already(order, before):
            asyncio.get_running_loop().call_later(UNCHANGED_S, self._settle, order, Text("command.already"))
        elif info.optimistic:
            asyncio.get_running_loop().call_later(OPTIMISTIC_S, self._assume, order)

    def _assume(self, order: _Order) -> None:
        """Settles a command as sent but unconfirmed where the device has not reported the point."""
        if not order.reported:
            self._settle(order, UNCONFIRMED, CommandState.SENT)

    def _already(self, order: _Order, before: Value) -> bool:
        if before is None or order.wanted is None or order.point.capability.type is ValueType.EVENT:
            return False
        strings = StringTable()
        number = encode(order.point, before, strings)
        return number is not None and confirms(order.point, order.wanted, number, strings)

    def observed(self, batch: Batch, strings: StringTable) -> None:
        """Compares observations with the commands of their points and confirms those whose wanted value they have.

        Repeated (uncertain) values and those of offline devices confirm nothing.
        """
        if not self._open:
            return
        points = batch.table.points
        rows: list[int] = batch.row.tolist()
        for at, row in enumerate(rows):
            orders = self._open.get(points[row])
            if orders and int(batch.quality[at]) not in (Quality.UNCERTAIN, Quality.OFFLINE):
                self._compare(orders, float(batch.value[at]), strings)

    def _compare(self, orders: list[_Order], value: float, strings: StringTable) -> None:
        next_one = self._next.get(orders[0].point.id)
        for order in (*orders, *([next_one] if next_one else [])):
            if not order.under_way:
                order.latest = decode(order.point, value, strings)
        for order in [order for order in orders if order.under_way]:
            order.reported = True
            if confirms(order.point, order.wanted, value, strings):
                self._settle(order)
            elif order.point.capability.id in _TRAVELS:
                _wait_longer(order)

    def drop(self, reason: Text) -> None:
        """Fails every command with this reason, because the link is gone."""
        for order in [order for orders in self._open.values() for order in orders] + list(self._next.values()):
            self._ended(order, reason)
        self._window.withdraw()

    def _settle(self, order: _Order, reason: Text | None = None, state: CommandState = CommandState.CONFIRMED) -> None:
        for one in self._open.get(order.point.id, ()):
            if (one is order or _leads_to(one, order)) and not one.end.done():
                told = reason if one is order else REPLACED
                one.end.set_result(CommandResult(command=one.command, state=state, seconds=_since(one), reason=told))

    def _ended(self, order: _Order, reason: Text) -> CommandResult:
        result = CommandResult(command=order.command, state=CommandState.FAILED, seconds=_since(order), reason=reason)
        if not order.end.done():
            order.end.set_result(result)
        return result

    def _forget(self, order: _Order) -> None:
        key = order.point.id
        if self._next.get(key) is order:
            del self._next[key]
        orders = self._open.get(key, [])
        if order in orders:
            orders.remove(order)
        if not orders:
            self._open.pop(key, None)
        if not order.end.done():
            order.end.cancel()


def _wait_longer(order: _Order) -> None:
    """Extends a command's deadline while its device moves: counted from the last report, for at most TRAVEL_S."""
    if order.patience is not None and not order.patience.expired() and _since(order) < TRAVEL_S:
        order.patience.reschedule(asyncio.get_running_loop().time() + order.command.deadline_s)


def _leads_to(order: _Order, newest: _Order) -> bool:
    while order.followed is not None:
        order = order.followed
    return order is newest


def _coalesces(point: Point, command: Command) -> bool:
    return command.verb == "set" and point.capability.type in (ValueType.NUMBER, ValueType.XY)


def _is_absolute(order: _Order) -> bool:
    """Whether the command leads to the same value whatever was before."""
    return expected(order.point, order.command.verb, order.command.value, None) is not None


async def _in_turn(met: Met, ahead: Sequence[asyncio.Future[None]]) -> None:
    """Returns once the device is met and the older commands that waited for it no longer do."""
    await met()
    if ahead:
        await asyncio.wait(ahead)


def _since(order: _Order) -> float:
    return asyncio.get_running_loop().time() - order.begun_s

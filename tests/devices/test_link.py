"""The life of a link, with time moved by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import sentence
from devices.contract import AdapterContext, AuthError, Redescribed, RefusedError, Secret
from devices.link import LinkState
from devices.send_window import LEAST, MOST, SendWindow
from tests.devices.conftest import LAMP, LINK, Ears, FakeAdapter, FakeSession, columns_of, runner
from tests.english import plain
from twin.model.command import Command, CommandResult, CommandState
from twin.model.device import DeviceInfo, device_from_description
from twin.model.observation import Availability, Report, Value
from twin.model.problem import ProblemError

_ids = itertools.count(1)


@asynccontextmanager
async def living(adapter: FakeAdapter, ears: Ears, **more: Any):
    link = runner(adapter, ears, **more)
    task = asyncio.create_task(link.run())
    await turns()
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def turns(n: int = 20) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def give(
    link: Any, key: str, verb: str, value: Value = None, before: Value = None, *,
    uid: str = "lamp", deadline_s: float = 10.0, id: int | None = None,
) -> CommandResult:  # fmt: skip
    point = device_from_description(replace(LAMP, uid=uid), LINK).point(key)
    assert point is not None
    number = next(_ids) if id is None else id
    command = Command(id=number, point=point.id, verb=verb, value=value, deadline_s=deadline_s)
    return await link.command(command, point, before)


class SlowGateway(FakeSession):
    """Carries so many commands a second to its devices, each of which then reports what it was told."""

    def __init__(self, devices: tuple[DeviceInfo, ...], per_s: float) -> None:
        super().__init__(devices)
        self._every_s, self._free_s = 1.0 / per_s, 0.0
        self.queued: list[int] = []

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        self.sent.append((uid, key, verb, value))
        loop = asyncio.get_running_loop()
        self._free_s = max(self._free_s, loop.time()) + self._every_s
        self.queued.append(round((self._free_s - loop.time()) / self._every_s))
        loop.call_at(self._free_s, self.queue.put_nowait, Report(uid, key, verb == "on"))


def test_a_link_connects_describes_and_hands_on_reports(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears):
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await turns()
            assert ears.words == ["connecting", "online"]
            assert ears.devices == (LAMP,)
            assert ears.reports == [Report("lamp", "on_off", value=True)]
            assert ears.online == {"lamp": True}
        assert ears.words[-1] == "off"
        assert session.closed == 1
        assert ears.online == {"lamp": False}

    by_hand(main())


def test_a_fault_of_an_adapter_fails_the_command_and_is_a_problem(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        session.obeys = lambda *_command: {}["nothing"]
        async with living(FakeAdapter(session), ears) as link:
            result = await give(link, "on_off", "on")
            assert result.state is CommandState.FAILED
            assert [problem.code for problem in ears.problems] == ["oikos.mistake"]

    by_hand(main())


def test_an_opening_that_pairs_has_a_limit_of_its_own(by_hand: Callable[..., Any]) -> None:
    class Pairs(FakeAdapter):
        async def open(self, link: Any, secret: Secret | None, adapter_context: AdapterContext) -> FakeSession:
            adapter_context.allow_s(60.0)
            await asyncio.sleep(59.0)
            return await super().open(link, secret, adapter_context)

    async def main() -> None:
        ears = Ears()
        async with living(Pairs(FakeSession((LAMP,))), ears):
            await asyncio.sleep(59.5)
            assert ears.words == ["connecting", "online"]

    by_hand(main())


def test_a_peer_that_answers_and_does_not_tell_all_its_devices_in_time_is_not_called_silent(
    by_hand: Callable[..., Any],
) -> None:
    class Slow(FakeSession):
        async def describe(self) -> tuple[DeviceInfo, ...]:
            await asyncio.sleep(3600.0)
            return await super().describe()

    async def main() -> None:
        async with living(FakeAdapter(Slow((LAMP,))), Ears()) as link:
            await asyncio.sleep(60.0)
            await turns()
            assert (link.state.value, sentence(link.reason)) == (
                "waiting",
                "it answered, but had not told all its devices after 60 s",
            )

    by_hand(main())


def test_waits_double_to_a_minute_and_are_multiplied_by_chance(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        adapter, ears = FakeAdapter(), Ears()
        async with living(adapter, ears):
            await asyncio.sleep(190)
        waits = [round(b - a, 2) for a, b in itertools.pairwise(adapter.opened)]
        assert waits == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
        halved = FakeAdapter()
        async with living(halved, Ears(), random=lambda: 0.5):
            await asyncio.sleep(1.0)
        assert round(halved.opened[1] - halved.opened[0], 2) == 0.25

    by_hand(main())


def test_being_seen_on_the_network_ends_the_wait(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        adapter, ears = FakeAdapter(*[OSError("down")] * 8, FakeSession((LAMP,))), Ears()
        async with living(adapter, ears) as link:
            await asyncio.sleep(64.0)
            before = len(adapter.opened)
            assert link.state is LinkState.WAITING
            link.wake()
            await turns()
            assert len(adapter.opened) == before + 1
            link.wake()
            await turns()
            assert len(adapter.opened) == before + 1

    by_hand(main())


def test_a_wrong_password_is_asked_for_and_never_retried(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        adapter, ears = FakeAdapter(AuthError("wrong password"), FakeSession((LAMP,))), Ears()
        async with living(adapter, ears) as link:
            await asyncio.sleep(3600)
            assert len(adapter.opened) == 1
            assert link.state is LinkState.NEEDS_LOGIN
            link.login(Secret(password="right"))
            await turns()
            assert link.state is LinkState.ONLINE
            assert adapter.secrets[-1] == Secret(password="right")

    by_hand(main())


def test_a_lost_connection_comes_back_by_itself_and_devices_stay_known(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        first, second, ears = FakeSession((LAMP,)), FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(first, second), ears) as link:
            first.queue.put_nowait(Availability("lamp", online=True))
            await turns()
            first.queue.put_nowait(ConnectionError("cable pulled"))
            await turns()
            assert link.state is LinkState.WAITING
            assert ears.online == {"lamp": False}
            assert link.devices == (LAMP,)
            await asyncio.sleep(1)
            assert link.state is LinkState.ONLINE
            assert first.closed == 1

    by_hand(main())


def test_a_session_that_lasted_starts_with_small_waits_again(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        adapter = FakeAdapter(*[OSError("down")] * 6, session)
        async with living(adapter, Ears()):
            await asyncio.sleep(31.6 + 20)
            lost = asyncio.get_running_loop().time()
            session.queue.put_nowait(None)
            await asyncio.sleep(1)
        assert adapter.opened[-1] - lost == pytest.approx(0.5, abs=0.3)

    by_hand(main())


def test_an_adapter_that_crashes_is_one_problem_and_is_retried(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        ears = Ears()
        async with living(FakeAdapter(*[ZeroDivisionError("bug")] * 5), ears):
            await asyncio.sleep(10)
        assert [problem.code for problem in ears.problems] == ["oikos.mistake"]
        assert "ZeroDivisionError" in ears.problems[0].detail

    by_hand(main())


def test_a_problem_of_the_adapter_is_told_once_per_outage(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        problem = plain("The certificate is bad", "Mend it", code="x")
        ears = Ears()
        script = [*[ProblemError(problem)] * 3, FakeSession(()), *[ProblemError(problem)] * 3]
        async with living(FakeAdapter(*script), ears) as link:
            await asyncio.sleep(5)
            assert ears.problems == [problem]
            assert link.state is LinkState.ONLINE

    by_hand(main())


def test_a_silent_device_is_offline_after_its_interval_and_half_a_minute(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((replace(LAMP, interval_s=60.0),)), Ears()
        async with living(FakeAdapter(session), ears):
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await asyncio.sleep(80)
            assert ears.online == {"lamp": True}
            await asyncio.sleep(10)
            assert ears.online == {"lamp": False}
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await turns()
            assert ears.online == {"lamp": True}

    by_hand(main())


def test_an_old_value_does_not_bring_back_a_device_that_is_said_to_be_gone(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears):
            session.queue.put_nowait(Availability("lamp", online=False))
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await turns()
            assert ears.online == {"lamp": False}

    by_hand(main())


def test_a_new_description_replaces_the_old_one(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears):
            session.devices = (LAMP, replace(LAMP, uid="second"))
            session.queue.put_nowait(Redescribed())
            await turns()
            assert [device.uid for device in ears.devices] == ["lamp", "second"]

    by_hand(main())


def test_a_command_is_confirmed_by_the_devices_own_report_only(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears) as link:
            task = asyncio.create_task(give(link, "on_off", "on"))
            await turns()
            session.queue.put_nowait(Report("lamp", "on_off", value=True, echo=True))
            session.queue.put_nowait(Report("lamp", "on_off", value=False))
            await turns()
            assert not task.done()
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            result = await task
            assert result.state is CommandState.CONFIRMED
            assert session.sent == [("lamp", "on_off", "on", None)]

    by_hand(main())


def test_a_command_that_nobody_confirms_fails_at_its_deadline_with_the_reason(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears) as link:
            result = await give(link, "on_off", "on", deadline_s=7.0)
            assert result.state is CommandState.FAILED
            assert result.seconds == pytest.approx(7.0)
            assert "no report" in sentence(result.reason)
            session.queue.put_nowait(Availability("lamp", online=False))
            await turns()
            assert "offline" in sentence((await give(link, "on_off", "on")).reason)

    by_hand(main())


def test_a_device_that_already_is_as_wished_need_not_say_so_again(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            result = await give(link, "on_off", "on", before=True)
            assert result.state is CommandState.CONFIRMED
            assert result.seconds == pytest.approx(1.0)

    by_hand(main())


@pytest.mark.parametrize(
    ("key", "verb", "value", "was"), [("on_off", "on", None, False), ("on_off", "toggle", None, False)]
)
def test_a_command_that_waited_for_its_turn_goes_by_what_the_device_says_when_it_is_sent(
    by_hand: Callable[..., Any], key: str, verb: str, value: Value, was: Value
) -> None:
    """Six on one lamp: some wait in the window. The lamp reports `True` once, and is silent where it already is as wished."""

    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            first = [asyncio.create_task(give(link, "on_off", "on", before=False)) for _ in range(4)]
            late = [asyncio.create_task(give(link, key, verb, value, before=was)) for _ in range(2)]
            await turns()
            assert len(session.sent) == 4
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await turns()
            assert len(session.sent) == 6
            if verb == "toggle":
                session.queue.put_nowait(Report("lamp", "on_off", value=False))
            results = await asyncio.gather(*first, *late)
            assert {result.state for result in results} == {CommandState.CONFIRMED}

    by_hand(main())


def test_a_level_that_waited_for_the_same_level_in_flight_is_there_already(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            first = asyncio.create_task(give(link, "level", "set", 50.0, before=20.0))
            await turns()
            second = asyncio.create_task(give(link, "level", "set", 50.0, before=20.0))
            await turns()
            session.queue.put_nowait(Report("lamp", "level", 50.0))
            results = await asyncio.gather(first, second)
            assert {result.state for result in results} == {CommandState.CONFIRMED}

    by_hand(main())


def test_what_cannot_be_is_refused_before_it_is_sent(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            assert "0 to 100" in sentence((await give(link, "level", "set", 400.0)).reason)
            assert "knows" in sentence((await give(link, "on_off", "explode")).reason)
            assert session.sent == []

    by_hand(main())


def test_a_refusal_of_the_peer_and_a_broken_wire_are_reasons(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        failures: list[Exception] = [RefusedError("child lock"), BrokenPipeError(32, "Broken pipe")]

        def obey(*_: object) -> None:
            raise failures.pop(0)

        session.obeys = obey
        async with living(FakeAdapter(session), Ears()) as link:
            assert sentence((await give(link, "on_off", "on")).reason) == "child lock"
            assert "the other side broke the connection off" in sentence((await give(link, "on_off", "on")).reason)

    by_hand(main())


def test_commands_without_a_connection_fail_at_once_and_those_under_way_with_the_connection(
    by_hand: Callable[..., Any],
) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            task = asyncio.create_task(give(link, "on_off", "on"))
            await turns()
            session.queue.put_nowait(None)
            assert sentence((await task).reason) == "the connection was lost"
            late = await give(link, "on_off", "on")
            assert late.state is CommandState.FAILED
            assert "not connected" in sentence(late.reason)
            assert late.seconds == 0

    by_hand(main())


def test_a_slider_sends_the_first_and_the_last_wish_and_all_end_as_the_last(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            tasks = [asyncio.create_task(give(link, "level", "set", float(v))) for v in range(10, 60, 5)]
            await asyncio.sleep(0.5)
            assert [value for _, _, _, value in session.sent] == [10.0, 55.0]
            session.queue.put_nowait(Report("lamp", "level", 55.0))
            results = await asyncio.gather(*tasks)
            assert {result.state for result in results} == {CommandState.CONFIRMED}
            assert sentence(results[-1].reason) == ""
            assert sentence(results[3].reason) == "replaced by a newer command"

    by_hand(main())


def test_a_newer_wish_goes_out_as_soon_as_the_older_is_confirmed(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        session.obeys = lambda uid, key, verb, value: session.queue.put_nowait(Report(uid, key, value))
        async with living(FakeAdapter(session), Ears()) as link:
            results = await asyncio.gather(*(give(link, "level", "set", float(v)) for v in (10, 20, 30)))
            assert [value for _, _, _, value in session.sent] == [10.0, 30.0]
            assert all(result.state is CommandState.CONFIRMED and result.seconds < 0.1 for result in results)

    by_hand(main())


def test_if_the_last_wish_fails_the_ones_it_replaced_fail_too(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            results = await asyncio.gather(*(give(link, "level", "set", float(v)) for v in (10, 20, 30)))
            assert {result.state for result in results} == {CommandState.FAILED}

    by_hand(main())


def test_a_blind_on_its_way_has_time_as_long_as_it_moves(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            task = asyncio.create_task(give(link, "position", "open", deadline_s=10.0))
            for position in (10.0, 40.0, 70.0, 100.0):
                await asyncio.sleep(7)
                session.queue.put_nowait(Report("lamp", "position", position))
            result = await task
            assert result.state is CommandState.CONFIRMED
            assert result.seconds == pytest.approx(28, abs=0.1)

    by_hand(main())


def test_a_command_to_a_point_that_never_reports_is_sent_and_not_confirmed(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            result = await give(link, "press", "identify")
            assert result.state is CommandState.SENT
            assert "does not report" in sentence(result.reason)

    by_hand(main())


ASSUMED = replace(
    LAMP,
    points=(
        *LAMP.points[1:],
        replace(LAMP.points[0], optimistic=True),
        replace(LAMP.points[2], key="tilt", optimistic=True),
    ),
)
"""A lamp that may take what it is told and stay silent."""


async def give_assumed(link: Any, key: str, verb: str) -> CommandResult:
    point = device_from_description(ASSUMED, LINK).point(key)
    assert point is not None
    return await link.command(Command(id=next(_ids), point=point.id, verb=verb, deadline_s=10.0), point, None)


def test_an_optimistic_point_that_stays_silent_is_sent_and_one_that_reports_is_confirmed(
    by_hand: Callable[..., Any],
) -> None:
    async def main() -> None:
        session = FakeSession((ASSUMED,))
        async with living(FakeAdapter(session), Ears()) as link:
            silent = await give_assumed(link, "on_off", "on")
            assert silent.state is CommandState.SENT
            assert silent.seconds < 10
            assert "need not" in sentence(silent.reason)
            session.obeys = lambda uid, key, verb, value: session.queue.put_nowait(Report(uid, key, True))
            assert (await give_assumed(link, "on_off", "on")).state is CommandState.CONFIRMED

    by_hand(main())


def test_an_optimistic_point_that_reports_something_else_fails_at_its_deadline(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((ASSUMED,))
        session.obeys = lambda uid, key, verb, value: session.queue.put_nowait(Report(uid, key, False))
        async with living(FakeAdapter(session), Ears()) as link:
            assert (await give_assumed(link, "on_off", "on")).state is CommandState.FAILED

    by_hand(main())


def test_a_command_that_waits_for_its_turn_loses_no_time_of_its_deadline(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        devices = tuple(replace(LAMP, uid=f"lamp-{i}") for i in range(600))
        session = SlowGateway(devices, per_s=10.0)
        async with living(FakeAdapter(session), Ears()) as link:
            results = await asyncio.gather(*(give(link, "on_off", "on", uid=d.uid, deadline_s=10.0) for d in devices))
            assert {result.state for result in results} == {CommandState.CONFIRMED}
            assert max(session.queued) <= 60  # the radio was never flooded beyond what it does in a few seconds

    by_hand(main())


def test_a_quick_gateway_gets_hundreds_of_commands_side_by_side(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        devices = tuple(replace(LAMP, uid=f"lamp-{i}") for i in range(600))
        session = SlowGateway(devices, per_s=1000.0)
        async with living(FakeAdapter(session), Ears()) as link:
            begun = asyncio.get_running_loop().time()
            await asyncio.gather(*(give(link, "on_off", "on", uid=d.uid) for d in devices))
            assert asyncio.get_running_loop().time() - begun < 3.0

    by_hand(main())


def test_withdrawn_commands_are_not_sent_and_say_so(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        devices = tuple(replace(LAMP, uid=f"lamp-{i}") for i in range(100))
        session = SlowGateway(devices, per_s=10.0)
        async with living(FakeAdapter(session), Ears()) as link:
            tasks = [asyncio.create_task(give(link, "on_off", "on", uid=d.uid, id=i)) for i, d in enumerate(devices)]
            await turns()
            link.withdraw(range(100))
            results = await asyncio.gather(*tasks)
        assert len(session.sent) == 20
        assert [result.state for result in results[:20]] == [CommandState.CONFIRMED] * 20
        assert {sentence(result.reason) for result in results[20:]} == {"stopped before it was sent"}

    by_hand(main())


def test_a_report_from_before_a_command_was_sent_does_not_confirm_it(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        devices = tuple(replace(LAMP, uid=f"lamp-{i}") for i in range(40))
        session = SlowGateway(devices, per_s=1.0)
        async with living(FakeAdapter(session), Ears()) as link:
            tasks = [asyncio.create_task(give(link, "on_off", "on", uid=d.uid, id=i)) for i, d in enumerate(devices)]
            await turns()
            session.queue.put_nowait(Report("lamp-39", "on_off", True))
            await turns()
            assert not tasks[39].done()
            link.withdraw(range(40))
            assert (await tasks[39]).state is CommandState.FAILED
            await asyncio.gather(*tasks)

    by_hand(main())


@given(st.lists(st.one_of(st.none(), st.floats(0.0, 30.0)), max_size=400))
def test_the_send_window_stays_within_its_bounds_whatever_devices_do(ends: list[float | None]) -> None:
    async def main() -> None:
        window = SendWindow()
        for i, seconds in enumerate(ends):
            assert await window.enter(f"d{i}", i)
            window.leave(f"d{i}", seconds)
            assert LEAST <= window.limit <= MOST

    asyncio.run(main())


def test_nothing_is_left_running_after_a_link_ended(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            task = asyncio.create_task(give(link, "on_off", "on"))
            await turns()
        assert (await task).state is CommandState.FAILED
        assert asyncio.all_tasks() == {asyncio.current_task()}

    by_hand(main())


def test_the_first_of_two_commands_that_is_confirmed_leaves_the_second_under_way(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            first, second = (asyncio.create_task(give(link, "on_off", verb)) for verb in ("on", "off"))
            await turns()
            session.queue.put_nowait(Report("lamp", "on_off", value=True))
            await turns()
            assert first.result().state is CommandState.CONFIRMED
            assert not second.done()
            session.queue.put_nowait(Report("lamp", "on_off", value=False))
            assert (await second).state is CommandState.CONFIRMED

    by_hand(main())


def test_a_report_from_just_before_a_command_was_sent_confirms_it_only_as_being_so_already(
    by_hand: Callable[..., Any],
) -> None:
    async def main() -> None:
        session, ears = FakeSession((LAMP,)), Ears()
        async with living(FakeAdapter(session), ears) as link:
            ears.reported(LINK.id, columns_of(Report("lamp", "on_off", value=True)))
            result = await give(link, "on_off", "on", before=True, deadline_s=3.0)
            assert (result.state, result.seconds) == (CommandState.CONFIRMED, pytest.approx(1.0))
            ears.reported(LINK.id, columns_of(Report("lamp", "on_off", value=True)))
            assert (await give(link, "on_off", "off", before=True, deadline_s=3.0)).state is CommandState.FAILED

    by_hand(main())


def test_a_value_that_a_peer_only_repeats_confirms_nothing(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        session.obeys = lambda uid, key, verb, value: session.queue.put_nowait(Report(uid, key, True, retained=True))
        async with living(FakeAdapter(session), Ears()) as link:
            assert (await give(link, "on_off", "on", deadline_s=3.0)).state is CommandState.FAILED

    by_hand(main())

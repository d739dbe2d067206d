"""The life of a link, with time moved by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from devices.adapter import AuthError, Redescribed, RefusedError, Secret
from devices.link import LinkState
from tests.devices.conftest import LAMP, Ears, FakeAdapter, FakeSession, lamp, runner
from twin.model.command import Command, CommandResult, CommandState
from twin.model.observation import Availability, Report, Value
from twin.model.problem import Problem, ProblemError

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


def order(key: str, verb: str, value: Value = None, deadline_s: float = 10.0) -> Command:
    point = lamp().point(key)
    assert point is not None
    return Command(id=next(_ids), point=point.id, verb=verb, value=value, deadline_s=deadline_s)


async def give(link: Any, key: str, verb: str, value: Value = None, before: Value = None, **more: Any) -> CommandResult:
    return await link.command(order(key, verb, value, **more), lamp().point(key), before)


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
        problem = Problem(code="x", what="The certificate is bad", remedy="Mend it")
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
            assert "no report" in result.reason
            session.queue.put_nowait(Availability("lamp", online=False))
            await turns()
            assert "offline" in (await give(link, "on_off", "on")).reason

    by_hand(main())


def test_a_device_that_already_is_as_wished_need_not_say_so_again(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            result = await give(link, "on_off", "on", before=True)
            assert result.state is CommandState.CONFIRMED
            assert result.seconds == pytest.approx(1.0)

    by_hand(main())


def test_what_cannot_be_is_refused_before_it_is_sent(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            assert "0 to 100" in (await give(link, "level", "set", 400.0)).reason
            assert "knows" in (await give(link, "on_off", "explode")).reason
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
            assert (await give(link, "on_off", "on")).reason == "child lock"
            assert "Broken pipe" in (await give(link, "on_off", "on")).reason

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
            assert (await task).reason == "the connection was lost"
            late = await give(link, "on_off", "on")
            assert late.state is CommandState.FAILED
            assert "not connected" in late.reason
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
            assert results[-1].reason == ""
            assert results[3].reason == "replaced by a newer command"

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


def test_a_point_that_never_reports_is_done_when_it_was_accepted(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            result = await give(link, "press", "identify")
            assert result.state is CommandState.CONFIRMED
            assert "accepted" in result.reason

    by_hand(main())


def test_a_flood_of_commands_goes_out_at_ten_a_second(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            await asyncio.gather(*(give(link, "press", "identify", deadline_s=60) for _ in range(50)))
            assert asyncio.get_running_loop().time() == pytest.approx(1003.0, abs=0.2)

    by_hand(main())


def test_nothing_is_left_running_after_a_link_ended(by_hand: Callable[..., Any]) -> None:
    async def main() -> None:
        session = FakeSession((LAMP,))
        async with living(FakeAdapter(session), Ears()) as link:
            task = asyncio.create_task(give(link, "on_off", "on"))
            await turns()
        assert (await task).state is CommandState.FAILED
        assert asyncio.all_tasks() == {asyncio.current_task()}

    by_hand(main())

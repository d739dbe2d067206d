"""An alarm of a device that is away is acknowledged here; the device is told when it answers, and what it then says wins."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.i18n import sentence
from devices.contract import RefusedError
from devices.link import LinkState
from tests.app.conftest import Desk
from tests.app.device_alarms import HIGH, Listed, acknowledge, alarms, lister, log_of, stored
from twin.model.text import Text

AWAY, SILENT = Text("alarm.device_away"), Text("alarm.device_silent")
SEVEN = replace(HIGH, event="at seven")


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Listed:
    return lister(monkeypatch)


@pytest.fixture
def house(listed: Listed, api: Desk) -> Desk:
    listed.alarms = (SEVEN,)
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 1)
    assert [one.phase for one in alarms(api)] == ["unack"]
    return api


def is_online(house: Desk) -> bool:
    return all(runner.state is LinkState.ONLINE for runner in house.engine.session.links.running)


def leave(house: Desk) -> None:
    """The lamp goes away."""
    house.world.die()
    house.until(lambda: not is_online(house))


def come_back(house: Desk) -> None:
    """The lamp is there again."""
    house.world.alive = True
    runner = house.engine.session.links.running[0]
    house.engine.context.loop.call(runner.ask)
    house.until(lambda: is_online(house))


def test_an_alarm_of_a_device_that_is_away_is_acknowledged_here_and_told_when_it_is_back(
    house: Desk, listed: Listed
) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    (one,) = stored(house)
    assert (one.phase, one.acked_by, one.untold, listed.acknowledged) == ("ack", "Anna", SILENT, [])
    rows = house.engine.alarm_log(0, house.now[0] + 1, alarm=one.id).result(60)
    assert sentence(rows[0].reason) == "not yet told to the device: it does not answer"
    come_back(house)
    (one,) = alarms(house)
    assert (one.phase, one.acked_by, one.untold, listed.acknowledged) == ("ack", "Anna", None, [(SEVEN, "Anna")])
    assert log_of(house, one.id)[-2:] == [("acknowledged", "alarm.untold"), ("told", "")]


def again(house: Desk, make_desk: Callable[..., Desk], path: Path, links: tuple[()] | None) -> Desk:
    desk = make_desk(now_ms=house.now[0] + 60_000)
    desk.engine.open(path, links=links).result(60)
    return desk


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_what_a_device_is_not_told_outlives_the_engine(
    house: Desk, listed: Listed, make_desk: Callable[..., Desk], killed: bool
) -> None:
    house.engine.stop()
    desk = again(house, make_desk, house.path, ())
    (one,) = stored(desk)
    acknowledge(desk, [one.id])
    path = house.path
    if killed:  # what is on the disk at the moment when the acknowledgement is answered
        path = shutil.copytree(desk.folder, desk.folder.parent / "killed") / house.path.name
    desk.engine.stop()
    desk = again(house, make_desk, path, None)
    assert [(one.phase, one.acked_by) for one in stored(desk)] == [("ack", "Anna")]
    desk.until(lambda: is_online(desk))
    assert [(one.phase, one.untold) for one in alarms(desk)] == [("ack", None)]
    assert listed.acknowledged == [(SEVEN, "Anna")]
    assert log_of(desk, one.id)[-2:] == [("acknowledged", "alarm.untold"), ("told", "")]


def test_a_device_that_was_told_just_before_a_crash_is_not_told_twice(house: Desk, listed: Listed) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    listed.alarms = (replace(SEVEN, acked=True),)
    come_back(house)
    (one,) = alarms(house)
    assert (one.phase, one.untold, listed.acknowledged) == ("ack", None, [])
    assert log_of(house, one.id)[-1] == ("notified", "alarm.device_waits_for_none")


def test_an_alarm_that_the_device_has_raised_anew_is_raised_here_and_not_acknowledged_unseen(
    house: Desk, listed: Listed
) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    listed.alarms = (replace(HIGH, event="at nine"),)
    come_back(house)
    (one,) = alarms(house)
    assert (one.phase, one.count, one.untold, listed.acknowledged) == ("unack", 2, None, [])


def test_an_acknowledgement_of_an_alarm_that_came_again_and_ended_is_none(house: Desk, listed: Listed) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    listed.alarms = (replace(HIGH, event="at nine", stands=False),)
    come_back(house)
    (one,) = alarms(house)
    assert (one.phase, one.untold, listed.acknowledged) == ("rtn_unack", None, [])
    assert log_of(house, one.id)[-1] == ("re_annunciated", "alarm.device_refused")


def test_an_alarm_that_ended_meanwhile_is_acknowledged_with_its_return(house: Desk, listed: Listed) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    listed.alarms = (replace(SEVEN, stands=False),)
    come_back(house)
    assert [(one.phase, one.untold) for one in alarms(house)] == [("normal", None)]
    assert listed.acknowledged == [(replace(SEVEN, stands=False), "Anna")]


def test_an_acknowledgement_that_the_device_refuses_later_is_none_here_either(house: Desk, listed: Listed) -> None:
    leave(house)
    (one,) = stored(house)
    acknowledge(house, [one.id])
    listed.refusal = RefusedError(why := Text("bacnet.event_over"))
    come_back(house)
    (one,) = alarms(house)
    assert (one.phase, one.acked_by, one.untold) == ("unack", "", None)
    rows = house.engine.alarm_log(0, house.now[0] + 1, alarm=one.id).result(60)
    assert (rows[0].event, rows[0].reason) == ("re_annunciated", Text("alarm.device_refused", why=why.as_json()))


def test_a_device_that_lists_but_does_not_answer_is_told_again_after_a_minute(house: Desk, listed: Listed) -> None:
    listed.refusal = TimeoutError()
    acknowledge(house, [one.id for one in stored(house)])
    assert [(one.phase, one.untold) for one in alarms(house)] == [("ack", SILENT)]
    assert len(listed.acknowledged) == 1, "not again at once"
    listed.refusal = None
    house.now[0] += 61_000
    assert [(one.phase, one.untold) for one in alarms(house)] == [("ack", None)]
    assert len(listed.acknowledged) == 2


def test_a_device_that_was_silent_is_told_in_its_next_session_and_the_ended_one_is_let_go(
    house: Desk, listed: Listed
) -> None:
    listed.refusal = TimeoutError()
    acknowledge(house, [one.id for one in stored(house)])
    mirror = house.engine.context.loop.submit(house.engine.alarm_mirror(), name="mirror").result(60)
    assert len(mirror.acknowledging._silent) == 1
    leave(house)
    alarms(house)
    assert mirror.acknowledging._silent == {}
    listed.refusal = None
    come_back(house)
    assert [(one.phase, one.untold) for one in alarms(house)] == [("ack", None)]


def test_after_the_first_silence_a_device_is_asked_no_more_and_the_rest_is_told_later(
    house: Desk, listed: Listed
) -> None:
    listed.alarms = tuple(replace(SEVEN, key=key) for key in ("level", "t", "on"))
    mine = [one.id for one in alarms(house)]
    listed.refusal = TimeoutError()
    acknowledge(house, mine)
    assert len(listed.acknowledged) == 1
    assert [(one.phase, one.untold) for one in stored(house)] == [("ack", SILENT)] * 3
    listed.refusal = None
    house.now[0] += 61_000
    assert [one.untold for one in alarms(house)] == [None] * 3
    assert sorted(one.key for one, _ in listed.acknowledged[1:]) == ["level", "on", "t"]


def test_devices_are_asked_side_by_side_and_each_alarm_is_acknowledged_as_its_device_answers(
    house: Desk, listed: Listed
) -> None:
    house.engine.add("pretend://there").result(60)
    house.until(lambda: len(house.engine.twin.devices) == 2)
    mine = [one.id for one in alarms(house)]
    assert len(mine) == 2
    both = asyncio.Event()

    async def meet() -> None:
        if len(listed.acknowledged) == 2:
            both.set()
        async with asyncio.timeout(60):
            await both.wait()

    listed.before_answer = meet
    acknowledge(house, mine)
    assert [(one.phase, one.acked_by) for one in stored(house)] == [("ack", "Anna")] * 2

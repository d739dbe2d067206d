"""Care on a running engine: consent first, the person is asked first, then others are told; nothing of it is lost by a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import msgspec
import pytest

from app.engine import care_watch, person_care
from app.engine.care_memory import kept_consents, read_consents
from app.engine.care_signs import CareSigns
from app.engine.person_care import ANSWER_MS
from tests.app.conftest import Desk, World, lamp
from twin.insight.care_activity import HOUR_MS, MINUTE_MS
from twin.insight.care_sources import proposed_sources
from twin.model.care import CareConsent, CareKind, CareRole, CareSetup, CareSource, CareState, CareStatus
from twin.model.change import ProblemRaised
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import PointId
from twin.model.problem import ProblemError
from twin.rules.care_alarms import is_of_care
from twin.store.project.kept_settings import CARE

TOP = Path(__file__).parents[2]


def sensor(uid: str, name: str, capability: str) -> DeviceInfo:
    return DeviceInfo(uid=uid, name=name, points=(PointInfo(key=capability, capability=capability),))


def known_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of consents are key1, key2 …"""
    numbers = count(1)
    monkeypatch.setattr(care_watch, "new_key", lambda: f"key{next(numbers)}")


@pytest.fixture
def house(api: Desk, world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A home with a motion sensor, an outer door and a lamp."""
    monkeypatch.setattr(person_care, "BLINK_S", 0.0)
    known_keys(monkeypatch)
    world.devices = [lamp(), sensor("hall", "Hall", "motion"), sensor("door", "Front door", "contact")]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 3)
    return api


def agree(house: Desk, *, kinds: tuple[CareKind, ...] = (CareKind.SILENCE,)) -> None:
    sources = proposed_sources(house.engine.twin)
    setup = CareSetup(person="Anna", sources=sources, kinds=kinds, lamp=PointId(house.point("on")))
    house.engine.agree_to_care(setup).result(60)


def look(house: Desk, minutes: float = 0.0) -> CareStatus:
    house.now[0] += round(minutes * MINUTE_MS)
    return next(iter(house.engine.care().result(60)), CareStatus())


def report(house: Desk, key: str, value: bool, name: str, uid: str) -> None:
    house.now[0] += 1000
    house.world.report(key, value, uid)
    point = house.point(key, name)
    house.until(lambda: house.values.get(point) is not None and bool(house.values[point].value) == value)
    house.engine.session.history.flush()


def moves(house: Desk) -> None:
    for value in (True, False):
        report(house, "motion", value, "Hall", "hall")


def standing(house: Desk) -> list[str]:
    return sorted(one.id for one in house.engine.alarms().result(60) if one.category == "care" and not one.at_rest)


def test_nothing_is_looked_at_before_a_person_has_agreed(house: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr(CareSigns, "read", lambda *args: read.append(args))
    moves(house)
    assert look(house, 13 * 60) == CareStatus()
    assert (read, standing(house)) == ([], [])


def test_the_sensors_of_a_home_are_proposed_with_what_they_mean(house: Desk) -> None:
    roles = {house.engine.twin.point_of[one.point].info.key: one.role for one in proposed_sources(house.engine.twin)}
    assert roles == {"motion": CareRole.INSIDE, "contact": CareRole.DOOR}


def test_the_consent_says_who_when_and_what(house: Desk) -> None:
    agree(house)
    consent = look(house).consent
    assert consent is not None
    assert (consent.setup.person, consent.given_ms, len(consent.setup.sources)) == ("Anna", house.now[0], 2)
    assert consent.recorded_by


def test_signs_from_before_the_consent_are_not_looked_at(house: Desk) -> None:
    moves(house)
    agree(house)
    assert (look(house).state, look(house).last_sign_ms) == (CareState.WAITING, None)
    moves(house)
    assert look(house).state is CareState.WELL


def asked(house: Desk) -> CareStatus:
    """Silence of 12 hours, the limit while nothing is learned."""
    agree(house)
    moves(house)
    assert look(house, 12 * 60 - 1).state is CareState.WELL
    return look(house, 2)


def test_the_person_is_asked_by_a_lamp_and_a_notification_and_any_motion_answers(house: Desk) -> None:
    report(house, "on", False, "Lamp", "lamp")
    status = asked(house)
    assert (status.state, status.question and status.question.kind) == (CareState.ASKING, CareKind.SILENCE)
    assert standing(house) == ["care_asked:care:key1"]
    house.until(lambda: [one[2] for one in house.world.sent] == ["on", "off"] * 3)
    moves(house)
    assert (look(house, 1).state, standing(house)) == (CareState.WELL, [])
    assert [one.text.code for one in look(house).events] == ["care.answered", "care.asked", "care.agreed"]


def test_others_are_told_after_a_quarter_of_an_hour_and_that_ends_with_a_sign(house: Desk) -> None:
    asked(house)
    assert look(house, 14).state is CareState.ASKING
    assert look(house, 1).state is CareState.ALARM
    assert standing(house) == ["care_silence:care:key1"]
    moves(house)
    assert look(house, 1).state is CareState.WELL
    (alarm,) = [one for one in house.engine.alarms().result(60) if one.id == "care_silence:care:key1"]
    assert alarm.phase == "rtn_unack" or alarm.at_rest


def test_the_answer_by_hand_counts_like_a_sign(house: Desk) -> None:
    asked(house)
    house.engine.answer_care().result(60)
    assert (look(house, 20).state, standing(house)) == (CareState.WELL, [])
    assert look(house, 12 * 60).state is CareState.ASKING, "silence begins anew"


def test_away_is_not_silence(house: Desk) -> None:
    agree(house)
    moves(house)
    for value in (True, False):
        report(house, "contact", value, "Front door", "door")
    assert look(house, 11).state is CareState.AWAY
    assert look(house, 40 * 60).state is CareState.AWAY
    report(house, "contact", True, "Front door", "door")
    moves(house)
    assert look(house, 1).state is CareState.WELL


def test_a_pause_looks_at_nothing_and_the_silence_in_it_does_not_count(house: Desk) -> None:
    agree(house)
    moves(house)
    house.engine.pause_care(house.now[0] + 48 * HOUR_MS).result(60)
    assert look(house, 47 * 60).state is CareState.PAUSED
    assert look(house, 2 * 60).state is CareState.WELL
    house.engine.pause_care(house.now[0] + 48 * HOUR_MS).result(60)
    house.engine.pause_care(0).result(60)
    assert look(house).state is CareState.WELL


def test_sensors_that_are_all_unreachable_are_no_silence(house: Desk) -> None:
    agree(house)
    moves(house)
    house.world.die()
    house.until(lambda: look(house).state is CareState.BLIND)
    assert (look(house, 10).state, len(look(house).unreachable), standing(house)) == (CareState.BLIND, 2, [])
    assert (look(house, 13 * 60).state, standing(house)) == (CareState.BLIND, ["care_blind:care:key1"])


def test_a_question_without_an_answer_is_told_also_while_every_sensor_is_unreachable(house: Desk) -> None:
    asked(house)
    house.world.die()
    house.until(lambda: len(look(house).unreachable) == 2)
    assert look(house, 16).state is CareState.ALARM
    assert "care_silence:care:key1" in standing(house)


def test_a_lamp_whose_state_is_not_known_does_not_blink(house: Desk) -> None:
    asked(house)
    moves(house)
    assert look(house, 1).state is CareState.WELL
    assert house.world.sent == []


def test_a_lamp_that_was_blinking_when_the_project_is_closed_is_set_back(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(house, "on", True, "Lamp", "lamp")
    monkeypatch.setattr(person_care, "BLINK_S", 3600.0)
    asked(house)
    house.until(lambda: [one[2] for one in house.world.sent] == ["off"])
    house.engine.stop()
    assert [one[2] for one in house.world.sent] == ["off", "on"]


def test_the_lamp_does_not_answer_its_own_question(house: Desk) -> None:
    world = house.world
    plug = DeviceInfo(uid="plug", name="Plug", points=(PointInfo(key="power", capability="power"),))
    world.describe(*world.devices, plug)
    house.until(lambda: len(house.engine.twin.devices) == 4)
    on, power = PointId(house.point("on", "Lamp")), PointId(house.point("power", "Plug"))
    more = (CareSource(point=on), CareSource(point=power))
    sources = (*proposed_sources(house.engine.twin), *more)
    setup = CareSetup(person="Anna", sources=sources, kinds=(CareKind.SILENCE,), lamp=on)
    house.engine.agree_to_care(setup).result(60)
    report(house, "on", False, "Lamp", "lamp")
    world.report("power", 0.0, "plug")
    moves(house)
    assert look(house, 12 * 60 + 1).state is CareState.ASKING
    house.until(lambda: len(world.sent) == 6)
    for value in (True, False):
        report(house, "on", value, "Lamp", "lamp")
        world.report("power", 60.0 * value, "plug")
        house.until(lambda value=value: house.values[power].value == 60.0 * value)
    assert look(house).state is CareState.ASKING
    house.now[0] += 60_000
    world.report("power", 60.0, "plug")
    house.until(lambda: house.values[power].value == 60.0)
    house.engine.session.history.flush()
    assert look(house).state is CareState.WELL, "later it is a sign of the person"


def test_a_consent_names_only_what_tells_of_a_person_and_a_lamp(house: Desk) -> None:
    twin = house.engine.twin
    warm, motion = PointId(house.point("t", "Lamp")), PointId(house.point("motion", "Hall"))
    for setup, code in (
        (CareSetup(person="Anna", sources=(CareSource(point=warm),)), "care.no_source"),
        (CareSetup(person="Anna", sources=proposed_sources(twin), lamp=motion), "care.no_lamp"),
        (CareSetup(person="Anna", sources=(CareSource(point=PointId("none")),)), "unknown.point"),
    ):
        with pytest.raises(ProblemError) as caught:
            house.engine.agree_to_care(setup).result(60)
        assert caught.value.problems[0].code == code
    assert look(house).consent is None


@pytest.mark.expects_log
def test_looking_goes_on_after_an_unexpected_failure(house: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care_watch, "LOOK_S", 0.0)
    looks: list[int] = []

    async def look(_: object) -> None:
        looks.append(1)
        raise RuntimeError("lost")

    monkeypatch.setattr(care_watch.CareWatch, "look", look)
    watch = care_watch.CareWatch(house.engine.session)
    house.engine.context.loop.call(watch.begin)
    house.until(lambda: len(looks) > 2)
    house.engine.context.loop.submit(watch.close(), name="close").result(60)
    raised = [one for one in house.changes if isinstance(one, ProblemRaised)]
    assert len(raised) == 1, "told once"


def test_withdrawing_deletes_what_was_learned_and_the_alarms_and_on_request_the_recordings(house: Desk) -> None:
    asked(house)
    motion = PointId(house.point("motion", "Hall"))
    house.engine.withdraw_care().result(60)
    assert look(house) == CareStatus()
    assert [one.id for one in house.engine.twin.definitions.alarms if is_of_care(one.id)] == []
    assert "care:key1" not in house.engine.session.history.rules.memory()
    history = house.engine.session.history
    assert len(history.raw(motion, 0, house.now[0] + 1).times) == 2
    agree(house)
    house.engine.withdraw_care(recordings=True).result(60)
    assert not len(history.raw(motion, 0, house.now[0] + 1).times)
    with pytest.raises(ProblemError, match=r"care\.no_consent"):
        house.engine.withdraw_care().result(60)


def test_recordings_of_the_sensors_are_deleted_after_60_days(house: Desk) -> None:
    agree(house)
    moves(house)
    motion = PointId(house.point("motion", "Hall"))
    history = house.engine.session.history
    house.now[0] += 59 * 24 * HOUR_MS
    look(house)
    assert len(history.raw(motion, 0, house.now[0]).times) >= 2
    house.now[0] += 2 * 24 * HOUR_MS
    look(house)
    assert not len(history.raw(motion, 0, house.now[0] - 59 * 24 * HOUR_MS).times)


def test_what_the_watch_writes_is_no_undo_step_and_an_alarm_that_is_deleted_is_back_at_the_next_look(
    house: Desk,
) -> None:
    before = house.engine.undo_labels()
    agree(house)
    assert house.engine.undo_labels() == before
    gone = [DefinitionEdit(DefinitionKind.ALARM, one.id) for one in house.engine.twin.definitions.alarms]
    house.engine.change_definitions(gone).result(60)
    house.until(lambda: not [one for one in house.engine.twin.definitions.alarms if is_of_care(one.id)])
    look(house, 1)
    assert {one.id for one in house.engine.twin.definitions.alarms} == {
        "care_asked:care:key1", "care_blind:care:key1", "care_silence:care:key1",
    }  # fmt: skip


def test_a_consent_to_nothing_or_by_nobody_is_refused(house: Desk) -> None:
    for setup in (CareSetup(person=" ", sources=proposed_sources(house.engine.twin)), CareSetup(person="Anna")):
        with pytest.raises(ProblemError, match=r"care\.nothing_named"):
            house.engine.agree_to_care(setup).result(60)


def test_a_consent_is_read_as_it_was_kept_and_a_damaged_one_is_none() -> None:
    setup = CareSetup(person="Anna", kinds=(CareKind.BATH,))
    consent = CareConsent(setup=setup, given_ms=5, recorded_by="Vera", pauses=((1, 2),))
    other = replace(consent, key="Ben", setup=replace(setup, person="Ben"))
    kept = msgspec.json.decode(msgspec.json.encode(kept_consents((consent, other))))
    assert read_consents(kept) == (consent, other)
    assert read_consents([*kept, {"given_ms": "soon"}]) == (consent, other)
    assert read_consents({"given_ms": "soon"}) == ()
    assert read_consents(kept[0]) == (consent,), "older projects have a single one"


KILLED = """
import os, signal, sys
from pathlib import Path
from app.author import acting_for
from app.engine import care_watch, person_care
from tests.app import test_care_watch as t
from app.engine.engine import Engine
from app.server.calls import Host
from app.server.redacted_engine import redacted
from app.server.roles import Caller
from tests.app.conftest import Desk, NOW_MS, PretendAdapter, World, lamp

top, world, now = Path(sys.argv[1]), World(), [NOW_MS]
world.devices = [lamp(), t.sensor("hall", "Hall", "motion"), t.sensor("door", "Front door", "contact")]
person_care.BLINK_S = 0.0
engine = Engine(top / "home", now_ms=lambda: now[0], lived_ms=None)
engine.context.adapters = {"pretend": PretendAdapter(world)}
engine.start()
house = Desk(engine, world, top, now)
engine.new_project(str(house.path)).result(60)
engine.add("pretend://here").result(60)
house.until(lambda: len(engine.twin.devices) == 3)
print(t.asked(house).state, now[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_question_that_waits_goes_on_after_kill_9(
    tmp_path: Path, make_desk: Callable[..., Desk], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_care, "BLINK_S", 0.0)
    env = os.environ | {"PYTHONPATH": str(TOP)}
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=TOP, env=env, capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr
    state, at = child.stdout.split()
    assert state == "asking"
    world.devices = [lamp(), sensor("hall", "Hall", "motion"), sensor("door", "Front door", "contact")]
    house = make_desk(now_ms=int(at) + 5 * MINUTE_MS)
    house.engine.open(house.path).result(60)
    house.until(lambda: look(house).state is CareState.ASKING)
    assert look(house, (ANSWER_MS - 5 * MINUTE_MS) / MINUTE_MS).state is CareState.ALARM
    (alarm,) = standing(house)
    assert alarm.startswith("care_silence:care:")


def test_the_consent_leaves_the_project_only_by_backup(house: Desk) -> None:
    from twin.store.project.kept_settings import NOT_EXPORTED

    assert CARE in NOT_EXPORTED

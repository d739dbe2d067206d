"""Care of two persons in one home: each is judged by what is hers alone, common rooms tell of the household, and each sees
only her own."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from app.author import acting_for
from app.engine import person_care
from app.server.calls import Host
from app.server.redacted_engine import redacted
from app.server.roles import Caller
from tests.app.conftest import Desk, World, lamp
from tests.app.test_care_watch import known_keys, report, sensor
from twin.insight.care_activity import FOREVER_MS, MINUTE_MS, Activity
from twin.insight.care_household import apart, empty_spans, together
from twin.model.care import CareKind, CareRole, CareSetup, CareSource, CareState, CareStatus
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.grant import Grant
from twin.model.ids import PointId
from twin.model.problem import ProblemError
from twin.rules.care_alarms import is_of_care
from twin.rules.definition_body import definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient


@pytest.fixture
def flat(api: Desk, world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A home with a room of Anna, one of Ben, a hall and an outer door of both."""
    monkeypatch.setattr(person_care, "BLINK_S", 0.0)
    known_keys(monkeypatch)
    rooms = [sensor(uid, uid.title(), "motion") for uid in ("anna", "ben", "hall")]
    world.devices = [lamp(), *rooms, sensor("door", "Front door", "contact")]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 5)
    return api


def agree(flat: Desk, person: str, *rooms: str, contacts: tuple[str, ...] = ()) -> None:
    sources = tuple(CareSource(point=PointId(flat.point("motion", room))) for room in rooms)
    door = CareSource(point=PointId(flat.point("contact", "Front door")), role=CareRole.DOOR)
    setup = CareSetup(person=person, sources=(*sources, door), kinds=(CareKind.SILENCE,), contacts=contacts)
    flat.engine.agree_to_care(setup).result(60)


def both(flat: Desk) -> None:
    agree(flat, "Anna", "Anna", "Hall")
    agree(flat, "Ben", "Ben", "Hall")
    for room in ("Anna", "Ben", "Hall"):
        moves(flat, room)


def moves(flat: Desk, room: str) -> None:
    for value in (True, False):
        report(flat, "motion", value, room, room.lower())


def look(flat: Desk, minutes: float = 0.0) -> dict[str, CareStatus]:
    flat.now[0] += round(minutes * MINUTE_MS)
    found = flat.engine.care().result(60)
    return {one.consent.setup.person: one for one in found if one.consent is not None}


def states(flat: Desk, minutes: float = 0.0) -> tuple[CareState, CareState]:
    found = look(flat, minutes)
    return found["Anna"].state, found["Ben"].state


def standing(flat: Desk) -> list[str]:
    return sorted(one.id for one in flat.engine.alarms().result(60) if is_of_care(one.id) and not one.at_rest)


def test_each_is_asked_by_her_own_silence_and_a_common_room_answers_for_nobody(flat: Desk) -> None:
    both(flat)
    assert states(flat, 11 * 60) == (CareState.WELL, CareState.WELL)
    moves(flat, "Ben")
    assert states(flat, 61) == (CareState.ASKING, CareState.WELL)
    moves(flat, "Hall")
    assert states(flat, 1) == (CareState.ASKING, CareState.WELL), "who was in the hall is not known"
    assert standing(flat) == ["care_asked:care:key1"]
    (alarm,) = [one for one in flat.engine.alarms().result(60) if one.id == "care_asked:care:key1"]
    assert (alarm.title.code, alarm.title.args["person"]) == ("alarm.of_person", "Anna")
    moves(flat, "Anna")
    assert states(flat, 1) == (CareState.WELL, CareState.WELL)
    found = look(flat)["Anna"]
    assert (len(found.common), found.own) == (2, True)


def test_whoever_has_no_sensor_alone_is_asked_only_when_nothing_stirs_in_the_whole_home(flat: Desk) -> None:
    agree(flat, "Anna", "Anna", "Hall")
    agree(flat, "Ben", "Hall")
    moves(flat, "Hall")
    moves(flat, "Anna")
    assert look(flat)["Ben"].own is False
    states(flat, 11 * 60)
    moves(flat, "Anna")
    assert states(flat, 61) == (CareState.WELL, CareState.WELL), "somebody stirs"
    assert states(flat, 12 * 60) == (CareState.ASKING, CareState.ASKING)
    question = look(flat)["Ben"].question
    assert question is not None
    assert question.household
    moves(flat, "Anna")
    assert states(flat, 1) == (CareState.WELL, CareState.WELL)


def test_that_one_goes_out_is_no_silence_of_the_other_and_no_sign_of_her(flat: Desk) -> None:
    both(flat)
    states(flat, 11 * 60)
    moves(flat, "Ben")
    for value in (True, False):
        report(flat, "contact", value, "Front door", "door")
    moves(flat, "Hall")
    assert states(flat, 61) == (CareState.ASKING, CareState.WELL), "the door was not hers"


def test_after_an_outer_door_and_quiet_the_home_is_empty_until_anyone_stirs(flat: Desk) -> None:
    both(flat)
    for value in (True, False):
        report(flat, "contact", value, "Front door", "door")
    assert states(flat, 11) == (CareState.AWAY, CareState.AWAY)
    assert states(flat, 20 * 60) == (CareState.AWAY, CareState.AWAY)
    moves(flat, "Hall")
    assert states(flat, 1) == (CareState.WELL, CareState.WELL)
    assert states(flat, 11 * 60) == (CareState.WELL, CareState.WELL), "the silence begins with the return"


def test_one_withdraws_and_the_other_stays_in_care_with_what_is_recorded_for_both(flat: Desk) -> None:
    both(flat)
    with pytest.raises(ProblemError, match=r"care\.which"):
        flat.engine.withdraw_care().result(60)
    flat.engine.withdraw_care("anna", recordings=True).result(60)
    assert set(look(flat)) == {"Ben"}
    assert {one.id.rpartition(":")[2] for one in flat.engine.twin.definitions.alarms if is_of_care(one.id)} == {"key2"}
    history, later = flat.engine.session.history, flat.now[0] + 1
    kept = {room: len(history.raw(PointId(flat.point("motion", room)), 0, later).times) for room in ("Anna", "Hall")}
    assert kept == {"Anna": 0, "Hall": 2}
    assert look(flat)["Ben"].common == ()


def test_who_withdraws_is_in_no_log_and_no_memory_and_the_other_stays_there(flat: Desk) -> None:
    both(flat)
    assert states(flat, 12 * 60 + 1) == (CareState.ASKING, CareState.ASKING)
    assert states(flat, 16) == (CareState.ALARM, CareState.ALARM)
    flat.engine.withdraw_care("Anna", recordings=True).result(60)
    rules = flat.engine.session.history.rules
    logged = {row.of for row in rules.alarm_log(0, 1 << 60, 1000) if is_of_care(row.of)}
    assert (any(one.endswith(":key1") for one in logged), any(one.endswith(":key2") for one in logged)) == (False, True)
    assert {one for one in rules.memory() if one.startswith("care")} == {"care:key2"}
    assert not [one for one in rules.alarm_states() if one.endswith(":key1")]
    assert not [row for row in rules.run_log(0, 1 << 60, 1000) if ":key1" in row.body]


def test_a_pause_of_one_goes_on_looking_at_the_other(flat: Desk) -> None:
    both(flat)
    flat.engine.pause_care(flat.now[0] + 30 * 60 * MINUTE_MS, "Ben").result(60)
    assert states(flat, 12 * 60 + 1) == (CareState.ASKING, CareState.PAUSED)


def test_a_common_room_answers_for_nobody_while_one_of_those_who_use_it_is_paused(flat: Desk) -> None:
    both(flat)
    flat.engine.pause_care(flat.now[0] + 30 * 60 * MINUTE_MS, "Ben").result(60)
    states(flat, 12 * 60 - 1)
    moves(flat, "Hall")
    assert states(flat, 2) == (CareState.ASKING, CareState.PAUSED), "Ben is at home"
    moves(flat, "Hall")
    assert states(flat, 1) == (CareState.ASKING, CareState.PAUSED)
    found = look(flat)["Anna"]
    assert (len(found.common), found.own) == (2, True)


def test_only_the_persons_own_contacts_are_told(flat: Desk) -> None:
    mail = NotificationChannel(id="mail", kind=ChannelKind.WEBHOOK, address="http://127.0.0.1:9/none")
    uses = (ChannelUse(channel="mail"),)
    values = (mail, *(Recipient(id=id, title=id.title(), uses=uses) for id in ("eva", "uwe")))
    kinds = (DefinitionKind.CHANNEL, DefinitionKind.RECIPIENT, DefinitionKind.RECIPIENT)
    edits = [DefinitionEdit(kind, one.id, definition_of(one)) for kind, one in zip(kinds, values, strict=True)]
    flat.engine.change_definitions(edits).result(60)
    agree(flat, "Anna", "Anna", contacts=("eva",))
    agree(flat, "Ben", "Ben")
    assert (look(flat)["Anna"].told, look(flat)["Ben"].told) == (("Eva",), ("Eva", "Uwe"))
    for room in ("Anna", "Ben"):
        moves(flat, room)
    assert states(flat, 12 * 60 + 1) == (CareState.ASKING, CareState.ASKING)
    waiting = flat.engine.notifications().result(60).waiting
    told = {(one.alarm.rpartition(":")[2], one.recipient) for one in waiting if is_of_care(one.alarm)}
    assert told == {("key1", "eva"), ("key2", "eva"), ("key2", "uwe")}
    with pytest.raises(ProblemError, match=r"unknown\.recipient"):
        agree(flat, "Anna", "Anna", contacts=("nobody",))
    agree(flat, "Anna", "Anna", contacts=("uwe",))
    (asked,) = [one for one in flat.engine.twin.definitions.alarms if one.id == "care_asked:care:key1"]
    assert '"to":["uwe"]' in asked.body.replace(" ", "")


def test_from_afar_each_sees_only_her_own_care_and_alarms(flat: Desk) -> None:
    both(flat)
    states(flat, 12 * 60 + 1)
    caller = Caller.of(Grant(id="ben", name="Ben", role="installer"), "192.168.1.9")
    host = redacted(cast("Host", flat.engine), caller)
    with acting_for(caller.person, origin=caller.origin):
        (own,) = host.care().result(60)
        assert own.consent is not None
        assert own.consent.setup.person == "Ben"
        with pytest.raises(ProblemError, match=r"care\.private"):
            host.withdraw_care("Anna").result(60)
        with pytest.raises(ProblemError, match=r"care\.private"):
            host.answer_care("Anna").result(60)
    assert {one.id.rpartition(":")[2] for one in host.alarms().result(60) if is_of_care(one.id)} == {"key2"}
    assert {one.id.rpartition(":")[2] for one in host.twin.definitions.alarms if is_of_care(one.id)} == {"key2"}


def test_the_one_consent_of_an_older_project_goes_on_beside_a_new_one(flat: Desk) -> None:
    agree(flat, "Anna", "Anna")
    session = flat.engine.session
    (kept,) = cast("list[dict[str, object]]", session.project.setting("care"))
    session.project.set_setting("care", {name: value for name, value in kept.items() if name != "key"})
    agree(flat, "Ben", "Ben")
    moves(flat, "Anna")
    moves(flat, "Ben")
    assert states(flat, 12 * 60 + 1) == (CareState.ASKING, CareState.ASKING)
    assert standing(flat) == ["care_asked:care", "care_asked:care:key2"]
    assert flat.engine.care_persons() == {"": "Anna", "key2": "Ben"}


def activity(*signs: tuple[int, bool]) -> Activity:
    """Signs by minute, and whether it was an outer door."""
    times, doors = (
        np.array([one[0] for one in signs], np.int64) * MINUTE_MS,
        np.array([one[1] for one in signs], np.bool_),
    )
    return Activity(times, doors, np.zeros(len(signs), np.int64), np.zeros(len(signs), np.bool_))


def test_the_home_is_empty_from_an_outer_door_that_quiet_follows_until_the_next_sign() -> None:
    signs = activity((0, False), (5, True), (8, False), (20, True), (60, False), (70, True))
    found = empty_spans(signs, 90 * MINUTE_MS)
    assert (found.begin_ms // MINUTE_MS).tolist() == [20, 70]
    assert found.end_ms.tolist() == [60 * MINUTE_MS, FOREVER_MS]
    own = apart(signs, np.array([False, True, False, True, True, True]), found)
    assert (own.times_ms // MINUTE_MS).tolist() == [0, 8, 20, 60, 70]
    assert own.door.tolist() == [False, False, True, True, True]


def test_signs_of_several_are_those_of_the_household_in_the_order_of_time() -> None:
    assert (together((activity((3, False)), activity((1, True)))).times_ms // MINUTE_MS).tolist() == [1, 3]
    assert not len(together(()).times_ms)

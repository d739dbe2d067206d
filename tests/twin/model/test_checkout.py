"""What a device's own values say about it, and what is expected, found and tested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.twin.store.worlds import device
from twin.model.checkout import FRESH_MS, Answer, CheckoutVerdict, DeviceCheckout, Reading, evidence
from twin.model.checkout_tally import house_tally, next_untested, signed, tallies
from twin.model.ids import PlaceholderId, RoomId, StoreyId
from twin.model.observation import Quality
from twin.model.space import Placeholder, Room
from twin.model.twin import Twin

SENSOR = device("s", "temperature", "humidity", "contact")
T, RH, CONTACT = SENSOR.points
NOW = 10 * FRESH_MS


@pytest.mark.parametrize(
    ("readings", "online", "seen", "plausible"),
    [
        ([], None, Answer.OPEN, Answer.OPEN),
        ([], False, Answer.NO, Answer.OPEN),
        ([Reading(T, 21.0, Quality.GOOD, NOW)], None, Answer.YES, Answer.YES),
        ([Reading(T, 21.0, Quality.GOOD, NOW)], False, Answer.NO, Answer.YES),
        ([Reading(T, 21.0, Quality.UNCERTAIN, NOW)], True, Answer.OPEN, Answer.YES),
        ([Reading(T, 21.0, Quality.GOOD, NOW - FRESH_MS - 1)], True, Answer.OPEN, Answer.YES),
        ([Reading(RH, 140.0, Quality.GOOD, NOW)], True, Answer.YES, Answer.NO),
        ([Reading(T, float("nan"), Quality.GOOD, NOW)], True, Answer.YES, Answer.NO),
        ([Reading(T, 21.0, Quality.GOOD, NOW), Reading(RH, 0.0, Quality.BAD, NOW)], True, Answer.YES, Answer.NO),
        ([Reading(CONTACT, 1.0, Quality.GOOD, NOW)], True, Answer.YES, Answer.YES),
        ([Reading(T, float("nan"), Quality.OFFLINE, 0)], True, Answer.OPEN, Answer.OPEN),
    ],
)
def test_values_say_whether_a_device_was_seen_and_is_plausible(
    readings: list[Reading], online: bool | None, seen: Answer, plausible: Answer
) -> None:
    found = evidence(readings, online, NOW)
    assert (found.seen, found.plausible) == (seen, plausible)


def test_a_register_that_a_meter_says_it_has_not_is_no_failure_but_a_wrong_value_beside_it_is() -> None:
    good, none = Reading(T, 21.0, Quality.GOOD, NOW), Reading(RH, float("nan"), Quality.BAD, NOW)
    found = evidence([good, none], True, NOW, "modbus")
    assert (found.plausible, found.odd, found.unmeasured) == (Answer.YES, (), (RH,))
    assert evidence([none], True, NOW, "modbus").plausible is Answer.OPEN
    assert evidence([good, none], True, NOW, "mqtt").odd == (RH,)
    wrong = evidence([Reading(RH, 140.0, Quality.GOOD, NOW), replace(none, point=T)], True, NOW, "modbus")
    assert (wrong.plausible, wrong.odd, wrong.unmeasured) == (Answer.NO, (RH,), (T,))


def test_what_the_user_answered_is_not_overruled_by_values() -> None:
    said = DeviceCheckout(id=SENSOR.id, seen=Answer.NO)
    found = evidence([Reading(T, 21.0, Quality.GOOD, NOW)], True, NOW)
    assert said.completed(found).seen is Answer.NO
    assert said.completed(found).plausible is Answer.YES
    assert not replace(said, right_room=Answer.YES).completed(found).may_pass


def test_after_a_move_what_concerns_the_room_is_open_again() -> None:
    lamp = replace(device("lamp"), room=RoomId("kitchen"))
    done = DeviceCheckout(
        id=lamp.id, seen=Answer.YES, plausible=Answer.YES, right_room=Answer.YES, verdict=CheckoutVerdict.PASSED,
        note="scratched", photo="00", room=lamp.room, time_ms=5, author="ann",
    )  # fmt: skip
    assert done.continued(lamp) is done
    moved = replace(lamp, room=RoomId("study"))
    again = done.continued(moved)
    assert (again.seen, again.plausible, again.right_room) == (Answer.YES, Answer.OPEN, Answer.OPEN)
    assert (again.verdict, again.room, again.note, again.photo) == (CheckoutVerdict.OPEN, moved.room, "scratched", "00")
    assert not again.tests(moved)


def test_only_answers_and_verdicts_are_signed_anew_and_never_for_a_room_that_nobody_tested() -> None:
    lamp = replace(device("lamp"), room=RoomId("study"))
    kept = DeviceCheckout(
        id=lamp.id,
        right_room=Answer.YES,
        verdict=CheckoutVerdict.FAILED,
        room=RoomId("kitchen"),
        time_ms=5,
        author="ann",
    )
    twin = Twin(devices=(lamp,), checkouts=(kept,))
    (noted,) = signed([replace(kept, note="loose", photo="00")], twin, 9, "bob")
    assert noted == replace(kept, note="loose", photo="00")
    assert not noted.tests(lamp)
    (judged,) = signed([replace(kept, time_ms=0)], twin, 9, "bob")
    assert (judged.time_ms, judged.author, judged.room) == (9, "bob", kept.room)
    (forged,) = signed([replace(kept, verdict=CheckoutVerdict.PASSED)], twin, 9, "bob")
    assert (forged.time_ms, forged.author) == (9, "bob")


def test_planned_places_are_expected_until_a_device_fills_them() -> None:
    hall, attic = (
        Room(id=RoomId(name), storey=StoreyId("s"), name=name, outline=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
        for name in ("Hall", "Attic")
    )
    lamp, plug = (replace(device(uid), room=hall.id) for uid in ("lamp", "plug"))
    places = tuple(
        Placeholder(
            id=PlaceholderId(f"p{n}"), name=f"P{n}", kind="lamp", storey=StoreyId("s"), room=room, device=filled
        )
        for n, (room, filled) in enumerate([(hall.id, lamp.id), (hall.id, None), (attic.id, device("gone").id)])
    )
    done = (DeviceCheckout(id=lamp.id, verdict=CheckoutVerdict.FAILED, room=hall.id),)
    twin = Twin(rooms=(hall, attic), devices=(lamp, plug), placeholders=places, checkouts=done)
    rows = tallies(twin)
    assert [(one.room, one.expected, one.found, one.tested, one.failed) for one in rows] == [
        (hall.id, 3, 2, 1, 1), (attic.id, 1, 0, 0, 0)
    ]  # fmt: skip
    house = house_tally(rows)
    assert (house.expected, house.found, house.tested, house.passed, house.failed) == (4, 2, 1, 0, 1)
    assert next_untested(twin) is plug
    assert next_untested(twin, plug.id) is plug
    assert next_untested(Twin()) is None

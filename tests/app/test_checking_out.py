"""The checkout of a device by the engine: what belongs to one test of a device is one undo step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.author import acting_for
from tests.app.conftest import Desk, rooms_building
from twin.model.checkout import Answer, CheckoutVerdict, DeviceCheckout
from twin.model.checkout_tally import checkouts_of
from twin.store.project import Project

OPEN, PASSED, FAILED = CheckoutVerdict.OPEN, CheckoutVerdict.PASSED, CheckoutVerdict.FAILED


@pytest.fixture
def desk(make_desk: Callable[..., Desk], tmp_path) -> Desk:
    with Project.create(tmp_path / "house.oikos") as project:
        project.set_building(rooms_building("Hall"))
    one = make_desk()
    one.engine.open(one.path).result(60)
    one.engine.add("pretend://peer").result(60)
    return one


def kept(desk: Desk) -> DeviceCheckout | None:
    return checkouts_of(desk.engine.twin).get(desk.engine.twin.devices[0].id)


def passed(desk: Desk) -> DeviceCheckout:
    """A device that was looked at, noted and passed, in four clicks."""
    result = DeviceCheckout(id=desk.engine.twin.devices[0].id)
    for more in (
        {"seen": Answer.YES},
        {"plausible": Answer.YES, "right_room": Answer.YES},
        {"verdict": PASSED},
        {"note": "by the door"},
    ):
        result = replace(result, **more)
        desk.engine.check_out([result]).result(60)
    return result


def test_answers_verdict_and_note_of_one_device_are_undone_together(desk: Desk) -> None:
    passed(desk)
    found = kept(desk)
    assert found is not None
    assert (found.verdict, found.note) == (PASSED, "by the door")
    desk.engine.undo().result(60)
    assert kept(desk) is None
    desk.engine.redo().result(60)
    assert kept(desk) == found


@pytest.mark.parametrize("verdict", [FAILED, OPEN])
def test_what_is_judged_anew_is_a_step_of_its_own(desk: Desk, verdict: CheckoutVerdict) -> None:
    result = passed(desk)
    found = kept(desk)
    desk.engine.check_out([replace(result, verdict=verdict)]).result(60)
    desk.engine.undo().result(60)
    assert kept(desk) == found


def test_so_is_what_is_forgotten(desk: Desk) -> None:
    result = passed(desk)
    found = kept(desk)
    desk.engine.check_out([DeviceCheckout(id=result.id)]).result(60)
    assert kept(desk) is None
    desk.engine.undo().result(60)
    assert kept(desk) == found


def test_another_edit_or_an_undo_between_them_begins_another_step(desk: Desk) -> None:
    result = passed(desk)
    desk.engine.rename(result.id, "Desk lamp").result(60)
    desk.engine.check_out([replace(result, note="on the shelf")]).result(60)
    desk.engine.undo().result(60)
    assert (kept(desk).note, desk.engine.twin.devices[0].name) == ("by the door", "Desk lamp")  # type: ignore[union-attr]
    desk.engine.undo().result(60)
    desk.engine.check_out([replace(result, note="on the shelf")]).result(60)
    desk.engine.undo().result(60)
    assert kept(desk).note == "by the door"  # type: ignore[union-attr]


def test_what_another_person_adds_is_that_persons_step(desk: Desk) -> None:
    result = passed(desk)
    with acting_for("Vera"):
        desk.engine.check_out([replace(result, note="on the shelf")]).result(60)
    desk.engine.undo(others=True).result(60)
    assert kept(desk).note == "by the door"  # type: ignore[union-attr]

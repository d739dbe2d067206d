"""Links, pairing, import, history, placeholders and commands: what the window may rely on, held by the engine on a real
project and by the tests' own desk alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from desk_contract import DESK, ENGINE, HOLDER, Contract, contracts
from fake_api import LINK, MATTER, room_id

from app.actions import new_command
from app.api import EngineApi
from app.i18n import sentence
from tests.english import undo_labels
from twin.model.change import CommandUpdated
from twin.model.checkout import CheckoutVerdict, DeviceCheckout
from twin.model.command import CommandState
from twin.model.ids import DeviceId, LinkId, PlaceholderId, PointId, RoomId
from twin.model.problem import ProblemError

HALL = room_id("Hall")


@pytest.fixture(params=[ENGINE, DESK])
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Contract]:
    yield from contracts(request.param, tmp_path)


@pytest.fixture
def lamp(contract: Contract) -> PointId:
    """The switch of a lamp whose link is online."""
    contract.api.add("pretend://x").result(60)
    point = contract.named("Lamp").point("on")
    assert point is not None
    return point.id


def command_statuses(contract: Contract, many: int) -> list[tuple[int, CommandState, str]]:
    """What was told of commands, once so many have ended: id, state and reason."""
    found: list[CommandUpdated] = []
    for _ in range(2000):
        found += [change for change in contract.news() if isinstance(change, CommandUpdated)]
        if sum(one.result.state is not CommandState.PENDING for one in found) >= many:
            break
        contract.api.setting("last_view").result(60)  # a turn of the engine
    return [(one.result.command.id, one.result.state, sentence(one.result.reason)) for one in found]


def test_every_link_of_the_project_has_a_status_in_its_order(contract: Contract) -> None:
    assert [status.link.id for status in contract.api.links().result(60)] == [LINK.id, MATTER.id]
    contract.api.remove_link(LINK.id).result(60)
    assert [status.link.id for status in contract.api.links().result(60)] == [MATTER.id]


def test_a_gateway_that_is_added_is_in_the_twin_with_its_devices_when_the_answer_comes(contract: Contract) -> None:
    before = contract.api.twin
    (lamp,) = contract.api.add("pretend://x", room=HALL).result(60)
    after = contract.api.twin
    assert after.device_of[lamp.id] == lamp
    assert lamp.room == HALL
    assert lamp.link in {link.id for link in after.links} - {link.id for link in before.links}
    assert contract.told()
    assert undo_labels(contract.api)[0] == "Add pretend://x"
    undone = contract.api.undo().result(60)
    assert undone is not None
    assert sentence(undone) == "Add pretend://x"
    assert {link.id for link in contract.api.twin.links} == {link.id for link in before.links}


def test_a_gateway_that_is_added_twice_is_there_once(contract: Contract) -> None:
    (first,) = contract.api.add("pretend://x").result(60)
    (again,) = contract.api.add("pretend://x").result(60)
    assert first.id == again.id
    assert len(contract.api.twin.links) == 3


def test_trust_is_an_edit_that_undo_takes_back(contract: Contract) -> None:
    contract.api.trust(LINK.id, {"ca": "/etc/house.pem"}).result(60)
    assert contract.api.twin.links[0].options == (("ca", "/etc/house.pem"),)
    (told,) = contract.told()
    assert told.twin is contract.api.twin
    contract.api.undo().result(60)
    assert contract.api.twin.links[0].options == ()


def test_a_code_is_checked_at_once(contract: Contract) -> None:
    assert contract.api.check_code("34970112332").result(60) is None
    assert contract.api.check_code("letters").result(60) is not None


def test_a_device_of_the_building_file_that_is_put_into_a_room_is_one_step(contract: Contract) -> None:
    contract.api.place_in_room(HOLDER.id, HALL).result(60)
    (told,) = contract.told()
    assert [(holder.id, holder.room) for holder in told.twin.placeholders] == [(HOLDER.id, HALL)]
    assert undo_labels(contract.api) == ("Put Planned lamp into Hall", None)
    contract.api.undo().result(60)
    assert contract.api.twin.placeholders[0].room is None


def test_a_device_is_planned_in_a_room_and_one_that_comes_later_takes_the_place_and_its_name(
    contract: Contract,
) -> None:
    contract.api.plan_device(HALL, "smoke_alarm", " Smoke  hall ").result(60)
    planned = contract.api.twin.placeholders[-1]
    assert (planned.kind, planned.name, planned.room, planned.by_hand) == ("smoke_alarm", "Smoke hall", HALL, True)
    assert undo_labels(contract.api)[0] == "Plan Smoke hall in Hall"
    lamp = contract.api.twin.devices[0]
    contract.api.take_place(lamp.id, planned.id).result(60)
    after = contract.api.twin
    assert [one.device for one in after.placeholders if one.id == planned.id] == [lamp.id]
    there = after.device_of[lamp.id]
    assert (there.room, there.position_m, there.name) == (HALL, planned.position_m, "Smoke hall")
    assert undo_labels(contract.api)[0] == "Put Smoke hall where it is planned"
    contract.api.undo().result(60)
    assert contract.api.twin.device_of[lamp.id] == lamp
    contract.api.unplan_device(planned.id).result(60)
    assert planned.id not in {one.id for one in contract.api.twin.placeholders}
    assert undo_labels(contract.api)[0] == "Remove Smoke hall from the plan"


def test_what_came_with_the_device_of_a_planned_place_goes_into_its_room(contract: Contract) -> None:
    contract.api.plan_device(HALL, "smoke_alarm", "Smoke hall").result(60)
    planned = contract.api.twin.placeholders[-1]
    first, *others = contract.api.twin.devices[:3]
    contract.api.take_place(first.id, planned.id, tuple(one.id for one in others)).result(60)
    after = contract.api.twin.device_of
    assert after[first.id].position_m == planned.position_m
    assert [(after[one.id].room, after[one.id].name) for one in others] == [(HALL, one.name) for one in others]
    contract.api.undo().result(60)
    assert [contract.api.twin.device_of[one.id] for one in (first, *others)] == [first, *others]


def _of_hall(api: EngineApi) -> PlaceholderId:
    """A place that was planned in the hall before."""
    return next(one.id for one in api.twin.placeholders if one.room == HALL)


ONE_STEP: dict[str, Callable[[EngineApi], Future[Any]]] = {
    "add a device into the picked room": lambda api: api.add("pretend://lamp", room=HALL, only_one=True),
    "bind": lambda api: api.bind(api.twin.devices[0].id, HALL),
    "bind several": lambda api: api.bind_all({one.id: HALL for one in api.twin.devices[:3]}),
    "unbind several": lambda api: api.unbind(*(one.id for one in api.twin.devices[:3])),
    "rename a device": lambda api: api.rename(api.twin.devices[0].id, "Another"),
    "rename a room": lambda api: api.rename(HALL, "Another"),
    "plan": lambda api: api.plan_device(HALL, "light", "One more"),
    "unplan": lambda api: api.unplan_device(_of_hall(api)),
    "fill": lambda api: api.take_place(api.twin.devices[0].id, _of_hall(api)),
    "fill by the first of several": lambda api: api.take_place(
        api.twin.devices[0].id, _of_hall(api), tuple(one.id for one in api.twin.devices[1:3])
    ),
    "room of a planned device": lambda api: api.place_in_room(HOLDER.id, HALL),
    "trust": lambda api: api.trust(LINK.id, {"ca": "/etc/house.pem"}),
    "remove": lambda api: api.remove(api.twin.devices[0].id),
}
"""Edits of the window: each is taken back by one undo."""


@pytest.mark.parametrize("edit", ONE_STEP)
def test_an_edit_of_the_window_is_one_undo_step(contract: Contract, edit: str) -> None:
    contract.api.plan_device(HALL, "smoke_alarm", "Smoke hall").result(60)
    before = contract.api.twin
    ONE_STEP[edit](contract.api).result(60)
    after = contract.api.twin
    assert after != before
    contract.api.undo().result(60)
    there = contract.api.twin
    assert (there.links, there.rooms, there.placeholders) == (before.links, before.rooms, before.placeholders)
    assert set(there.devices) == set(before.devices)
    contract.api.redo().result(60)
    assert set(contract.api.twin.devices) == set(after.devices)


def test_a_place_that_has_a_device_takes_no_other_one(contract: Contract) -> None:
    contract.api.plan_device(HALL, "light", "Hall light").result(60)
    planned, (first, second) = contract.api.twin.placeholders[-1], contract.api.twin.devices[:2]
    contract.api.take_place(first.id, planned.id).result(60)
    with pytest.raises(ProblemError) as caught:
        contract.api.take_place(second.id, planned.id).result(60)
    assert [problem.code for problem in caught.value.problems] == ["plan.taken"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (lambda api: api.plan_device(HALL, "dragon", "Smaug"), "unknown.kind"),
        (lambda api: api.plan_device(HALL, "light", "  "), "project.name"),
        (lambda api: api.plan_device(RoomId("none"), "light", "Lamp"), "unknown.room"),
        (lambda api: api.unplan_device(HOLDER.id), "plan.of_file"),
        (lambda api: api.take_place(api.twin.devices[0].id, HOLDER.id), "plan.no_room"),
        (lambda api: api.take_place(api.twin.devices[0].id, PlaceholderId("none")), "unknown.placeholder"),
        (lambda api: api.add("nope://x"), "add.unknown"),
        (lambda api: api.certificate(LinkId("none")), "add.unknown"),
        (lambda api: api.certificate("nope://x"), "add.unknown"),
        (lambda api: api.log_in(LinkId("none"), "ann", "word"), "unknown.link"),
        (lambda api: api.trust(LinkId("none"), {}), "unknown.link"),
        (lambda api: api.pair("letters"), "code"),
        (lambda api: api.review("/no/such/house.ifc"), "file.missing"),
        (lambda api: api.place_in_room(PlaceholderId("none"), HALL), "unknown.placeholder"),
        (lambda api: api.mark_meter(PointId("none"), 5), "meter.none"),
        (lambda api: api.mark_meter(api.twin.points[0].id, 5), "meter.none"),
    ],
)
def test_what_cannot_be_done_is_a_problem_of_its_future_and_changes_nothing(
    contract: Contract, asked: Callable[[EngineApi], Future[object]], code: str
) -> None:
    before = contract.api.twin
    with pytest.raises(ProblemError) as caught:
        asked(contract.api).result(30)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert contract.api.twin is before
    assert contract.told() == []
    assert contract.api.undo_labels() == (None, None)


def test_a_command_is_told_pending_and_then_its_end_by_its_id(contract: Contract, lamp: PointId) -> None:
    contract.news()
    result = contract.api.command(lamp, "on").result(60)
    assert result.state is CommandState.CONFIRMED
    assert command_statuses(contract, 1) == [
        (result.command.id, CommandState.PENDING, ""), (result.command.id, CommandState.CONFIRMED, "")
    ]  # fmt: skip


@pytest.mark.parametrize("sent", [True, False], ids=["taken on", "waited for"])
def test_what_is_refused_was_never_pending(contract: Contract, lamp: PointId, *, sent: bool) -> None:
    contract.news()
    wrong = new_command(lamp, "set", 7)
    if sent:
        contract.api.send([wrong]).result(60)
    else:
        contract.api.command(lamp, "set", 7).result(60)
    ((_, state, reason),) = command_statuses(contract, 1)
    assert (state, reason) == (CommandState.FAILED, "Power switch knows on, off, toggle, not set")


def test_commands_to_many_are_answered_in_their_order(contract: Contract, lamp: PointId) -> None:
    orders = [(PointId("none"), "on", None), (lamp, "on", None), (lamp, "fly", None)]
    found = contract.api.command_many(orders).result(60)
    assert [result.command.point for result in found] == [point for point, _, _ in orders]
    assert [result.state for result in found] == [CommandState.FAILED, CommandState.CONFIRMED, CommandState.FAILED]


def test_commands_that_are_taken_on_are_told_by_the_ids_that_they_came_with(contract: Contract, lamp: PointId) -> None:
    contract.news()
    commands = [new_command(lamp, "on"), new_command(PointId("none"), "on")]
    contract.api.send(commands).result(60)
    ended = {id: state for id, state, _ in command_statuses(contract, 2) if state is not CommandState.PENDING}
    assert ended == {commands[0].id: CommandState.CONFIRMED, commands[1].id: CommandState.FAILED}


def test_charts_come_in_the_order_asked_for_and_an_unknown_point_is_an_empty_one(contract: Contract) -> None:
    points = [contract.api.twin.points[5].id, PointId("none"), contract.api.twin.points[0].id]
    found = contract.api.columns(points, 0, 86_400_000, 40).result(60)
    assert [one.point for one in found] == points
    assert len(found[1].time_ms) == 0
    for one in found:
        assert len({len(column) for column in (one.time_ms, one.low, one.high, one.mean, one.last, one.count)}) == 1
        assert len(one.time_ms) <= 40
        assert (one.time_ms[1:] > one.time_ms[:-1]).all()


def test_moments_come_in_the_order_asked_for_with_every_point(contract: Contract) -> None:
    known = {point.id for point in contract.api.twin.points}
    found = contract.api.moments([1000, 2000, 5000]).result(60)
    assert [moment.time_ms for moment in found] == [1000, 2000, 5000]
    assert all(set(moment.points) == known and len(moment.value) == len(moment.points) for moment in found)


def test_who_slept_too_long_is_told_the_newest_structure(contract: Contract) -> None:
    contract.api.bind(contract.named("New plug").id, HALL).result(60)
    contract.news()
    contract.api.resync(contract.inbox).result(60)
    assert [change.twin for change in contract.told()] == [contract.api.twin]


def test_a_result_of_the_checkout_is_one_undo_step_with_room_time_and_person(contract: Contract) -> None:
    lamp, plug = contract.named("Floor lamp"), contract.named("Fridge plug")
    contract.api.check_out([DeviceCheckout(id=one.id, verdict=CheckoutVerdict.FAILED) for one in (lamp, plug)]).result(
        60
    )
    found = {one.id: one for one in contract.api.twin.checkouts}
    assert found.keys() == {lamp.id, plug.id}
    assert (found[lamp.id].room, found[lamp.id].time_ms > 0, bool(found[lamp.id].author)) == (lamp.room, True, True)
    contract.api.undo().result(60)
    assert contract.api.twin.checkouts == ()


def test_a_result_that_contradicts_itself_or_is_of_nobody_is_refused(contract: Contract) -> None:
    lamp = contract.named("Floor lamp")
    for wrong, code in (
        (DeviceCheckout(id=lamp.id, verdict=CheckoutVerdict.PASSED), "checkout.not_all_yes"),
        (DeviceCheckout(id=DeviceId("none"), verdict=CheckoutVerdict.FAILED), "unknown.device"),
    ):
        with pytest.raises(ProblemError) as refused:
            contract.api.check_out([wrong]).result(60)
        assert refused.value.problems[0].code == code
    assert contract.api.twin.checkouts == ()

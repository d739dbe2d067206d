"""What the window may rely on, held by the engine on a real project and by the tests' own desk alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from desk_contract import DESK, ENGINE, Contract, contracts
from fake_api import LINK, home, room_id

from app.api import EngineApi
from app.i18n import sentence
from tests.english import undo_labels
from twin.model.command import CommandState
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.problem import ProblemError
from twin.model.twin import Twin

type Edit = Callable[[EngineApi], Future[None]]


@pytest.fixture(params=[ENGINE, DESK])
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Contract]:
    yield from contracts(request.param, tmp_path)


def rename_device(api: EngineApi) -> Future[None]:
    return api.rename(_id(api, "Floor lamp"), "Standing lamp")


def rename_room(api: EngineApi) -> Future[None]:
    return api.rename(_room(api, "Kitchen"), "Galley")


def bind(api: EngineApi) -> Future[None]:
    return api.bind(_id(api, "New plug"), _room(api, "Study"))


def bind_many(api: EngineApi) -> Future[None]:
    return api.bind_all({device.id: _room(api, "Hall") for device in api.twin.devices})


def unbind(api: EngineApi) -> Future[None]:
    return api.unbind(_id(api, "Floor lamp"))


def unbind_many(api: EngineApi) -> Future[None]:
    return api.unbind(*(device.id for device in api.twin.devices))


def remove(api: EngineApi) -> Future[None]:
    return api.remove(_id(api, "Floor lamp"))


def remove_link(api: EngineApi) -> Future[None]:
    return api.remove_link(LINK.id)


EDITS: dict[Edit, str] = {
    rename_device: "Rename Floor lamp to Standing lamp",
    rename_room: "Rename Kitchen to Galley",
    bind: "Put New plug into Study",
    bind_many: "Put 23 devices into rooms",
    unbind: "Take Floor lamp out",
    unbind_many: "Take 27 devices out",
    remove: "Remove Floor lamp",
    remove_link: "Remove Broker",
}
"""Every edit of the structure that the window asks for, and what undo calls it."""


def _id(api: EngineApi, name: str) -> DeviceId:
    found = api.twin.find_device(name)
    assert found is not None
    return found.id


def _room(api: EngineApi, name: str) -> RoomId:
    found = api.twin.find_room(name)
    assert found is not None
    return found.id


def plain(twin: Twin) -> tuple[object, ...]:
    """What a twin holds, whatever objects it is made of."""
    return twin.name, twin.storeys, twin.rooms, twin.links, twin.devices


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_is_told_once_before_its_answer_and_is_one_step_back_and_forth(contract: Contract, edit: Edit) -> None:
    api, before = contract.api, contract.api.twin
    assert undo_labels(api) == (None, None)
    assert edit(api).result(60) is None
    (told,) = contract.told()
    after = api.twin
    assert told.twin is after is not before
    assert plain(after) != plain(before)
    assert undo_labels(api) == (EDITS[edit], None)
    assert sentence(api.undo().result(60)) == EDITS[edit]
    (told,) = contract.told()
    assert told.twin is api.twin
    assert plain(told.twin) == plain(before)
    assert undo_labels(api) == (None, EDITS[edit])
    assert sentence(api.redo().result(60)) == EDITS[edit]
    (told,) = contract.told()
    assert plain(told.twin) == plain(after)
    assert undo_labels(api) == (EDITS[edit], None)


@pytest.mark.parametrize("edit", [rename_device, bind, unbind, remove], ids=lambda edit: edit.__name__)
def test_what_an_edit_does_not_touch_stays_the_same_object(contract: Contract, edit: Edit) -> None:
    before = contract.api.twin
    edit(contract.api).result(60)
    after = contract.api.twin
    assert after.rooms is before.rooms
    assert after.storeys is before.storeys
    assert after.links is before.links
    others = [device for device in after.devices if device.name not in ("Standing lamp", "New plug", "Floor lamp")]
    assert len(others) >= 25
    assert all(device is before.device_of[device.id] for device in others)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda api: api.bind(DeviceId("none"), api.twin.rooms[0].id), "unknown.device"),
        (lambda api: api.bind(api.twin.devices[0].id, RoomId("none")), "unknown.room"),
        (lambda api: api.bind_all({api.twin.devices[0].id: RoomId("none")}), "unknown.room"),
        (lambda api: api.unbind(DeviceId("none")), "unknown.device"),
        (lambda api: api.rename(DeviceId("none"), "Name"), "unknown.device"),
        (lambda api: api.rename(api.twin.devices[0].id, " \t "), "project.name"),
        (lambda api: api.remove_link(LinkId("none")), "unknown.link"),
    ],
)
def test_what_is_refused_says_so_by_its_future_and_changes_nothing(contract: Contract, edit: Edit, code: str) -> None:
    before = contract.api.twin
    with pytest.raises(ProblemError) as caught:
        edit(contract.api).result(60)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert contract.api.twin is before
    assert contract.told() == []
    assert undo_labels(contract.api) == (None, None)


@pytest.mark.parametrize(
    "edit",
    [
        lambda api: api.rename(_id(api, "Floor lamp"), "Floor lamp"),
        lambda api: api.bind_all({_id(api, "Floor lamp"): _room(api, "Living room")}),
        lambda api: api.bind_all({}),
        lambda api: api.unbind(_id(api, "New plug")),
        lambda api: api.remove(DeviceId("none")),
    ],
)
def test_what_changes_nothing_is_no_step_and_no_news(contract: Contract, edit: Edit) -> None:
    before = contract.api.twin
    edit(contract.api).result(60)
    assert contract.api.twin is before
    assert contract.told() == []
    assert undo_labels(contract.api) == (None, None)


def test_where_nothing_can_be_taken_back_undo_says_none(contract: Contract) -> None:
    assert contract.api.undo().result(60) is None
    assert contract.api.redo().result(60) is None
    assert contract.told() == []


def test_a_new_edit_forgets_what_was_undone(contract: Contract) -> None:
    rename_device(contract.api).result(60)
    contract.api.undo().result(60)
    bind(contract.api).result(60)
    assert undo_labels(contract.api) == (EDITS[bind], None)
    assert contract.api.redo().result(60) is None


def test_a_command_to_nothing_fails_by_its_result(contract: Contract) -> None:
    result = contract.api.command(PointId("none"), "on").result(60)
    assert (result.state, sentence(result.reason)) == (CommandState.FAILED, "there is no such point")


def test_a_setting_comes_back_as_it_was_kept(contract: Contract) -> None:
    assert contract.api.setting("last_view").result(60) is None
    contract.api.keep_setting("last_view", {"storey": "upper", "cut": 1.5}).result(60)
    assert contract.api.setting("last_view").result(60) == {"storey": "upper", "cut": 1.5}
    assert contract.told() == []


def test_rooms_of_the_test_home_are_those_of_its_project(contract: Contract) -> None:
    assert {room.name for room in contract.api.twin.rooms} == {room.name for room in home().rooms}
    assert contract.named("Floor lamp").room == _room(contract.api, "Living room")
    assert room_id("Kitchen") in {room.id for room in home().rooms}

"""What the window may rely on, held by the engine on a real project and by the tests' own desk alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from fake_api import LINK, FakeDesk, home, room_id

from app.actions import Desk
from app.engine.engine import Engine
from app.inbox import Inbox
from app.settings import Settings
from twin.model.building import Building, Source
from twin.model.change import TwinChanged
from twin.model.command import CommandState
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId, PointId, RoomId
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.store.project import Project, UndoEntry

type Edit = Callable[[Desk], Future[None]]


class Contract:
    """A desk and what it tells."""

    def __init__(self, desk: Desk, inbox: Inbox) -> None:
        self.desk, self._inbox = desk, inbox

    def told(self) -> list[TwinChanged]:
        """The snapshots that were told since the last call."""
        return [change for change in self._inbox.drain()[1] if isinstance(change, TwinChanged)]

    def named(self, name: str) -> Device:
        """A device by its name."""
        found = self.desk.twin.find_device(name)
        assert found is not None
        return found


@pytest.fixture(params=["engine on a real project", "the desk of the tests"])
def contract(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Contract]:
    if request.param == "the desk of the tests":
        desk = FakeDesk()
        yield Contract(desk, desk.inbox)
        return
    path, twin = tmp_path / "home.oikos", home()
    source = Source(path="home.ifc", sha256="0" * 64, importer="test 1")
    with Project.create(path, name=twin.name) as project, project.recording(UndoEntry(logged=False)):
        project.set_building(Building(source=source, storeys=twin.storeys, rooms=twin.rooms))
        for link in twin.links:
            project.add_link(link)
        project.put_devices(twin.devices)
    engine = Engine(tmp_path / "engine", settings=Settings(tmp_path / "settings.toml"))
    engine.ground.__dict__["adapters"] = {}
    engine.start()
    try:
        engine.open(path).result(30)
        made = Contract(engine, engine.inbox)
        made.told()
        yield made
    finally:
        engine.stop()


def rename_device(desk: Desk) -> Future[None]:
    return desk.rename(_id(desk, "Floor lamp"), "Standing lamp")


def rename_room(desk: Desk) -> Future[None]:
    return desk.rename(_room(desk, "Kitchen"), "Galley")


def bind(desk: Desk) -> Future[None]:
    return desk.bind(_id(desk, "New plug"), _room(desk, "Study"))


def bind_many(desk: Desk) -> Future[None]:
    return desk.bind_all({device.id: _room(desk, "Hall") for device in desk.twin.devices})


def unbind(desk: Desk) -> Future[None]:
    return desk.unbind(_id(desk, "Floor lamp"))


def unbind_many(desk: Desk) -> Future[None]:
    return desk.unbind(*(device.id for device in desk.twin.devices))


def remove(desk: Desk) -> Future[None]:
    return desk.remove(_id(desk, "Floor lamp"))


def remove_link(desk: Desk) -> Future[None]:
    return desk.remove_link(LINK.id)


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


def _id(desk: Desk, name: str) -> DeviceId:
    found = desk.twin.find_device(name)
    assert found is not None
    return found.id


def _room(desk: Desk, name: str) -> RoomId:
    found = desk.twin.find_room(name)
    assert found is not None
    return found.id


def plain(twin: Twin) -> tuple[object, ...]:
    """What a twin holds, whatever objects it is made of."""
    return twin.name, twin.storeys, twin.rooms, twin.links, twin.devices


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_is_told_once_before_its_answer_and_is_one_step_back_and_forth(contract: Contract, edit: Edit) -> None:
    desk, before = contract.desk, contract.desk.twin
    assert desk.undo_labels() == (None, None)
    assert edit(desk).result(20) is None
    (told,) = contract.told()
    after = desk.twin
    assert told.twin is after is not before
    assert plain(after) != plain(before)
    assert desk.undo_labels() == (EDITS[edit], None)
    assert desk.undo().result(20) == EDITS[edit]
    (told,) = contract.told()
    assert told.twin is desk.twin
    assert plain(told.twin) == plain(before)
    assert desk.undo_labels() == (None, EDITS[edit])
    assert desk.redo().result(20) == EDITS[edit]
    (told,) = contract.told()
    assert plain(told.twin) == plain(after)
    assert desk.undo_labels() == (EDITS[edit], None)


@pytest.mark.parametrize("edit", [rename_device, bind, unbind, remove], ids=lambda edit: edit.__name__)
def test_what_an_edit_does_not_touch_stays_the_same_object(contract: Contract, edit: Edit) -> None:
    before = contract.desk.twin
    edit(contract.desk).result(20)
    after = contract.desk.twin
    assert after.rooms is before.rooms
    assert after.storeys is before.storeys
    assert after.links is before.links
    others = [device for device in after.devices if device.name not in ("Standing lamp", "New plug", "Floor lamp")]
    assert len(others) >= 25
    assert all(device is before.device_of[device.id] for device in others)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda desk: desk.bind(DeviceId("none"), desk.twin.rooms[0].id), "unknown.device"),
        (lambda desk: desk.bind(desk.twin.devices[0].id, RoomId("none")), "unknown.room"),
        (lambda desk: desk.bind_all({desk.twin.devices[0].id: RoomId("none")}), "unknown.room"),
        (lambda desk: desk.unbind(DeviceId("none")), "unknown.device"),
        (lambda desk: desk.rename(DeviceId("none"), "Name"), "unknown.device"),
        (lambda desk: desk.rename(desk.twin.devices[0].id, " \t "), "project.name"),
        (lambda desk: desk.remove_link(LinkId("none")), "unknown.link"),
    ],
)
def test_what_is_refused_says_so_by_its_future_and_changes_nothing(contract: Contract, edit: Edit, code: str) -> None:
    before = contract.desk.twin
    with pytest.raises(ProblemError) as caught:
        edit(contract.desk).result(20)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert contract.desk.twin is before
    assert contract.told() == []
    assert contract.desk.undo_labels() == (None, None)


@pytest.mark.parametrize(
    "edit",
    [
        lambda desk: desk.rename(_id(desk, "Floor lamp"), "Floor lamp"),
        lambda desk: desk.bind_all({_id(desk, "Floor lamp"): _room(desk, "Living room")}),
        lambda desk: desk.bind_all({}),
        lambda desk: desk.unbind(_id(desk, "New plug")),
        lambda desk: desk.remove(DeviceId("none")),
    ],
)
def test_what_changes_nothing_is_no_step_and_no_news(contract: Contract, edit: Edit) -> None:
    before = contract.desk.twin
    edit(contract.desk).result(20)
    assert contract.desk.twin is before
    assert contract.told() == []
    assert contract.desk.undo_labels() == (None, None)


def test_where_nothing_can_be_taken_back_undo_says_none(contract: Contract) -> None:
    assert contract.desk.undo().result(20) is None
    assert contract.desk.redo().result(20) is None
    assert contract.told() == []


def test_a_new_edit_forgets_what_was_undone(contract: Contract) -> None:
    rename_device(contract.desk).result(20)
    contract.desk.undo().result(20)
    bind(contract.desk).result(20)
    assert contract.desk.undo_labels() == (EDITS[bind], None)
    assert contract.desk.redo().result(20) is None


def test_a_command_to_nothing_fails_by_its_result(contract: Contract) -> None:
    result = contract.desk.command(PointId("none"), "on").result(20)
    assert (result.state, result.reason) == (CommandState.FAILED, "no such point")


def test_a_setting_comes_back_as_it_was_kept(contract: Contract) -> None:
    assert contract.desk.setting("view").result(20) is None
    contract.desk.keep("view", {"storey": "upper", "cut": 1.5}).result(20)
    assert contract.desk.setting("view").result(20) == {"storey": "upper", "cut": 1.5}
    assert contract.told() == []


def test_rooms_of_the_test_home_are_those_of_its_project(contract: Contract) -> None:
    assert {room.name for room in contract.desk.twin.rooms} == {room.name for room in home().rooms}
    assert contract.named("Floor lamp").room == _room(contract.desk, "Living room")
    assert room_id("Kitchen") in {room.id for room in home().rooms}

"""A building file on its way into the window: dropped, reviewed, decided, taken; and one that changed on disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from fake_api import FakeDesk, done
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton

from app.view.i18n import set_language
from app.view.panel.building_tree_model import BuildingTreeModel
from app.view.panel.import_review import ReviewSheet
from app.view.window import MainWindow
from tests.english import plain
from twin.model.building import Building, Source
from twin.model.change import ImportPreviewed, ProblemRaised, TwinChanged
from twin.model.device import Orphan
from twin.model.ids import PlaceholderId, RoomId
from twin.model.import_review import LostRoom, Recognised, Review
from twin.model.problem import ProblemError, Severity
from twin.model.space import Placeholder
from twin.model.twin import Twin

FILE = "/plans/maple & co.ifc"


def review(api: FakeDesk, *, first: bool = False) -> Review:
    """The last room is lost and has devices, the first is renamed, the second moved; one is new."""
    rooms = api.twin.rooms
    renamed, moved, *kept, lost = rooms
    devices = tuple(device.id for device in api.twin.devices[:2])
    fresh = replace(kept[0], id=RoomId("fresh"), name="Conservatory", number="")
    return Review(
        path=FILE,
        source="1",
        files=() if first else (("1", "maple.ifc"), ("2", "lights.ifc")),
        building=Building(source=Source(path=FILE, sha256="x", importer="test 1")),
        pairs=(
            Recognised(old=renamed, new=replace(renamed, name="Salon"), by="guid", renamed=True, moved=True),
            Recognised(old=moved, new=moved, by="shape", moved=True),
            *(Recognised(old=room, new=room, by="guid") for room in kept),
        ),
        new=(fresh,),
        lost=(LostRoom(room=lost, devices=devices, suggestion=moved.id),),
        rooms=(renamed, moved, *kept, fresh),
    )


@pytest.fixture
def opened(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> ReviewSheet:
    """The sheet for a file that was read."""
    api.reviews = {"": review(api), "2": replace(review(api), source="2"), "+": replace(review(api), source="3")}
    window.effects.importing.import_files(FILE)
    live(window)
    sheet = window.effects.importing.sheet
    assert sheet is not None
    return sheet


def said(api: FakeDesk, what: str) -> list[tuple[object, ...]]:
    return [args for asked, args in api.asked if asked == what]


def test_five_groups_say_how_many_rooms_they_hold(opened: ReviewSheet, api: FakeDesk) -> None:
    counts = {name: group.count for name, group in opened.groups.items()}
    assert counts == {"lost": 1, "renamed": 1, "moved": 1, "new": 1, "kept": len(api.twin.rooms) - 3}
    assert "maple & co.ifc" in opened.heading.text()
    assert said(api, "accept") == []


def test_apply_carries_the_decisions_and_cancel_changes_nothing(
    opened: ReviewSheet, window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lost = api.twin.rooms[-1].id
    assert opened.decisions == {lost: api.twin.rooms[1].id}
    choice = opened.choices[lost]
    choice.list_rooms()
    choice.list_rooms()
    assert [action.text() for action in choice.menu().actions()[:2]] == [
        "Keep as orphans", f"Move to {api.twin.rooms[1].title}",
    ]  # fmt: skip
    choice.menu().actions()[0].trigger()
    opened.apply.click()
    live(window)
    ((taken, decisions),) = said(api, "accept")
    assert taken == api.reviews[""].id
    assert decisions == {lost: None}
    assert window.effects.importing.sheet is None
    window.effects.importing.import_files(FILE)
    live(window)
    again = window.effects.importing.sheet
    assert again is not None
    again.cancel.click()
    live(window)
    assert len(said(api, "accept")) == 1


def test_another_file_to_replace_shows_another_reading(
    opened: ReviewSheet, window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    menu = opened.role.menu()
    assert [action.text() for action in menu.actions()] == [
        "Replaces maple.ifc", "Replaces lights.ifc", "Comes beside the others",
    ]  # fmt: skip
    menu.actions()[1].trigger()
    live(window)
    assert said(api, "review")[-1][1] == "2"
    assert opened.review.source == "2"
    assert opened.role.accessibleName() == "Replaces lights.ifc"


def test_the_first_building_needs_no_review(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    api.reviews = {"": review(api, first=True)}
    window.effects.importing.import_files(FILE)
    live(window)
    assert len(said(api, "accept")) == 1
    assert window.effects.importing.sheet is None


def test_files_that_wait_come_one_after_the_other(
    opened: ReviewSheet, window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    window.effects.importing.import_files("/plans/second.ifc")
    live(window)
    assert [args[0] for args in said(api, "review")] == [FILE]
    opened.cancel.click()
    live(window)
    assert [args[0] for args in said(api, "review")] == [FILE, "/plans/second.ifc"]


def test_a_file_that_cannot_be_read_is_a_problem_and_a_stopped_one_is_not(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    for code, count in (("import.cancelled", 0), ("file.unreadable", 1)):
        failed: Future[Any] = Future()
        failed.set_exception(ProblemError(plain("It did not work", "Try another", code=code)))
        api.answers["review"] = failed
        window.effects.importing.import_files(FILE)
        live(window)
        assert len(window.feed.problems) == count
        assert window.toast.label.text() == "It did not work"


def drop(window: MainWindow, *paths: str) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    kinds = (QEvent.Type.DragEnter, QEvent.Type.Drop)
    enter, let_go = (
        QDropEvent(
            QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier, kind,
        )
        for kind in kinds
    )  # fmt: skip
    enter.ignore()
    importing = window.effects.importing
    return importing.eventFilter(window, enter) and enter.isAccepted() and importing.eventFilter(window, let_go)


def test_a_building_dropped_onto_the_window_is_read(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.reviews = {"": review(api)}
    assert not drop(window, "/home/me/holiday.jpg")
    assert drop(window, FILE)
    live(window)
    assert said(api, "review") == [(FILE, "")]
    assert drop(window, "/home/me/other.oikos")
    live(window)
    assert said(api, "open_project") == [("/home/me/other.oikos",)]


def test_without_a_project_a_dropped_building_makes_one(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk, live: Callable[..., None], tmp_path: Any
) -> None:
    api.path = ""
    window = make_window(api)
    (tmp_path / "house.oikos").touch()
    drop(window, str(tmp_path / "house.ifc"))
    live(window)
    assert said(api, "new_project") == [(str(tmp_path / "house 2.oikos"), str(tmp_path / "house.ifc"))]


def test_a_building_file_that_changed_is_offered_for_review(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.reviews = {"": review(api)}
    note = plain('The building file has changed: a.ifc', 'Import it again', code='building.changed', where=FILE, severity=Severity.NOTE)  # fmt: skip
    api.inbox.put_change(ProblemRaised(note))
    live(window)
    assert window.toast.isVisible()
    assert window.toast.verb.text() == "Review"
    window.toast.verb.click()
    live(window)
    assert said(api, "review") == [(FILE, "")]
    sheet = window.effects.importing.sheet
    assert sheet is not None
    sheet.cancel.click()
    window.show_panel("problems", True)
    live(window)
    buttons = window.parts["problems"].findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Review").click()
    live(window)
    assert len(said(api, "review")) == 2


def test_orphans_stand_in_the_tree_by_themselves_and_say_where_they_were(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    devices = (replace(lamp, room=None, position_m=None), *api.twin.devices[1:])
    orphan = Orphan(lamp.id, RoomId("gone"), "Winter garden", None)
    outline = BuildingTreeModel(lambda _: "")
    outline.show_twin(replace(api.twin, devices=devices, orphans=(orphan,)), "")
    (group,) = [node for node in outline.root.children if node.title == "Orphans"]
    assert [node.id for node in group.children] == [lamp.id]
    assert "Winter garden" in str(outline.data(outline.index_of(lamp.id), Qt.ItemDataRole.ToolTipRole))
    assert all(node.id != lamp.id for other in outline.root.children if other is not group for node in other.children)


def test_the_review_speaks_chinese(app: object, window: MainWindow, api: FakeDesk) -> None:
    set_language("zh_CN")
    sheet = ReviewSheet(review(api), api.twin, window)
    assert sheet.apply.text() == "应用"
    sheet.deleteLater()
    set_language("en")


def test_a_sheet_of_many_rooms_lists_some_and_counts_the_rest(window: MainWindow, api: FakeDesk) -> None:
    base = review(api)
    many = replace(base, new=tuple(replace(base.new[0], id=RoomId(f"n{n}")) for n in range(500)))
    sheet = ReviewSheet(many, api.twin, window)
    assert sheet.groups["new"].count == 500
    assert sheet.groups["new"].column.count() < 110
    sheet.deleteLater()
    assert done(None).done()


def test_devices_that_wait_for_a_room_are_listed_with_those_that_claim_them(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    one, other, *_ = api.twin.rooms
    holder = Placeholder(
        id=PlaceholderId("p"),
        kind="light",
        name="Wall lamp",
        storey=one.storey,
        room=None,
        candidates=(one.id, other.id),
        source_id="lamp-1",
    )
    api.change(replace(api.twin, placeholders=(holder,)))
    live(window)
    outline = window.parts["tree"].model  # type: ignore[attr-defined]
    node = outline.node(outline.index_of("p"))
    assert node.title == f"Light: {one.title} / {other.title}?"
    assert node.note == "Wall lamp"
    offers = window.effects._entries("planned", "p")
    assert [text for text, _, _ in offers] == [f"Put into {one.title}", f"Put into {other.title}"]
    offers[1][2]()
    live(window)
    assert said(api, "place") == [(holder.id, other.id)]


def glimpse(api: FakeDesk, *, rooms: bool) -> ImportPreviewed:
    building = Building(source=Source(path="", sha256="", importer=""))
    return ImportPreviewed(replace(building, storeys=api.twin.storeys, rooms=api.twin.rooms) if rooms else building)


@pytest.fixture
def arrivals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was shown of buildings on their way, in words."""
    told: list[str] = []

    class Told:
        def __init__(self, view: object) -> None: ...
        def show_rooms(self, building: Building) -> None:
            told.append(f"{len(building.rooms)} rooms")

        def add_mesh(self, mesh: object) -> None:
            told.append("walls")

        def remove_rooms(self) -> None:
            told.append("settled")

        def remove_all(self) -> None:
            told.append("left")

    monkeypatch.setattr("app.view.scene.import_preview.ImportPreview", Told)
    return told


@pytest.fixture
def empty_window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    """A window before any project."""
    home, api.twin, api.path = api.twin, Twin(), ""
    made = make_window(api)
    api.twin = home
    return made


def test_the_first_building_is_seen_while_it_is_read_and_until_it_is_there(
    empty_window: MainWindow, api: FakeDesk, arrivals: list[str], live: Callable[..., None]
) -> None:
    assert empty_window.pages.currentIndex() == 0
    for one in (glimpse(api, rooms=True), glimpse(api, rooms=False)):
        api.inbox.put_change(one)
    live(empty_window)
    assert empty_window.pages.currentIndex() == 1
    assert arrivals == [f"{len(api.twin.rooms)} rooms", "walls"]
    api.inbox.put_change(TwinChanged(Twin(name="Maple")))  # the project is made before the building is in it
    live(empty_window)
    assert arrivals[2:] == []
    assert empty_window.pages.currentIndex() == 1
    api.inbox.put_change(TwinChanged(api.twin))
    live(empty_window)
    assert arrivals[2:] == ["settled", "left"]


def test_a_language_chosen_meanwhile_leaves_the_building_that_is_read_in_the_picture(
    empty_window: MainWindow,
    api: FakeDesk,
    arrivals: list[str],
    live: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api.inbox.put_change(glimpse(api, rooms=True))
    live(empty_window)
    assert empty_window.scene is not None
    shown = list[Twin]()
    monkeypatch.setattr(empty_window.scene, "set_twin", shown.append)
    empty_window.set_language("zh_CN")
    assert shown == []
    api.inbox.put_change(ImportPreviewed(None))
    live(empty_window)
    shown.clear()
    empty_window.set_language("en")
    assert len(shown) == 1


def test_a_building_that_does_not_come_after_all_leaves_the_first_page(
    empty_window: MainWindow, api: FakeDesk, arrivals: list[str], live: Callable[..., None]
) -> None:
    api.inbox.put_change(glimpse(api, rooms=True))
    live(empty_window)
    api.inbox.put_change(ImportPreviewed(None))
    live(empty_window)
    assert arrivals[1:] == ["left"]
    assert empty_window.pages.currentIndex() == 0


def test_a_building_in_the_project_is_not_covered_by_one_on_its_way(
    window: MainWindow, api: FakeDesk, arrivals: list[str], live: Callable[..., None]
) -> None:
    api.inbox.put_change(glimpse(api, rooms=True))
    live(window)
    assert arrivals == []

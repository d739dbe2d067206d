"""The plan editor by mouse and key: walls, doors, names, undo, scale; what is kept is what was drawn."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_api import FakeDesk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app.inbox import Inbox
from app.selection import Selection
from app.view.feed import Feed
from app.view.plan.backdrop_image import read
from app.view.plan.context_menu import menu_entries
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.plan_editor import PlanEditor
from app.view.window import MainWindow
from tests.english import plain
from twin.model import drawing_edits, storey_edits
from twin.model.document_page import DocumentPage
from twin.model.drawing import DrawingWithPictures, OpeningKind, Spot, empty
from twin.model.problem import ProblemError

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
BOX = ((1.0, 1.0), (5.0, 1.0), (5.0, 4.0), (1.0, 4.0))


@pytest.fixture
def feed(app: QApplication, api: FakeDesk) -> Iterator[Feed]:
    """A feed that the test drives."""
    made = Feed(api, Inbox(), Selection())
    yield made
    made.stop()


@pytest.fixture
def editor(app: QApplication, feed: Feed) -> Iterator[PlanEditor]:
    """An empty plan, 100 pixels a metre or so."""
    made = PlanEditor(feed, DrawingWithPictures(empty("House", "x")))
    made.resize(1100, 760)
    made.show()
    feed.tick()
    yield made
    made.release()
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]
    app.processEvents()


def px(editor: PlanEditor, at: Spot) -> QPoint:
    """Where a spot is on the sheet."""
    return editor.canvas.viewport.px(at).toPoint()


def click(editor: PlanEditor, *spots: Spot, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Clicks on the plan, the mouse moving there first."""
    for at in spots:
        QTest.mouseMove(editor.canvas, px(editor, at))
        QTest.mouseClick(editor.canvas, LEFT, keys, px(editor, at))


def drag(editor: PlanEditor, start: Spot, end: Spot) -> None:
    """Press, move in steps, release."""
    QTest.mousePress(editor.canvas, LEFT, PLAIN, px(editor, start))
    for share in (0.3, 0.7, 1.0):
        at = tuple(a + (b - a) * share for a, b in zip(start, end, strict=True))
        QTest.mouseMove(editor.canvas, px(editor, at))  # type: ignore[arg-type]
    QTest.mouseRelease(editor.canvas, LEFT, PLAIN, px(editor, end))


def rooms(editor: PlanEditor, feed: Feed) -> list[float]:
    """Areas of the rooms that were found."""
    feed.tick()
    feed.tick()
    return [round(room.area_m2, 2) for room in editor.canvas.rooms]


def test_four_clicks_and_the_first_again_make_a_room_of_the_right_area(editor: PlanEditor, feed: Feed) -> None:
    click(editor, *BOX, BOX[0])
    assert [wall.length_m for wall in editor.draft.storey.walls] == pytest.approx([4, 3, 4, 3])
    assert editor.canvas.tool.is_idle  # closing the ring ended the chain
    assert rooms(editor, feed) == [round(3.88 * 2.88, 2)]


def test_a_typed_length_is_exact(editor: PlanEditor) -> None:
    click(editor, (1.0, 1.0))
    QTest.mouseMove(editor.canvas, px(editor, (3.0, 1.0)))
    QTest.keyClicks(editor.canvas, "3.47")
    QTest.keyClick(editor.canvas, Qt.Key.Key_Return)
    assert editor.draft.storey.walls[0].b == (4.47, 1.0)
    QTest.mouseMove(editor.canvas, px(editor, (4.47, 3.0)))
    QTest.keyClicks(editor.canvas, "180cm")
    QTest.keyClick(editor.canvas, Qt.Key.Key_Return)
    assert editor.draft.storey.walls[1].length_m == pytest.approx(1.8)
    QTest.keyClick(editor.canvas, Qt.Key.Key_Escape)
    assert editor.canvas.tool.is_idle


def test_a_dragged_rectangle_is_a_room_and_its_neighbour_shares_the_wall(editor: PlanEditor, feed: Feed) -> None:
    QTest.keyClick(editor.canvas, Qt.Key.Key_B)
    drag(editor, (1.0, 1.0), (5.0, 4.0))
    assert len(editor.draft.storey.walls) == 4
    click(editor, (5.0, 1.0), (8.0, 4.0))
    assert len(editor.draft.storey.walls) == 7
    assert len(rooms(editor, feed)) == 2
    editor.undo()
    assert len(editor.draft.storey.walls) == 4


def test_undo_within_a_chain_goes_on_from_the_corner_before(editor: PlanEditor) -> None:
    click(editor, *BOX[:3])
    QTest.keyClick(editor.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(editor.draft.storey.walls) == 1
    click(editor, (5.0, 3.0))
    assert (editor.draft.storey.walls[1].a, editor.draft.storey.walls[1].b) == ((5.0, 1.0), (5.0, 3.0))
    for _ in range(3):
        editor.undo()
    assert not editor.draft.storey.walls
    assert editor.canvas.tool.is_idle


def test_a_crooked_hand_draws_straight_walls(editor: PlanEditor) -> None:
    click(editor, (1.0, 1.0), (4.02, 1.04))
    wall = editor.draft.storey.walls[0]
    assert wall.b[1] == 1.0


def test_a_door_goes_into_the_wall_that_is_clicked_and_undo_takes_it_out(editor: PlanEditor, feed: Feed) -> None:
    click(editor, *BOX, BOX[0])
    QTest.keyClick(editor.canvas, Qt.Key.Key_D)
    click(editor, (3.0, 1.05))
    door = editor.draft.storey.openings[0]
    assert (door.kind, door.wall) == (OpeningKind.DOOR, editor.draft.storey.walls[0].id)
    QTest.keyClick(editor.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not editor.draft.storey.openings
    QTest.keyClick(editor.canvas, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert editor.draft.storey.openings == (door,)


def test_every_edit_can_be_taken_back_to_the_empty_sheet(editor: PlanEditor) -> None:
    start = editor.draft.drawing
    click(editor, *BOX, BOX[0])
    QTest.keyClick(editor.canvas, Qt.Key.Key_N)
    click(editor, (3.0, 4.0))
    end = editor.draft.drawing
    for _ in range(5):
        editor.undo()
    assert editor.draft.drawing == start
    for _ in range(5):
        editor.redo()
    assert editor.draft.drawing == end


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0, 8), st.floats(0, 6)), max_size=20))
def test_whatever_was_done_undo_goes_all_the_way_back_and_redo_forward(
    feed: Feed, edits: list[tuple[int, float, float]]
) -> None:
    start = empty("House", "x")
    draft = PlanDraft(feed, DrawingWithPictures(start))
    for what, x, y in edits:
        match what:
            case 0:
                draft.edit(lambda storey, x=x, y=y: drawing_edits.add_wall(storey, (1.0, 1.0), (x, y)))
            case 1:
                draft.edit(lambda storey, x=x, y=y: drawing_edits.add_box(storey, (0.0, 0.0), (x, y)))
            case 2:
                draft.edit(lambda storey, x=x, y=y: drawing_edits.add_opening(storey, OpeningKind.DOOR, (x, y)))
            case 3:
                draft.edit(lambda storey, x=x, y=y: drawing_edits.name_room(storey, (x, y), "Room"))
            case 4:
                draft.edit_all(lambda drawing: storey_edits.add_storey(drawing, "Up", copy=True))
            case 5:
                draft.pick([thing.id for thing in draft.storey.walls[:1]])
                draft.remove()
            case _:
                draft.undo()
    end, steps = draft.drawing, len(draft._past)
    for _ in range(steps):
        draft.undo()
    assert draft.drawing == start
    for _ in range(steps):
        draft.redo()
    assert draft.drawing == end


def test_two_doors_in_one_place_are_refused_in_words(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("door")
    click(editor, (3.0, 1.0), (3.2, 1.0))
    assert len(editor.draft.storey.openings) == 1
    assert "already" in editor.toast.label.text()


def test_dragging_a_wall_moves_it_sideways_in_one_undo_step(editor: PlanEditor, feed: Feed) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("select")
    drag(editor, (5.0, 2.5), (6.0, 2.7))
    assert {wall.a[0] for wall in editor.draft.storey.walls} == {1.0, 6.0}
    assert rooms(editor, feed) == [round(4.88 * 2.88, 2)]
    editor.undo()
    assert {wall.a[0] for wall in editor.draft.storey.walls} == {1.0, 5.0}


def test_a_corner_of_a_selected_wall_is_dragged_with_both_walls(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("select")
    click(editor, (3.0, 1.0))
    drag(editor, (5.0, 1.0), (6.0, 0.5))
    assert sum((6.0, 0.5) in (wall.a, wall.b) for wall in editor.draft.storey.walls) == 2


def test_escape_puts_back_what_is_dragged(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("select")
    before = editor.draft.storey
    QTest.mousePress(editor.canvas, LEFT, PLAIN, px(editor, (5.0, 2.5)))
    QTest.mouseMove(editor.canvas, px(editor, (5.5, 2.5)))
    QTest.mouseMove(editor.canvas, px(editor, (6.5, 2.5)))
    assert editor.draft.storey != before
    QTest.keyClick(editor.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(editor.canvas, LEFT, PLAIN, px(editor, (6.5, 2.5)))
    assert editor.draft.storey == before


def test_a_band_selects_and_delete_deletes(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("select")
    drag(editor, (0.5, 0.5), (5.5, 1.5))
    assert len(editor.draft.picked) == 1
    QTest.keyClick(editor.canvas, Qt.Key.Key_Delete)
    assert len(editor.draft.storey.walls) == 3


def test_a_room_is_named_on_the_plan(editor: PlanEditor, feed: Feed) -> None:
    click(editor, *BOX, BOX[0])
    rooms(editor, feed)
    QTest.keyClick(editor.canvas, Qt.Key.Key_R)
    click(editor, (3.0, 2.5))
    asking = editor.canvas._asking
    assert asking is not None
    QTest.keyClicks(asking, "Kitchen")
    QTest.keyClick(asking, Qt.Key.Key_Return)
    assert [label.name for label in editor.draft.storey.names] == ["Kitchen"]
    rooms(editor, feed)
    assert editor.canvas.rooms[0].name == "Kitchen"


def test_a_thickness_typed_into_the_strip_reaches_the_wall(editor: PlanEditor) -> None:
    click(editor, (1.0, 1.0), (5.0, 1.0))
    editor.use("select")
    click(editor, (3.0, 1.0))
    field = editor.strip.thick
    field.selectAll()
    QTest.keyClicks(field, "24")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert editor.draft.storey.walls[0].thickness_m == pytest.approx(0.24)
    field.selectAll()
    QTest.keyClicks(field, "9999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert editor.draft.storey.walls[0].thickness_m == pytest.approx(0.24)


def test_two_points_and_a_typed_distance_scale_the_picture(editor: PlanEditor, tmp_path: Path) -> None:
    path = f"{tmp_path}/plan.png"
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(0xFFEEEEEE)
    image.save(path)
    editor.tracing.load_backdrop(path)
    back = editor.draft.storey.backdrop
    assert back is not None
    editor.use("scale")
    x, y = back.origin
    start, end = (x + 200 * back.m_per_px, y - 1.0), (x + 600 * back.m_per_px, y - 1.0)
    click(editor, start, end)
    asking = editor.canvas._asking
    assert asking is not None
    QTest.keyClicks(asking, "10 m")
    QTest.keyClick(asking, Qt.Key.Key_Return)
    scaled = editor.draft.storey.backdrop
    assert scaled is not None
    assert scaled.m_per_px == pytest.approx(10 / 400, rel=0.02)


def test_a_page_of_a_pdf_is_asked_of_the_engine_and_traced(editor: PlanEditor, feed: Feed, api: FakeDesk) -> None:
    api.pages = Future()
    api.pages.set_result(DocumentPage(rgb=bytes(300 * 200 * 3), width_px=300, height_px=200, m_per_px=0.001, pages=3))
    editor.tracing.load_backdrop("/somewhere/plan.pdf")
    feed.tick()
    back = editor.draft.storey.backdrop
    assert back is not None
    assert back.m_per_px == pytest.approx(0.1)
    assert editor.tracing.page.maximum() == 3
    api.pages = Future()
    api.pages.set_exception(ProblemError(plain("The PDF is locked with a password", "x", code="page.locked")))
    editor.tracing.load_backdrop("/somewhere/other.pdf")
    feed.tick()
    assert "password" in editor.toast.label.text()


def test_a_dxf_lies_behind_the_plan_to_scale_with_layers_to_hide_and_corners_to_draw_to(
    editor: PlanEditor, feed: Feed, api: FakeDesk
) -> None:
    corners = np.array([[100.0, 50.0]], np.float32)
    page = DocumentPage(
        rgb=bytes(300 * 200 * 3), width_px=300, height_px=200, m_per_px=0.02, pages=1, unit="in",
        layers=("WALLS", "ref$0$NOTES"), corners=corners,
    )  # fmt: skip
    api.pages = Future()
    api.pages.set_result(page)
    editor.tracing.load_backdrop("/somewhere/plan.dxf")
    feed.tick()
    back = editor.draft.storey.backdrop
    assert back is not None
    assert back.m_per_px == pytest.approx(0.02)
    assert "1 in" in editor.toast.label.text()
    corner = back.origin[0] + 2.0, back.origin[1] - 1.0
    assert editor.canvas.caught((corner[0] + 0.03, corner[1] - 0.02)).at == pytest.approx(corner, abs=1e-3)
    editor.draft.edit(lambda storey: replace(storey, backdrop=replace(back, m_per_px=0.5)))
    editor.tracing.show_page(page)
    assert editor.draft.storey.backdrop is not None
    assert editor.draft.storey.backdrop.m_per_px == 0.5, "with other layers it stays as it was scaled"
    editor.tracing.load_backdrop("/somewhere/other.dxf")
    feed.tick()
    assert editor.draft.storey.backdrop.m_per_px == pytest.approx(0.02), "another drawing has another scale"
    editor.tracing.load_backdrop("/somewhere/plan.dxf")
    feed.tick()
    notes = editor.tracing.layers.menu().actions()[1]
    assert notes.text() == "NOTES"
    api.pages = None
    notes.setChecked(False)
    assert api.asked[-1] == ("page", ("/somewhere/plan.dxf", 0, ("ref$0$NOTES",)))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n nonsense", b"GIF89a" + bytes(64)])
def test_a_picture_that_is_none_is_refused(tmp_path: Path, content: bytes, app: QApplication) -> None:
    (tmp_path / "plan.png").write_bytes(content)
    with pytest.raises(ProblemError):
        read(str(tmp_path / "plan.png"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["PNG", "JPEG"]), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12))
def test_a_mutated_picture_is_read_or_refused_and_nothing_else(
    app: QApplication, tmp_path: Path, kind: str, changes: list[tuple[int, int]]
) -> None:
    path = tmp_path / "plan.png"
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    image.save(str(path), kind)  # type: ignore[call-overload]
    data = bytearray(path.read_bytes())
    for at, byte in changes:
        data[at % len(data)] = byte
    path.write_bytes(data)
    with contextlib.suppress(ProblemError):
        assert not read(str(path)).image.isNull()


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_read(app: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + head + zlib.crc32(head).to_bytes(4, "big"))
    with pytest.raises(ProblemError) as error:
        read(str(path))
    assert error.value.problems[0].code == "picture.pixels"


def test_a_storey_is_copied_from_the_one_below(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.storeys.copy.click()
    assert editor.draft.storey.elevation_m == pytest.approx(2.6)
    assert len(editor.draft.storey.walls) == 4
    editor.undo()
    assert len(editor.draft.drawing.storeys) == 1


def test_done_hands_over_what_was_drawn_and_nothing_drawn_is_said(
    editor: PlanEditor, feed: Feed, api: FakeDesk
) -> None:
    finished: list[None] = []
    editor.finished.connect(lambda: finished.append(None))
    editor.save()
    assert "wall" in editor.toast.label.text()
    click(editor, *BOX, BOX[0])
    editor.save()
    feed.tick()
    assert finished
    assert api.drawn is not None
    assert len(api.drawn.drawing.storeys[0].walls) == 4


def test_the_window_shows_the_plan_instead_of_everything_else_and_comes_back(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.drawn = DrawingWithPictures(empty("House", "x"))
    window.effects.run("edit_plan")
    live(window)
    editor = window.parts["editor"]
    assert isinstance(editor, PlanEditor)
    assert window.pages.currentWidget() is editor
    assert not window.docks["tree"].isVisible()
    assert not window.actions_by_id["open"].isEnabled()  # another project must not slip under the plan
    window.effects.run("add_device")
    assert not window.docks["install"].isVisible()
    QTest.keyClick(editor.canvas, Qt.Key.Key_T)  # the window's own key for "From above" rests
    editor.leave()
    live(window)
    assert "editor" not in window.parts
    assert window.docks["tree"].isVisible()
    assert window.actions_by_id["open"].isEnabled()


@pytest.mark.parametrize("drawn", [True, False])
def test_a_window_that_is_told_to_end_asks_nothing_and_keeps_the_plan_that_is_being_drawn(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch, drawn: bool
) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(QApplication, "quit", lambda: ended.append(window.close()))
    api.drawn = DrawingWithPictures(empty("House", "x"))
    window.effects.run("edit_plan")
    live(window)
    draft = window.parts["editor"].draft  # type: ignore[attr-defined]
    if drawn:
        draft.edit(lambda storey: drawing_edits.add_wall(storey, (0.0, 0.0), (4.0, 0.0)))
    else:
        draft.edit_all(lambda drawing: replace(drawing, name="Another"))
    assert draft.is_dirty
    window.end()
    live(window)
    assert ended == [True]
    assert ("set_drawing" in [what for what, _ in api.asked]) == drawn


def test_the_plan_opens_with_the_drawing_behind_it_that_it_is_begun_over(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.drawn = DrawingWithPictures(empty("House", "x"))
    api.pages = Future()
    api.pages.set_result(
        DocumentPage(rgb=bytes(30 * 20 * 3), width_px=30, height_px=20, m_per_px=0.5, pages=1, unit="mm")
    )
    window.effects.edit_plan("/somewhere/plan.dxf")
    live(window)
    editor = window.parts["editor"]
    assert isinstance(editor, PlanEditor)
    back = editor.draft.storey.backdrop
    assert back is not None
    assert back.m_per_px == 0.5


def test_a_window_with_an_unkept_plan_asks_before_it_closes(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.drawn = DrawingWithPictures(empty("House", "x"))
    window.effects.run("edit_plan")
    live(window)
    editor = window.parts["editor"]
    assert isinstance(editor, PlanEditor)
    click(editor, (1.0, 1.0), (5.0, 1.0))
    assert not window.close()
    assert window.isVisible()
    (question,) = editor.findChildren(QDialog)
    question.accept()
    assert "editor" not in window.parts


def test_the_menu_of_a_wall_puts_a_door_where_it_was_opened(editor: PlanEditor) -> None:
    click(editor, *BOX, BOX[0])
    editor.use("select")
    click(editor, (3.0, 1.0))
    found = {text: do for text, _, do in menu_entries(editor.draft, (2.0, 1.0), editor.canvas)}
    assert {"Door here", "Window here", "Opening here", "Split here", "Delete"} == set(found)
    found["Door here"]()
    door = editor.draft.storey.openings[0]
    assert door.offset_m == pytest.approx(1.0)
    assert editor.draft.picked == {door.id}
    found = {words: do for words, _, do in menu_entries(editor.draft, (2.0, 1.0), editor.canvas)}
    found["Other hinge"]()
    assert editor.draft.storey.openings[0].hinge_at_end
    found["Delete"]()
    assert not editor.draft.storey.openings
    assert "Name the room…" in {words for words, _, _ in menu_entries(editor.draft, (3.0, 2.0), editor.canvas)}


def test_a_sketch_that_comes_after_the_plan_was_closed_is_let_go(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    api.drawn = DrawingWithPictures(empty("House", "x"))
    window.effects.run("edit_plan")
    window.feed.tick()  # the drawing is there, its first sketch on the way
    editor = window.parts["editor"]
    assert isinstance(editor, PlanEditor)
    editor.leave()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]
    live(window)
    assert not window.feed.problems


def test_page_keys_go_from_storey_to_storey(editor: PlanEditor) -> None:
    editor.storeys.add.click()
    QTest.keyClick(editor.canvas, Qt.Key.Key_PageDown)
    assert editor.draft.front == 1
    QTest.keyClick(editor.canvas, Qt.Key.Key_PageUp)
    QTest.keyClick(editor.canvas, Qt.Key.Key_PageUp)
    assert editor.draft.front == 2


def test_the_plan_of_an_imported_building_says_what_to_do(window: MainWindow, live: Callable[..., None]) -> None:
    window.effects.run("edit_plan")
    live(window)
    assert "editor" not in window.parts
    assert any(problem.code == "drawing.from_file" for problem in window.feed.problems)

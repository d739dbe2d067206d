"""Pictures of the real window, 3D view included, without a display."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from fake_api import FakeDesk
from PySide6.QtGui import QImage

from app.view.screenshot import ScreenshotOptions, take_screenshot
from tests.english import refused
from twin.model.drawing import DrawingWithPictures, empty
from twin.model.drawing_edits import add_wall
from twin.model.problem import ProblemError


@pytest.fixture
def api() -> FakeDesk:
    """The test home, with values."""
    made = FakeDesk()
    made.fill()
    return made


def test_the_picture_has_the_size_and_the_theme_that_were_wished_for(
    app: object, api: FakeDesk, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "twin.png"
    assert take_screenshot(
        api, api.inbox, out, ScreenshotOptions(size=(1100, 720), theme="dark", storey="Upper floor")
    ) == (1100, 720)
    picture = QImage(str(out))
    assert (picture.width(), picture.height()) == (1100, 720)
    assert picture.pixelColor(20, 700).lightness() < 60
    middle = {picture.pixel(x, y) for x in range(330, 760, 10) for y in range(150, 600, 10)}
    assert len(middle) > 20, "the twin is on the picture"


@pytest.mark.parametrize("view", [
    ScreenshotOptions(storey="Cellar"), ScreenshotOptions(colour_by="magic"), ScreenshotOptions(panel="nowhere"), ScreenshotOptions(room="Ballroom"), ScreenshotOptions(device="Robot"),
])  # fmt: skip
def test_a_wish_that_cannot_be_fulfilled_names_what_can(
    app: object, api: FakeDesk, tmp_path: Path, view: ScreenshotOptions
) -> None:
    with refused("There is no"):
        take_screenshot(api, api.inbox, tmp_path / "twin.png", view)


def test_a_picture_that_cannot_be_written_is_a_problem(app: object, api: FakeDesk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with refused("could not be saved"):
        take_screenshot(api, api.inbox, tmp_path / "file" / "twin.png", ScreenshotOptions(size=(800, 600)))


@pytest.mark.parametrize("view", [
    ScreenshotOptions(view="top"), ScreenshotOptions(view="walk", storey="Upper floor"), ScreenshotOptions(exploded=True), ScreenshotOptions(sky="night"), ScreenshotOptions(ghosts=True),
    ScreenshotOptions(smooth=True, storey="Ground floor"),
])  # fmt: skip
def test_the_camera_and_the_light_can_be_wished_for(
    app: object, api: FakeDesk, tmp_path: Path, view: ScreenshotOptions
) -> None:
    plain, other = tmp_path / "plain.png", tmp_path / "other.png"
    take_screenshot(api, api.inbox, plain, ScreenshotOptions(storey="Ground floor" if view.ghosts else view.storey))
    wish = ScreenshotOptions(storey="Ground floor", ghosts=True) if view.ghosts else view
    take_screenshot(api, api.inbox, other, wish)
    assert plain.read_bytes() != other.read_bytes()


def test_a_kept_view_can_be_wished_for_by_its_name(app: object, api: FakeDesk, tmp_path: Path) -> None:
    from app.view.scene.camera.camera import CameraPose
    from app.view.scene.tools.viewpoint import Viewpoint

    api.kept["viewpoints"] = [Viewpoint(name="Terrace", pose=CameraPose((0, 0, 0), 30, 20, 14)).document()]
    take_screenshot(api, api.inbox, tmp_path / "a.png", ScreenshotOptions(viewpoint="terrace"))
    with refused("no viewpoint"):
        take_screenshot(api, api.inbox, tmp_path / "b.png", ScreenshotOptions(viewpoint="Roof"))


def test_the_view_that_was_left_in_the_window_is_neither_on_the_picture_nor_changed_by_it(
    app: object, api: FakeDesk, tmp_path: Path
) -> None:
    from app.view.last_view import SETTING
    from app.view.scene.camera.camera import CameraPose
    from app.view.scene.tools.viewpoint import Viewpoint

    wish = ScreenshotOptions(storey="Ground floor", sky="night")
    take_screenshot(api, api.inbox, tmp_path / "new.png", wish)
    left = Viewpoint(name="", pose=CameraPose((0, 0, 0), 30, 20, 14), exploded=True, cut_m=2.0).document()
    again = FakeDesk()
    again.fill()
    again.kept[SETTING] = dict(left)
    take_screenshot(again, again.inbox, tmp_path / "left.png", wish)
    new, other = (QImage(str(tmp_path / name)) for name in ("new.png", "left.png"))
    spots = [(x, y) for x in range(330, 950, 10) for y in range(90, 700, 10)]
    differ = sum(new.pixel(*spot) != other.pixel(*spot) for spot in spots)
    assert differ < 60, "the ring around a motion sensor moves, all else stands"
    assert (api.kept.get(SETTING), again.kept[SETTING]) == (None, left)


def test_the_plan_editor_can_be_on_the_picture(app: object, api: FakeDesk, tmp_path: Path) -> None:
    storey = empty("House", "x").storeys[0]
    for a, b in pairwise([(0.0, 0.0), (5.0, 0.0), (5.0, 4.0), (0.0, 4.0), (0.0, 0.0)]):
        storey = add_wall(storey, a, b)
    api.drawn = DrawingWithPictures(empty("House", "x").with_storey(storey))
    out = tmp_path / "plan.png"
    assert take_screenshot(api, api.inbox, out, ScreenshotOptions(view="editor")) == (1280, 800)
    assert take_screenshot(api, api.inbox, out, ScreenshotOptions(view="editor", storey=storey.name)) == (1280, 800)
    picture = QImage(str(out))
    paper, wall = picture.pixelColor(300, 200), {picture.pixel(x, y) for x in range(240, 880, 3) for y in (400, 450)}
    assert paper.lightness() > 230
    assert len(wall) > 4, "walls, rooms and paper are on the picture"


def test_a_building_that_was_not_drawn_has_no_plan_to_show(app: object, api: FakeDesk, tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as error:
        take_screenshot(api, api.inbox, tmp_path / "plan.png", ScreenshotOptions(view="editor"))
    assert error.value.problems[0].code == "shot.undrawn"


def test_two_moments_can_be_compared_on_the_picture(app: object, api: FakeDesk, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.png", tmp_path / "other.png"
    take_screenshot(api, api.inbox, plain, ScreenshotOptions())
    take_screenshot(api, api.inbox, other, ScreenshotOptions(compare_ms=api.now_ms() - 3_600_000))
    assert QImage(str(plain)) != QImage(str(other))

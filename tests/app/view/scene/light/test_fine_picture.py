"""A picture of print quality is made when its light is there, from where its maker stood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lit_house import Baker
from PySide6.QtGui import QImage

from app.view.scene.fine_picture import FinePicture
from app.view.scene.view import TwinView
from twin.model.ids import StoreyId

SIZE = 160, 100


def pixels(image: QImage) -> np.ndarray:
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    return np.array(plain.constBits()).reshape(plain.height(), plain.bytesPerLine())[:, : 3 * plain.width()].astype(int)


@pytest.fixture
def night(view: TwinView, baker: Baker) -> TwinView:
    """The view at night in its usual light."""
    view.set_light_baker(baker)
    view.set_sky("night")
    view.wait_painted()
    while baker.waiting:
        baker.answer()
        view.wait_painted()
    return view


def has_usual_light(view: TwinView) -> bool:
    """Whether the storey in focus has its light, and not that of print quality."""
    lights = view.scene.lights
    return lights.queue.lacks_fine(view.scene.storey_stack.focus) and not lights.is_baking


class Pictures:
    """Asks for fine pictures, and looks after them instead of their timer."""

    def __init__(self, view: TwinView) -> None:
        self.view = view
        self.came: list[QImage | None] = []

    def ask(self) -> bool:
        """Whether one is made."""
        begun = self.view.fine_picture(*SIZE, self.came.append)
        self.making._timer.setInterval(1 << 30)
        self.look()
        return begun

    @property
    def making(self) -> FinePicture:
        """The newest one."""
        assert self.view._fine is not None
        return self.view._fine

    def look(self) -> None:
        """As often as a frame may have to be prepared before the next request."""
        for _ in range(3):
            if self.making.is_running:
                self.making.look()


def test_it_comes_when_its_light_has_come_and_the_view_gets_its_usual_light_back(night: TwinView, baker: Baker) -> None:
    pictures = Pictures(night)
    assert pictures.ask()
    assert baker.asked[-1] == ("ground", "fine")
    assert not pictures.came
    baker.answer()
    pictures.look()
    (made,) = pictures.came
    assert made is not None
    assert (made.width(), made.height()) == SIZE
    night.wait_painted()
    assert has_usual_light(night)
    assert not baker.waiting  # the usual light was kept


def test_it_shows_what_was_seen_when_it_was_asked_for_wherever_one_goes_meanwhile(
    night: TwinView, baker: Baker
) -> None:
    there = pixels(night.antialiased(*SIZE))
    pictures = Pictures(night)
    pictures.ask()
    elsewhere = replace(night.scene.pose, azimuth_deg=night.scene.pose.azimuth_deg + 90)
    night.scene.stand(elsewhere)
    baker.answer()
    pictures.look()
    (made,) = pictures.came
    assert made is not None
    assert np.abs(pixels(made) - there).mean() < np.abs(pixels(night.antialiased(*SIZE)) - there).mean() / 3
    assert night.scene.pose == elsewhere


def test_light_that_is_stopped_makes_no_picture(night: TwinView, baker: Baker) -> None:
    pictures = Pictures(night)
    pictures.ask()
    baker.answer(light=False)
    pictures.look()
    assert pictures.came == [None]
    assert pictures.ask()  # once more


def test_who_stops_the_light_of_one_storey_stops_the_picture_of_all(night: TwinView, baker: Baker) -> None:
    night.scene.explode(True)
    night.scene.step(1.0)
    night.wait_painted()
    while baker.waiting:
        baker.answer()
        night.wait_painted()
    pictures = Pictures(night)
    for _ in range(2):  # it may be asked for again
        before = len(baker.asked)
        assert pictures.ask()
        assert [quality for _, quality in baker.asked[before:]] == ["fine"]
        baker.answer(light=False)
        pictures.look()
        assert len(baker.asked) == before + 1
        assert pictures.came.pop() is None
    assert not baker.waiting


def test_one_is_made_at_a_time(night: TwinView, baker: Baker) -> None:
    pictures = Pictures(night)
    assert pictures.ask()
    assert not pictures.ask()
    baker.answer()
    pictures.look()
    assert len(pictures.came) == 1


def test_a_drawing_without_a_sky_needs_no_light(view: TwinView) -> None:
    pictures = Pictures(view)
    pictures.ask()
    assert len(pictures.came) == 1
    assert pictures.came[0] is not None


def test_a_fine_picture_is_nearer_than_the_usual_one_to_a_large_one_made_small(view: TwinView) -> None:
    """Whose markers are as large, whatever the view's own resolution is."""
    width, height = SIZE
    large = pixels(view.picture(4 * width, 4 * height)).reshape(height, 4, width, 4, 3).mean((1, 3))
    apart = [
        np.abs(pixels(made(*SIZE)).reshape(large.shape) - large).mean() for made in (view.antialiased, view.picture)
    ]
    assert apart[0] < apart[1] < 4
    assert view.scene.camera.GetWindowCenter() == (0.0, 0.0)


def test_a_picture_that_is_given_up_never_comes_and_the_next_light_is_the_usual_one(
    night: TwinView, baker: Baker
) -> None:
    pictures = Pictures(night)
    assert not night.stop_fine_picture()  # there is none
    pictures.ask()
    assert night.stop_fine_picture()
    assert pictures.came == [None]
    baker.answer()
    pictures.look()
    assert pictures.came == [None]
    night.wait_painted()
    assert has_usual_light(night)
    assert not baker.waiting  # the usual light was kept
    assert not night.stop_fine_picture()


def test_who_went_to_another_storey_is_back_there_after_a_picture_whose_light_was_waited_for_at_its_place(
    night: TwinView, baker: Baker
) -> None:
    place = night.here("")
    pictures = Pictures(night)
    pictures.ask()
    night._selection.change(storey=StoreyId("upper"))
    upstairs = night.here("").storey
    assert upstairs != place.storey
    night.scene.storey_stack.levels[night.scene.storey_stack.level_of(StoreyId("ground"))].ajar = frozenset({1})
    storeys: list[str] = []  # where the light was waited for
    while pictures.making.is_running:
        pictures.look()
        if pictures.making.is_running:
            storeys.append(night.here("").storey)
            baker.answer()
    assert storeys[-1] == place.storey
    assert pictures.came[0] is not None
    assert night.here("").storey == upstairs

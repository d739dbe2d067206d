"""A resize shows the picture that there is; the new one is rendered in a later turn, and not finer than one turn can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.view.scene.view import TwinView
from app.view.scene.viewport.image_surface import ImageSurface


@pytest.fixture
def rendered(view: TwinView, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """Sizes in pixels of the pictures that are rendered from now on; the view stands in a window and is as fine as can be."""
    window = QWidget()
    window.resize(1000, 600)
    view.setParent(window)
    window.show()
    view.show()
    QApplication.processEvents()
    view.wait_painted()
    QApplication.processEvents()
    sizes: list[tuple[int, int]] = []
    assert isinstance(view.surface, ImageSurface)
    render = view.surface._render

    def note(width: int, height: int) -> object:
        sizes.append((width, height))
        return render(width, height)

    monkeypatch.setattr(view.surface, "_render", note)
    yield sizes
    view.setParent(None)
    window.deleteLater()


def paint_layout(view: TwinView) -> None:
    """Paints in the turn of the resize, as the layout of a window does."""
    view.window().repaint()


@pytest.mark.parametrize("steered", [False, True])
def test_the_turn_of_a_resize_renders_nothing_and_the_next_one_a_picture_of_the_new_size(
    view: TwinView, rendered: list[tuple[int, int]], steered: bool
) -> None:
    view.camera_input.steered = steered
    view.resize(500, 300)
    paint_layout(view)
    assert rendered == []
    while not rendered:
        QApplication.processEvents()
    width, height = rendered[0]
    assert width / height == pytest.approx(500 / 300, rel=0.05)


@pytest.mark.parametrize("steered", [False, True])
def test_after_a_resize_the_picture_is_not_rendered_as_fine_as_it_was_at_rest(
    view: TwinView, rendered: list[tuple[int, int]], steered: bool
) -> None:
    view.camera_input.steered = steered
    assert view.surface.resolution == 2.0
    view.resize(500, 300)
    view.governor._idle.stop()  # the rest that ends a resize does not come before its first picture
    while not rendered:
        QApplication.processEvents()
    assert rendered[0][0] <= 500


def test_the_old_picture_covers_the_view_until_the_new_one_is_there(
    view: TwinView, rendered: list[tuple[int, int]]
) -> None:
    view.overlay.hide()
    view.resize(900, 300)
    shown = view.surface.widget().grab().toImage()
    assert rendered == []
    for x, y in ((2, 2), (897, 2), (2, 297), (897, 297)):
        assert shown.pixelColor(x, y).name() != "#000000"

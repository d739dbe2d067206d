"""What the twin looks like is what it looked like: eight small pictures of the demo home and office.

Each is painted anew and compared with the one in `references/`, both as a coarse grid of mean colours, so that another
version of the graphics library or of a font passes, and a missing wall, room, light or marker does not. Where a change
is meant, `OIKOS_NEW_PICTURES=1` with the test command paints the references anew; look at them before committing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.engine.demo import adapter_for, read_recipe
from app.selection import Selection
from app.view import style
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT, Theme
from devices.contract import Adapter, AdapterContext
from devices.protocol_registry import found_adapters
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.capability import ValueType
from twin.model.device import Device, Point, device_from_description
from twin.model.mesh import Mesh
from twin.model.observation import Observation
from twin.model.state import State
from twin.model.twin import Twin

TOP = Path(__file__).parents[2]
REFERENCES = Path(__file__).with_name("references")
SIZE = QSize(480, 300)
GRID = QSize(40, 25)
MEAN, MOST = 3.0, 45.0
"""How far (of 255) the colours may be apart on average, and in any one field of the grid."""
NOON_MS = 1_795_860_000_000
"""2026-11-28T10:00Z."""


@dataclass(frozen=True)
class Place:
    """A demo's building with devices that report what never changes."""

    twin: Twin
    mesh: Mesh
    state: State


async def _described(adapter: Adapter, url: str, folder: Path) -> tuple[Device, ...]:
    link = adapter.link(url)
    session = await adapter.open(link, None, AdapterContext(folder=folder))
    try:
        return tuple(device_from_description(info, link) for info in await session.describe())
    finally:
        await session.close()


@cache
def place(name: str, folder: Path) -> Place:
    """The demo `name` ("home", "office")."""
    recipe = read_recipe(TOP / "assets" / "demo", name)
    building: Building = read_building(recipe.building)
    bare = Twin(name=name, site=building.site, storeys=building.storeys, rooms=building.rooms, doors=building.doors)
    devices: list[Device] = []
    for device in asyncio.run(_described(adapter_for(recipe.link, found_adapters().adapters), recipe.link, folder)):
        room, spot = recipe.places.get(device.uid, ("", None))
        found = bare.find_room(room) if room else None
        devices.append(replace(device, room=found.id, position_m=spot) if found else device)
    twin = replace(bare, devices=tuple(devices))
    state = State(point.id for point in twin.points)
    for number, point in enumerate(twin.points):
        state.apply(Observation(point.id, NOON_MS, _value(point, number)))
    return Place(twin, building.mesh, state)


def _value(point: Point, number: int) -> float:
    """A plausible value that is the same at every run."""
    row = point.capability
    if row.id == "temperature":
        return 18.0 + number * 7 % 80 / 10
    if row.type is ValueType.BOOL:
        return float(row.id == "on_off" and number % 3 > 0)
    if row.type is not ValueType.NUMBER:
        return 0.0
    low, high = (row.minimum or 0.0), (row.maximum if row.maximum is not None else 100.0)
    return low + (high - low) * 0.6


def _field(view: TwinView, selection: Selection) -> None:
    selection.change(colour_by="temperature", smooth=True)


def _night(view: TwinView, selection: Selection) -> None:
    selection.change(colour_by="")
    view.set_sky("night")


def _walk(view: TwinView, selection: Selection) -> None:
    selection.pick_room(next(room.id for room in view.scene.twin.rooms if "living" in room.name.casefold()))
    view.walk(True)


def _exploded(view: TwinView, selection: Selection) -> None:
    view.set_exploded(True)


def _plain(view: TwinView, selection: Selection) -> None:
    selection.change(colour_by="")


PICTURES: dict[str, tuple[str, Theme, Callable[[TwinView, Selection], None]]] = {
    "home-light": ("home", LIGHT, _plain),
    "home-dark": ("home", DARK, _plain),
    "office-light": ("office", LIGHT, _plain),
    "office-dark": ("office", DARK, _plain),
    "home-field": ("home", LIGHT, _field),
    "home-night": ("home", DARK, _night),
    "home-walk": ("home", LIGHT, _walk),
    "office-exploded": ("office", LIGHT, _exploded),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def painted(qapp: QApplication, folder: Path) -> Iterator[Callable[[str], QImage]]:
    made: list[TwinView] = []

    def paint(name: str) -> QImage:
        demo, theme, arrange = PICTURES[name]
        here = place(demo, folder)
        style.apply_theme(qapp, theme)
        selection = Selection()
        selection.change(storey=here.twin.storeys[0].id)
        view = TwinView(selection, kind="image")
        made.append(view)
        view.set_theme(theme)
        view.resize(SIZE)
        view.set_twin(here.twin)
        view.set_mesh(here.mesh)
        for device in here.twin.devices:
            view.set_online(device.id, True)
        view.apply(here.state, np.arange(len(here.state)))
        view.show()
        view.wait_painted()
        view.set_labels(name in ("home-field", "office-light"))  # where they stand depends on the fonts
        arrange(view, selection)
        view.wait_painted()
        return view.picture(SIZE.width(), SIZE.height())

    yield paint
    for view in made:
        view.release()
        view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    style.apply_theme(qapp, LIGHT)


def coarse(image: QImage) -> NDArray[np.float64]:
    """The mean colours of a grid over the picture, (rows, columns, 3)."""
    small = image.convertToFormat(QImage.Format.Format_RGB888).scaled(
        GRID, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    rows = np.frombuffer(small.constBits(), np.uint8).reshape(GRID.height(), small.bytesPerLine())
    return rows[:, : GRID.width() * 3].reshape(GRID.height(), GRID.width(), 3).astype(float)


def apart(one: QImage, other: QImage) -> tuple[float, float]:
    """How far two pictures are from each other: on average, and in the worst field."""
    difference = np.abs(coarse(one) - coarse(other)).max(2)
    return float(difference.mean()), float(difference.max())


@pytest.mark.blocks
@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_it_was(name: str, painted: Callable[[str], QImage], tmp_path: Path) -> None:
    found, file = painted(name), REFERENCES / f"{name}.png"
    if os.environ.get("OIKOS_NEW_PICTURES"):
        REFERENCES.mkdir(exist_ok=True)
        assert found.save(str(file))
    wanted = QImage(str(file))
    assert not wanted.isNull(), f"no reference {file.name}"
    mean, most = apart(found, wanted)
    assert found.save(str(tmp_path / file.name))
    assert mean <= MEAN, f"{name} differs by {mean:.1f} on average and {most:.0f} at most: see {tmp_path / file.name}"
    assert most <= MOST, f"{name} differs by {most:.0f} in one place: see {tmp_path / file.name}"


def test_the_pictures_are_far_from_each_other() -> None:
    """A tolerance that lets one of them pass for another would see nothing."""
    images = {name: QImage(str(REFERENCES / f"{name}.png")) for name in PICTURES}
    for name, image in images.items():
        for other in images.keys() - {name}:
            mean, most = apart(image, images[other])
            assert mean > 2 * MEAN or most > 2 * MOST, (name, other)

"""The window over a real engine and a real project: what an edit costs the 3D view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import house
import pytest
from PySide6.QtWidgets import QApplication

from app.engine.engine import Engine
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.scene.scene import Scene
from app.view.scene.view import TwinView
from app.view.screenshot import wait_until
from app.view.window import MainWindow
from tests.english import words
from twin.model.building import Building, Source
from twin.model.mesh import Mesh
from twin.store.project.project import Project

pytestmark = pytest.mark.blocks


def building(mesh: Mesh, sha: str) -> Building:
    twin = house.house_twin()
    source = Source(path="house.ifc", sha256=sha * 64, importer="ifc 1")
    return Building(source=source, site=twin.site, storeys=twin.storeys, rooms=twin.rooms, mesh=mesh)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "house.oikos"
    with Project.create(path) as project:
        project.set_building(building(house.house_mesh(), "a"))
        project.add_link(house.LINK)
        project.put_devices(house.house_twin().devices)
    made = Engine(tmp_path / "home")
    made.start()
    try:
        made.open(path, links=()).result(30)
        yield made
    finally:
        made.stop()


@pytest.fixture
def window(app: QApplication, engine: Engine, tmp_path: Path) -> Iterator[MainWindow]:
    made = startup.build(engine, engine.inbox, Selection(), Settings(tmp_path / "settings.toml"))
    made.resize(1000, 700)
    made.show()
    made.attach(TwinView(made.feed.selection, kind="image"))
    assert wait_until(lambda: bool(made.feed.twin.rooms) and made.is_filled() and made.feed.is_quiet())
    yield made
    made.close()
    made.deleteLater()
    startup.delete_closed_widgets(app)


@pytest.fixture
def counts(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often a mesh was read from the project, and a building made for the picture, since the window was filled."""
    found = {"read": 0, "built": 0}

    def counting[**P, T](name: str, work: Callable[P, T]) -> Callable[P, T]:
        def counted(*args: P.args, **named: P.kwargs) -> T:
            found[name] += 1
            return work(*args, **named)

        return counted

    monkeypatch.setattr(Project, "mesh", counting("read", Project.mesh))
    monkeypatch.setattr(Scene, "_rebuild", counting("built", getattr(Scene, "_rebuild")))  # noqa: B009
    return found


def taken(window: MainWindow) -> bool:
    """Waits until the window has taken the last edit in."""
    return wait_until(lambda: window.feed.twin is window.feed.api.twin and window.feed.is_quiet())


@pytest.mark.parametrize("what", ["devices", "rooms", "storeys"])
def test_a_new_name_reads_no_mesh_and_makes_no_building(window: MainWindow, counts: dict[str, int], what: str) -> None:
    assert isinstance(window.scene, TwinView)
    scene = window.scene.scene
    shapes = scene.storey_stack
    assert scene.mesh.parts
    window.feed.api.rename(getattr(window.feed.twin, what)[0].id, "Somewhere else").result(60)
    assert taken(window)
    assert getattr(scene.twin, what)[0].name == "Somewhere else"
    assert counts == {"read": 0, "built": 0}
    assert scene.storey_stack is shapes
    assert tuple(level.storey for level in shapes.levels) == scene.twin.storeys
    assert {room for level in shapes.levels for room in level.rooms} == set(scene.twin.rooms)


def test_taking_a_name_back_reads_no_mesh_either(window: MainWindow, counts: dict[str, int]) -> None:
    room = window.feed.twin.rooms[0]
    window.feed.api.rename(room.id, "Somewhere else").result(60)
    window.feed.api.undo().result(60)
    assert taken(window)
    assert window.feed.twin.rooms[0].name == room.name
    assert counts == {"read": 0, "built": 0}


def test_new_uses_zones_and_classes_of_rooms_make_no_building(scene_of_house: Scene) -> None:
    scene, shapes = scene_of_house, scene_of_house.storey_stack
    rooms = tuple(
        replace(room, usage="Office", zones=("North",), number=f"1.{n}") for n, room in enumerate(scene.twin.rooms)
    )
    scene.set_twin(replace(scene.twin, rooms=rooms, name="Other"))
    assert scene.storey_stack is shapes
    rooms = (replace(rooms[0], floor_m=rooms[0].floor_m + 0.1), *rooms[1:])
    scene.set_twin(replace(scene.twin, rooms=rooms))
    assert scene.storey_stack is not shapes


@pytest.fixture
def scene_of_house(view: TwinView) -> Scene:
    return view.scene


def test_the_same_rooms_with_other_walls_are_read_once(
    window: MainWindow, counts: dict[str, int], engine: Engine
) -> None:
    assert isinstance(window.scene, TwinView)
    mesh = house.house_mesh()
    other = building(replace(mesh, parts=mesh.parts[:-1]), "b")

    async def take_in() -> None:
        await engine.session.edits.edit(lambda project: project.set_building(other), label=words("Import"))

    before = window.scene.scene.mesh
    engine.context.loop.submit(take_in(), name="take in").result(60)
    assert taken(window)
    assert wait_until(lambda: window.scene.scene.mesh is not before)  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
    assert len(window.scene.scene.mesh.parts) == len(mesh.parts) - 1
    assert counts["read"] == 1

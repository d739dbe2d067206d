"""A building that is prepared while the 3D view is being created is the view's, if it is the one that the view wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import house
import pytest
from other_thread import Elsewhere, gone, made_view
from PySide6.QtWidgets import QApplication

from app.view import style
from app.view.scene import building_ahead
from app.view.scene import scene as scenes
from app.view.scene.building_ahead import BuildingAhead
from app.view.scene.structure.storey_stack import Look, StoreyStack, prepared
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT, Theme
from twin.model.ids import StoreyId
from twin.model.mesh import Mesh

GROUND = Look(storey=StoreyId("ground"))


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def view(qapp: QApplication, elsewhere: Elsewhere) -> Iterator[TwinView]:
    style.apply_theme(qapp, LIGHT)
    made = made_view(elsewhere)
    yield made
    gone(made)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[StoreyStack]:
    """Every building that is prepared, in order."""
    found: list[StoreyStack] = []

    def counted(*args: Any, **options: Any) -> StoreyStack:
        found.append(prepared(*args, **options))
        return found[-1]

    for module in (building_ahead, scenes):
        monkeypatch.setattr(module, "prepared", counted)
    return found


def at_once(work: Callable[[], Any]) -> Future[Any]:
    done: Future[Any] = Future()
    done.set_result(work())
    return done


def fetched(mesh: Mesh | None) -> Future[Mesh | None]:
    done: Future[Mesh | None] = Future()
    done.set_result(mesh)
    return done


def test_a_building_prepared_ahead_enters_and_is_made_only_once(
    view: TwinView, elsewhere: Elsewhere, made: list[StoreyStack]
) -> None:
    mesh = house.house_mesh()
    view.loader.ahead = BuildingAhead(view.scene.twin, fetched(mesh), at_once, view.loader.theme, GROUND)
    view.set_mesh(mesh)
    elsewhere.answer_building(view)
    assert len(made) == 1
    assert view.scene.storey_stack is made[0]
    elsewhere.settle(view)
    assert view.scene.storey_stack.levels[0].actors


@pytest.mark.parametrize(
    ("theme", "look", "other_mesh", "lacks"),
    [
        (DARK, GROUND, False, False),
        (None, Look(), False, False),
        (None, GROUND, True, False),
        (None, GROUND, False, True),
    ],
    ids=["another theme", "another storey", "another mesh", "no mesh"],
)
def test_a_building_that_is_not_the_wanted_one_is_made_anew(
    theme: Theme | None,
    look: Look,
    other_mesh: bool,
    lacks: bool,
    view: TwinView,
    elsewhere: Elsewhere,
    made: list[StoreyStack],
) -> None:
    mesh = house.house_mesh()
    of = None if lacks else house.house_mesh() if other_mesh else mesh
    view.loader.ahead = BuildingAhead(view.scene.twin, fetched(of), at_once, theme or view.loader.theme, look)
    before = len(made)
    view.set_mesh(mesh)
    elsewhere.answer_building(view)
    assert len(made) == before + 1
    assert view.scene.storey_stack is made[-1]


def test_a_mesh_that_cannot_be_read_is_told_by_the_view_alone(
    view: TwinView, elsewhere: Elsewhere, made: list[StoreyStack]
) -> None:
    broken: Future[Mesh | None] = Future()
    broken.set_exception(OSError("no disk"))
    view.loader.ahead = BuildingAhead(view.scene.twin, broken, at_once, view.loader.theme, GROUND)
    view.set_mesh(house.house_mesh())
    elsewhere.answer_building(view)
    assert len(made) == 1


def test_only_the_first_building_is_taken_from_it(
    view: TwinView, elsewhere: Elsewhere, made: list[StoreyStack]
) -> None:
    mesh = house.house_mesh()
    view.loader.ahead = BuildingAhead(view.scene.twin, fetched(mesh), at_once, view.loader.theme, GROUND)
    for _ in range(2):
        view.set_mesh(mesh)
        elsewhere.answer_building(view)
    assert len(made) == 2
    assert view.scene.storey_stack is made[1]

"""Building files with the running engine: reviewed, taken as one step, stopped, and told when they change on disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engine import importing
from app.engine.importing import apply_import, preview_import
from app.engine.pending_reviews import MOST_REVIEWS, PendingReviews
from app.engine.source_changes import changed_sources
from app.i18n import sentence
from tests.english import refused
from twin.building import import_worker
from twin.building.merge_models import MergedModel, merge_model
from twin.model.change import ImportPreviewed, MeshChanged, ProblemRaised, Progress
from twin.model.import_review import Review
from twin.model.problem import ProblemError
from twin.store.project import Project

from .conftest import rooms_building


@pytest.fixture
def model(shared_data: Path, tmp_path: Path) -> Path:
    """A real building, in a file of our own."""
    return Path(shutil.copy(shared_data / "building-models" / "Duplex_A.ifc", tmp_path / "duplex.ifc"))


def test_a_review_changes_nothing_and_accepting_it_is_one_step(api: Any, model: Path) -> None:
    review = api.engine.review(str(model)).result(60)
    assert review.first
    assert len(review.new) == 21
    assert api.engine.twin.rooms == ()
    api.engine.accept(review.id, {}).result(60)
    assert len(api.engine.twin.rooms) == 21
    again = api.engine.review(str(model)).result(60)
    assert (len(again.kept), again.unchanged, again.files) == (21, True, (("1", "duplex.ifc"),))
    beside = api.engine.review_again(again.id, "1").result(60)
    assert beside.source == "1"
    with refused("already"):
        api.engine.review_again(again.id, "+").result(60)
    assert sentence(api.engine.undo().result(60)) == "Import duplex.ifc"
    assert api.engine.twin.rooms == ()
    assert [change.job for change in api.seen(Progress)]


def test_the_electricians_file_is_taken_for_one_more_and_not_for_the_same(
    api: Any, model: Path, shared_data: Path
) -> None:
    api.engine.accept(api.engine.review(str(model)).result(60).id, {}).result(60)
    review = api.engine.review(str(shared_data / "building-models" / "Duplex_Electrical.ifc")).result(60)
    assert review.added
    assert review.lost == review.new == ()
    assert api.engine.review_again(review.id, "1").result(60).lost
    api.engine.accept(review.id, {}).result(60)
    assert len(api.engine.twin.placeholders) == 99


def test_a_new_project_whose_building_cannot_be_read_is_not_made(api: Any, shared_data: Path) -> None:
    before = api.engine.project()
    broken = shared_data / "building-models" / "broken" / "ifc_random.ifc"
    with pytest.raises(ProblemError):
        api.engine.new_project(str(api.folder / "new.oikos"), str(broken)).result(60)
    assert not list(api.folder.glob("new.*"))
    assert api.engine.project() == before


def test_an_import_that_is_stopped_says_so_and_leaves_the_project(api: Any, shared_data: Path) -> None:
    job = api.engine.review(str(shared_data / "building-models" / "AC11-Institute-Var-2.ifczip"))
    while not api.engine.jobs._asked and not job.done():
        api.engine.cancel("import")
    api.engine.cancel("import")
    with pytest.raises(ProblemError) as caught:
        job.result(60)
    assert caught.value.problems[0].code == "import.cancelled"
    assert api.engine.twin.rooms == ()


def test_a_building_file_that_changed_since_is_told_when_the_project_opens(
    api: Any, make_desk: Callable[..., Any], model: Path
) -> None:
    api.engine.accept(api.engine.review(str(model)).result(60).id, {}).result(60)
    assert changed_sources(api.engine.session.project) == []
    model.write_text(model.read_text(encoding="latin-1").replace("Foyer", "Entrance"), encoding="latin-1")
    api.engine.open(api.path).result(60)
    api.engine.new_project(str(api.folder / "other.oikos")).result(60)  # closing waits for the look at the files
    (note,) = [change.problem for change in api.seen(ProblemRaised) if change.problem.code == "building.changed"]
    assert note.where == str(model)
    api.engine.open(api.path).result(60)
    review = api.engine.review(str(model)).result(60)
    assert {pair.new.name for pair in review.renamed} == {"Entrance"}
    model.unlink()
    with Project.open(api.path, readonly=True) as project:
        assert changed_sources(project) == []


def test_an_unchanged_file_that_an_older_importer_read_gets_todays_mesh_and_keeps_its_devices(
    api: Any, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(shutil.copy(shared_data / "building-models" / "andijcr_home.sh3d", tmp_path / "home.sh3d"))
    with monkeypatch.context() as old:
        old.setitem(import_worker.IMPORTERS, ".sh3d", "sh3d 2")
        old.setattr(importing, "merge_model", lambda building, known: _bare(merge_model(building, known)))
        api.engine.accept(api.engine.review(str(home)).result(60).id, {}).result(60)
    before = api.engine.twin
    assert api.engine.mesh().result(60).coverings == ()
    api.engine.open(api.path).result(60)
    api.engine.new_project(str(api.folder / "other.oikos")).result(60)  # closing waits for the look at the files
    assert len(api.seen(MeshChanged)) == 1
    api.engine.open(api.path).result(60)
    mesh = api.engine.mesh().result(60)
    assert (len(mesh.coverings), len(mesh.textures)) == (6, 2)
    assert {one.source_id for one in mesh.coverings} <= {room.source_id for room in before.rooms}
    assert api.engine.twin == before
    api.engine.new_project(str(api.folder / "third.oikos")).result(60)
    assert len(api.seen(MeshChanged)) == 1  # once is enough


def _bare(found: MergedModel) -> MergedModel:
    """As an importer that knew no textures would have read it."""
    mesh = replace(found.building.mesh, textures=(), coverings=())
    return replace(found, building=replace(found.building, mesh=mesh))


def test_a_decision_for_a_room_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with Project.create(tmp_path / "x.oikos") as project:
        before = apply_import(project, preview_import(project, rooms_building("Kitchen", "Hall")))
        review = preview_import(project, rooms_building("Hall"))
        with refused("no room"):
            apply_import(project, review, {before.rooms[0].id: "nowhere"})  # type: ignore[dict-item]
        assert project.twin() is before


def test_the_first_building_of_a_project_is_shown_while_it_is_read(api: Any, model: Path) -> None:
    api.engine.review(str(model)).result(60)
    glimpses = [change.building for change in api.seen(ImportPreviewed)]
    assert len(glimpses[0].rooms) == 21
    assert sum(one.mesh.triangle_count for one in glimpses) > 10_000
    api.engine.accept(api.engine.review(str(model)).result(60).id, {}).result(60)
    told = len(api.seen(ImportPreviewed))
    api.engine.review(str(model)).result(60)
    assert len(api.seen(ImportPreviewed)) == told


def test_an_import_that_is_stopped_takes_back_what_it_has_shown(api: Any, shared_data: Path) -> None:
    before = api.engine.project()
    job = api.engine.new_project(
        str(api.folder / "new.oikos"), str(shared_data / "building-models" / "AC11-Institute-Var-2.ifczip")
    )
    while not api.seen(ImportPreviewed) and not job.done():
        time.sleep(0.01)
    api.engine.cancel("import")
    with pytest.raises(ProblemError):
        job.result(60)
    assert api.seen(ImportPreviewed)[-1] == ImportPreviewed(None)
    assert not list(api.folder.glob("new.*"))
    assert api.engine.project() == before


def test_only_a_review_that_the_engine_made_and_nobody_accepted_yet_is_accepted(api: Any, model: Path) -> None:
    review = api.engine.review(str(model)).result(60)
    assert review.id
    for id in ("", "0" * 32, str(model)):
        with refused("no longer", ProblemError):
            api.engine.accept(id, {}).result(60)
    api.engine.accept(review.id, {}).result(60)
    with refused("no longer", ProblemError):
        api.engine.accept(review.id, {}).result(60)
    kept = [api.engine.review(str(model)).result(60).id for _ in range(2)]
    assert len(set(kept)) == 2


def test_old_reviews_are_forgotten_before_they_fill_the_memory() -> None:
    pending = PendingReviews()
    made = [pending.keep(Review(path="x", source="1", files=(), building=rooms_building("A"))) for _ in range(20)]
    found = [review for review in made if review.id in pending._kept]
    assert found == made[-MOST_REVIEWS:]
    assert pending.find(made[-1].id) is made[-1]

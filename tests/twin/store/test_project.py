"""The project file: every edit kept and undoable, and every way to be no project has its own words."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import zstandard

from app.i18n import remedy, sentence, what
from tests.english import undo_labels, words
from tests.twin.store.worlds import LINK, building, device
from twin.model.building import Building, Intake
from twin.model.device import Link
from twin.model.ids import DeviceId, LinkId, RoomId, StoreyId
from twin.model.mesh import Element, FloorCovering, Mesh, MeshPart, Texture
from twin.model.problem import ProblemError
from twin.model.space import Room
from twin.model.twin import Twin
from twin.store import database, migrations
from twin.store.project import Project, UndoEntry
from twin.store.project import mesh_blobs as meshes
from twin.store.project.snapshot import snapshot

LAMP, SENSOR = device("lamp", "on_off", "level"), device("sensor", "temperature", "humidity")


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "house.oikos", "House") as opened:
        yield opened


def code(caught: pytest.ExceptionInfo[ProblemError]) -> str:
    return caught.value.problems[0].code


def room(name: str) -> RoomId:
    return RoomId(f"r-{name}")


def furnished(project: Project) -> None:
    project.set_building(building("Kitchen", "Hall", "Bath"), label=words("Import house.ifc"))
    project.add_link(LINK)
    project.put_devices((LAMP, SENSOR))
    project.bind(LAMP.id, room("Kitchen"), (1.0, 1.5, 2.4))


def test_everything_comes_back_as_it_was_left(project: Project) -> None:
    furnished(project)
    project.set_setting("words", ["ä", {"b": 1}])
    before, path = project.twin(), project.path
    project.close()
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == ["house.oikos"]
    assert path.read_bytes()[18:20] == b"\x01\x01"
    for readonly in (True, False):
        with Project.open(path, readonly=readonly) as again:
            assert again.twin() == before
            assert again.setting("words") == ["ä", {"b": 1}]
            assert again.setting("none", 5) == 5
            assert undo_labels(again) == ("Put Lamp into 0 Kitchen", None)
            assert again.check() == []
    assert before.name == "House"
    assert before.device_of[LAMP.id].room == room("Kitchen")
    assert before.device_of[LAMP.id].position_m == (1.0, 1.5, 2.4)
    assert before.rooms[0].outline == building("Kitchen").rooms[0].outline


def test_the_mesh_comes_back_and_an_unchanged_file_is_not_kept_twice(project: Project) -> None:
    house = building("Kitchen", "Hall")
    assert project.mesh() is None
    project.set_building(house)
    project.set_building(replace(house, rooms=house.rooms[:1]), label=words("Again"))
    found = project.mesh()
    assert found is not None
    for got, wanted in zip(found.parts, house.mesh.parts, strict=True):
        assert (got.storey, got.category) == (wanted.storey, wanted.category)
        for name in ("positions", "triangles", "colours", "elements"):
            assert np.array_equal(getattr(got, name), getattr(wanted, name))
            assert getattr(got, name).dtype == getattr(wanted, name).dtype
    assert found.elements == house.mesh.elements


def test_textures_come_back_and_a_mesh_kept_before_there_were_any_opens(project: Project) -> None:
    house = building("Kitchen")
    pixels = np.arange(5 * 3 * 3, dtype=np.uint8).reshape(5, 3, 3)
    covering = FloorCovering(source_id="k", texture=0, uv_from_plan=(1.0, 0.5, 0.0, 0.0, 2.0, 0.25))
    project.set_building(
        replace(house, mesh=replace(house.mesh, textures=(Texture(pixels=pixels),), coverings=(covering,)))
    )
    found = project.mesh()
    assert found is not None
    assert found.coverings == (covering,)
    assert np.array_equal(found.textures[0].pixels, pixels)
    head, parts = meshes.packed(project._db, project.twin().meshes[0])  # type: ignore[misc]
    facts = json.loads(zstandard.decompress(head))
    older = {name: facts[name] for name in ("format", "parts", "names", "classes", "sources")}
    assert meshes.unpack(zstandard.compress(json.dumps(older).encode()), parts[:-1]).textures == ()
    for lie in (
        {"textures": [[4000, 3000]]},
        {"textures": [[5, 4]]},
        {"coverings": [{**facts["coverings"][0], "texture": 7}]},
    ):
        with pytest.raises(ValueError, match=r"texture|buffer"):
            meshes.unpack(zstandard.compress(json.dumps(facts | lie).encode()), parts)


def test_a_mesh_by_a_newer_importer_takes_the_old_ones_place_without_an_undo_step(project: Project) -> None:
    house = building("Kitchen")
    project.set_building(house)
    labels, twin = project.undo_labels(), project.twin()
    assert project.mesh_importer("1") == "ifc 1"
    project.renew_mesh("1", replace(house.mesh, textures=(Texture(pixels=np.zeros((2, 2, 3), np.uint8)),)), "ifc 9")
    found = project.mesh()
    assert found is not None
    assert len(found.textures) == 1
    assert project.mesh_importer("1") == "ifc 9"
    assert (project.undo_labels(), project.twin()) == (labels, twin)
    project.undo()
    project.redo()
    assert project.mesh_importer("1") == "ifc 9"


def test_undo_of_an_import_brings_the_old_mesh_back(project: Project) -> None:
    project.set_building(building("Kitchen"))
    project.set_building(building("Kitchen", "Hall", sha="b" * 64))
    assert sentence(project.undo()) == "Import building"
    shape = project.mesh()
    assert shape is not None
    assert len(shape.parts) == 1
    project.redo()
    shape = project.mesh()
    assert shape is not None
    assert len(shape.parts) == 2


def test_a_building_without_a_mesh_has_none(project: Project) -> None:
    project.set_building(building("Kitchen", mesh=False))
    assert project.mesh() is None


def test_each_edit_is_one_step_back_and_forth(project: Project) -> None:
    furnished(project)
    project.rename(SENSOR.id, "Fühler  \n 1")
    project.rename(room("Hall"), "Entrance")
    project.rename(StoreyId("s"), "Ground floor")
    project.unbind(LAMP.id)
    project.remove_device(SENSOR.id)
    project.remove_link(LINK.id)
    after = project.twin()
    assert (after.links, after.devices, after.rooms[1].name) == ((), (), "Entrance")
    labels: list[str] = []
    while (label := project.undo()) is not None:
        labels.append(sentence(label))
    assert labels == [
        "Remove Bench", "Remove Fühler 1", "Take Lamp out", "Rename Ground to Ground floor",
        "Rename Hall to Entrance", "Rename Sensor to Fühler 1", "Put Lamp into 0 Kitchen", "Add 2 devices", "Add Bench",
        "Import house.ifc",
    ]  # fmt: skip
    assert project.twin() == Twin(name="House")
    while project.redo() is not None:
        pass
    assert project.twin() == after
    assert undo_labels(project) == ("Remove Bench", None)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_undone_and_redone_the_past_is_what_it_was(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "p.oikos"
    project = Project.create(path)
    past = [project.twin()]
    for _ in range(40):
        choice = chance.randrange(10)
        if choice == 0 and len(past) > 1:
            assert project.undo() is not None
            past.pop()
        elif choice == 1:
            labels = project.undo_labels()
            project.close()
            project = Project.open(path)
            assert project.undo_labels() == labels
        else:
            before = project.twin()
            after = edited(project, chance)
            if after is not before:
                past.append(after)
        assert project.twin() == past[-1] == snapshot(project._rows, {}, Twin())
    while project.undo() is not None:
        past.pop()
        assert project.twin() == past[-1]
    assert len(past) == 1
    project.close()


def edited(project: Project, chance: random.Random) -> Twin:
    """One random edit."""
    twin = project.twin()
    names = [name for name in ("Kitchen", "Hall", "Bath", "Attic") if chance.random() < 0.7]
    edits = [
        lambda: project.set_building(building(*names, sha=chance.choice("ab") * 64)),
        lambda: project.add_link(replace(LINK, title=chance.choice(["A", "B"]))),
        lambda: project.put_devices([] if not twin.links else [chance.choice([d for d in (LAMP, SENSOR) if d.id not in twin.device_of] or [device(f"x{len(twin.devices)}")])]),
    ]  # fmt: skip
    if twin.devices:
        one = chance.choice(twin.devices).id
        edits += [lambda: project.rename(one, chance.choice("abc")), lambda: project.unbind(one)]
        edits += [lambda: project.remove_device(one)]
        if twin.rooms:
            edits += [
                lambda: project.bind(one, chance.choice(twin.rooms).id, chance.choice([None, (1.0, 2.0, 3.0)]))
            ] * 3
    if twin.rooms:
        edits += [lambda: project.rename(chance.choice(twin.rooms).id, chance.choice("xyz"))]
    if twin.rooms and twin.devices:
        everywhere = {one.id: chance.choice(twin.rooms).id for one in twin.devices}
        edits += [lambda: project.bind_all(everywhere), lambda: project.unbind(*everywhere)]
    if twin.links:
        edits += [lambda: project.remove_link(twin.links[0].id)]
    return chance.choice(edits)()


@pytest.mark.parametrize("seed", range(8))
def test_what_came_by_itself_is_in_no_undo_list_and_follows_what_is_undone_and_redone(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    with Project.create(tmp_path / "p.oikos") as project:
        for _ in range(30):
            labels, undoable = project.undo_labels(), chance.random() < 0.6
            if undoable:
                edited(project, chance)
                continue
            with project.recording(UndoEntry(logged=False)):
                project.put_devices([device(f"own{chance.randrange(9)}")] if project.twin().links else [])
            assert project.undo_labels() == labels
        final = project.twin()
        steps = 0
        while project.undo() is not None:
            steps += 1
            twin = project.twin()
            assert {one.link for one in twin.devices} <= {link.id for link in twin.links}
            assert {one.room for one in twin.devices} - {None} <= set(twin.room_of)
        for _ in range(steps):
            assert project.redo() is not None
        assert project.redo() is None
        assert project.twin() == final


def test_edits_of_one_entry_are_undone_and_redone_together(project: Project) -> None:
    project.set_building(building("Kitchen"))
    before, entry = project.twin(), UndoEntry()
    for edit in (
        lambda: project.add_link(LINK),
        lambda: project.put_devices((LAMP, SENSOR)),
        lambda: project.bind(LAMP.id, room("Kitchen")),
    ):
        with project.recording(entry):
            edit()
    after = project.twin()
    assert sentence(project.undo()) == "Add Bench"
    assert project.twin() == before
    assert sentence(project.redo()) == "Add Bench"
    assert project.twin() == after
    project.undo()
    with project.recording(entry):  # too late: it was taken back
        project.add_link(LINK)
    assert undo_labels(project) == ("Add Bench", None)


def test_undoing_an_import_takes_devices_out_of_rooms_that_are_gone_and_redoing_puts_them_back(
    project: Project,
) -> None:
    project.add_link(LINK)
    project.set_building(building("Kitchen"))
    with project.recording(UndoEntry(logged=False)):
        project.put_devices((LAMP,))
        project.bind(LAMP.id, room("Kitchen"), (1.0, 1.5, 2.4))
    there = project.twin().device_of[LAMP.id]
    project.undo()
    assert project.twin().device_of[LAMP.id].room is None
    project.redo()
    assert project.twin().device_of[LAMP.id] == there


def test_an_edit_leaves_every_value_it_does_not_change_the_same_object(project: Project) -> None:
    furnished(project)
    before = project.twin()
    after = project.rename(LAMP.id, "Reading lamp")
    for table in ("site", "storeys", "rooms", "doors", "placeholders", "links", "orphans"):
        assert getattr(after, table) is getattr(before, table), table
    assert after.device_of[SENSOR.id] is before.device_of[SENSOR.id]
    renamed = project.rename(room("Hall"), "Lobby")
    assert renamed.devices is after.devices
    assert [new is old for new, old in zip(renamed.rooms, after.rooms, strict=True)] == [True, False, True]


def test_many_devices_are_put_into_rooms_as_one_step(project: Project) -> None:
    furnished(project)
    crowd = tuple(device(f"c{i}") for i in range(300))
    project.put_devices(crowd)
    project.bind_all({one.id: room("Hall") for one in crowd} | {LAMP.id: room("Kitchen")})
    assert len(project.twin().devices_in[room("Hall")]) == 300
    assert project.twin().device_of[LAMP.id].position_m == (1.0, 1.5, 2.4)  # was there: its spot stays
    assert undo_labels(project)[0] == "Put 300 devices into rooms"
    project.unbind(*(one.id for one in crowd))
    assert sentence(project.undo()) == "Take 300 devices out"
    assert sentence(project.undo()) == "Put 300 devices into rooms"
    assert room("Hall") not in project.twin().devices_in


def test_one_room_that_is_not_there_keeps_all_devices_where_they_were(project: Project) -> None:
    furnished(project)
    before = project.twin()
    with pytest.raises(ProblemError):
        project.bind_all({SENSOR.id: room("Hall"), LAMP.id: room("Attic")})
    assert project.twin() is before


def test_a_new_edit_forgets_what_was_undone(project: Project) -> None:
    furnished(project)
    project.undo()
    project.rename(LAMP.id, "Light")
    assert undo_labels(project) == ("Rename Lamp to Light", None)
    assert project.redo() is None


def test_a_described_device_keeps_what_the_user_gave_it_and_is_no_undo_step(project: Project) -> None:
    furnished(project)
    project.rename(LAMP.id, "Reading light")
    fresh = replace(device("lamp", "on_off", "power"), firmware="2.0", name="LAMP-77")
    labels = project.undo_labels()
    twin = project.put_devices((fresh,))
    now = twin.device_of[LAMP.id]
    assert (now.name, now.firmware, now.room) == ("Reading light", "2.0", room("Kitchen"))
    assert [point.info.key for point in now.points] == ["on_off", "power"]
    assert project.undo_labels() == labels
    assert sentence(project.undo()) == "Rename Lamp to Reading light"
    assert project.twin().device_of[LAMP.id].firmware == "2.0"
    for _ in range(2):
        project.undo()
    assert not project.twin().devices
    project.redo()
    assert project.put_devices((LAMP,)).device_of[LAMP.id].points == LAMP.points


def test_an_edit_that_changes_nothing_is_no_step(project: Project) -> None:
    furnished(project)
    twin = project.twin()
    project.bind(LAMP.id, room("Kitchen"), (1.0, 1.5, 2.4))
    project.rename(LAMP.id, "Lamp")
    project.put_devices((LAMP,))
    project.add_link(LINK)
    project.remove_link(LinkId("none"))
    project.remove_device(DeviceId("none"))
    assert project.twin() is twin
    assert undo_labels(project)[0] == "Put Lamp into 0 Kitchen"


def again(*pairs: tuple[str, str]) -> tuple[Building, dict[RoomId, RoomId]]:
    """A building whose rooms have other ids than before: (new name, name of the room that it was; empty for a new one)."""
    house = building(*(f"{new}2" for new, _ in pairs), sha="c" * 64)
    return house, {RoomId(f"r-{new}2"): room(old) for new, old in pairs if old}


def test_a_re_import_keeps_matched_rooms_their_names_and_what_is_in_them(project: Project) -> None:
    furnished(project)
    project.rename(room("Hall"), "Entrance")
    project.bind(SENSOR.id, room("Bath"))
    house, keep = again(("Kitchen", "Kitchen"), ("Lobby", "Hall"), ("Bath", "Bath"))
    twin = project.set_building(house, label=words("Import again"), keep=keep)
    assert [r.id for r in twin.rooms] == [room("Kitchen"), room("Hall"), room("Bath")]
    assert [r.name for r in twin.rooms] == ["Kitchen2", "Entrance", "Bath2"]
    assert twin.doors[0].rooms == (room("Kitchen"), room("Hall"))
    assert twin.placeholders[0].room == room("Kitchen")
    assert twin.device_of[LAMP.id].room == room("Kitchen")
    assert twin.device_of[LAMP.id].position_m == (1.0, 1.5, 2.4)
    assert twin.device_of[SENSOR.id].room == room("Bath")
    assert project.orphans() == ()


def test_devices_of_a_lost_room_wait_and_are_back_with_it(project: Project) -> None:
    furnished(project)
    project.set_building(building("Hall", sha="d" * 64))
    lamp = project.twin().device_of[LAMP.id]
    assert (lamp.room, lamp.position_m) == (None, None)
    (orphan,) = project.orphans()
    assert (orphan.device, orphan.room, orphan.title, orphan.position_m) == (LAMP.id, room("Kitchen"), "0 Kitchen", (1.0, 1.5, 2.4))  # fmt: skip
    project.undo()
    assert project.twin().device_of[LAMP.id].room == room("Kitchen")
    project.redo()
    project.put_devices((LAMP,))
    assert project.orphans() == (orphan,)
    project.set_building(building("Kitchen", "Hall", sha="e" * 64))
    assert project.twin().device_of[LAMP.id].position_m == (1.0, 1.5, 2.4)
    assert project.orphans() == ()


def test_an_orphan_is_one_no_longer_when_the_user_decides(project: Project) -> None:
    furnished(project)
    project.bind(SENSOR.id, room("Bath"))
    project.set_building(building("Hall", sha="d" * 64))
    assert len(project.orphans()) == 2
    project.bind(LAMP.id, room("Hall"))
    project.unbind(SENSOR.id)
    assert project.orphans() == ()
    project.set_building(building("Kitchen", "Hall", "Bath", sha="e" * 64))
    assert project.twin().device_of[LAMP.id].room == room("Hall")


def test_two_rooms_never_get_one_id(project: Project) -> None:
    project.set_building(building("A", "B"))
    swapped = {room("A"): room("B")}  # the new A is the old B, and there is a new B too
    twin = project.set_building(building("A", "B", sha="f" * 64), keep=swapped)
    assert twin.rooms[0].id == room("B")
    assert len({r.id for r in twin.rooms}) == 2
    assert twin.doors[0].rooms == tuple(r.id for r in twin.rooms)


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (lambda p: p.bind(DeviceId("no"), room("Hall")), "unknown.device"),
        (lambda p: p.bind(LAMP.id, RoomId("no")), "unknown.room"),
        (lambda p: p.unbind(DeviceId("no")), "unknown.device"),
        (lambda p: p.rename(DeviceId("no"), "x"), "unknown.device"),
        (lambda p: p.rename(LAMP.id, " \u202e\n"), "project.name"),
    ],
)
def test_what_the_project_does_not_have_is_a_problem(project: Project, edit, wanted: str) -> None:
    furnished(project)
    twin = project.twin()
    with pytest.raises(ProblemError) as caught:
        edit(project)
    assert code(caught) == wanted
    assert project.twin() is twin


def test_one_program_edits_and_others_read(project: Project) -> None:
    furnished(project)
    with pytest.raises(ProblemError) as caught:
        Project.open(project.path)
    assert code(caught) == "store.locked"
    with Project.open(project.path, readonly=True) as other:
        assert other.twin() == project.twin()
        with pytest.raises(ProblemError) as caught:
            other.rename(LAMP.id, "x")
        assert code(caught) == "project.readonly"
    project.close()
    project.close()
    with pytest.raises(ProblemError) as caught:
        project.rename(LAMP.id, "x")
    assert code(caught) == "project.closed"
    Project.open(project.path).close()


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff" * 2000])
def test_a_lock_file_that_does_not_tell_who_holds_it_still_holds(project: Project, said: bytes) -> None:
    project.path.with_name(f".{project.path.name}.lock").write_bytes(said)
    with pytest.raises(ProblemError) as caught:
        Project.open(project.path)
    assert what(caught.value.problems[0]) == "house.oikos is open in another Oikos: it did not say which"


def test_the_lock_holds_between_processes_and_dies_with_them(project: Project) -> None:
    top = Path(__file__).parents[3]
    script = "import sys; from pathlib import Path; from twin.store.project import Project\np = Project.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    project.close()
    with subprocess.Popen([sys.executable, "-c", script, str(project.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=top, env=os.environ | {"PYTHONPATH": str(top)}) as child:  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(ProblemError) as caught:
            Project.open(project.path)
        assert code(caught) == "store.locked"
        assert f"process {child.pid}, since {datetime.now().astimezone():%Y-%m-%d}" in what(caught.value.problems[0])
        child.kill()
        child.wait()
        if child.stdin:
            child.stdin.close()
    Project.open(project.path).close()


def test_an_edit_is_whole_or_not_at_all_when_the_program_is_killed(tmp_path: Path) -> None:
    top, path = Path(__file__).parents[3], tmp_path / "p.oikos"
    script = """import sys; from pathlib import Path
from tests.twin.store.worlds import building, device, LINK
from twin.store.project import Project
p = Project.create(Path(sys.argv[1])); p.set_building(building('Kitchen', 'Hall')); p.add_link(LINK)
lamp = device('lamp', 'on_off'); p.put_devices((lamp,))
n = 0
while True:
    p.bind(lamp.id, p.twin().rooms[n % 2].id, (float(n), 0.0, 0.0)); n += 1; print(n, flush=True)"""
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=top, env=os.environ | {"PYTHONPATH": str(top)}) as child:  # fmt: skip
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.kill()
        said = 20 + len(child.stdout.read().splitlines())
    with Project.open(path) as project:
        assert project.check() == []
        (lamp,) = project.twin().devices
        assert lamp.position_m is not None
        n = int(lamp.position_m[0])
        assert n >= said - 2
        assert lamp.room == project.twin().rooms[n % 2].id
        for m in range(n, 0, -1):
            assert project.undo()
            assert project.twin().devices[0].position_m == (m - 1.0, 0.0, 0.0)


def test_a_full_disk_leaves_the_project_as_it_was(project: Project) -> None:
    furnished(project)
    twin = project.twin()
    project._db.execute("pragma max_page_count = 60")
    rooms = tuple(replace(building("A").rooms[0], id=RoomId(str(n)), name="x" * 60) for n in range(3000))
    with pytest.raises(ProblemError) as caught:
        project.set_building(replace(building("A", sha="9" * 64), rooms=rooms))
    assert code(caught) == "store.full"
    assert project.twin() is twin
    assert undo_labels(project)[0] == "Put Lamp into 0 Kitchen"
    project._db.execute("pragma max_page_count = 1000000")
    project.rename(LAMP.id, "Light")
    assert project.check() == []


BAD_FILES = {
    "text": (b"hello" * 1000, "project.foreign"),
    "empty": (b"", "project.foreign"),
    "zip": (b"PK\x03\x04" + bytes(5000), "project.foreign"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_no_project_is_named_and_left_alone(tmp_path: Path, name: str, readonly: bool) -> None:
    content, wanted = BAD_FILES[name]
    path = tmp_path / "x.oikos"
    path.write_bytes(content)
    with pytest.raises(ProblemError) as caught:
        Project.open(path, readonly=readonly)
    assert code(caught) == wanted
    assert remedy(caught.value.problems[0])
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["x.oikos"]


def test_another_programs_database_is_no_project(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "x.oikos")
    db.execute("create table room(id)")
    db.commit()
    db.close()
    with pytest.raises(ProblemError) as caught:
        Project.open(tmp_path / "x.oikos")
    assert code(caught) == "project.foreign"


def test_a_project_of_a_newer_program_is_not_touched(project: Project) -> None:
    project.close()
    db = sqlite3.connect(project.path)
    db.execute("pragma user_version = 999")
    db.close()
    before = project.path.read_bytes()
    for readonly in (False, True):
        with pytest.raises(ProblemError) as caught:
            Project.open(project.path, readonly=readonly)
        assert code(caught) == "project.newer"
    assert project.path.read_bytes() == before


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_project_is_a_problem_never_a_traceback(project: Project, seed: int) -> None:
    furnished(project)
    project.close()
    chance = random.Random(seed)
    data = bytearray(project.path.read_bytes())
    if seed % 3 == 0:
        del data[chance.randrange(200, len(data)) :]
    else:
        start = 100 if seed % 3 == 1 else 4096
        for _ in range(200):
            data[chance.randrange(start, len(data))] = chance.randrange(256)
    project.path.write_bytes(data)
    codes: set[str] = set()
    try:
        with Project.open(project.path) as opened:
            codes |= {problem.code for problem in opened.check()}
            opened.mesh()
            opened.undo()
    except ProblemError as error:
        codes |= {problem.code for problem in error.problems}
    assert codes <= {"project.damaged", "project.foreign", "store.unreadable"}


def test_a_row_that_says_nonsense_is_damage(project: Project) -> None:
    furnished(project)
    project.close()
    for sql in (
        "update room set outline = '{'",
        "update room set outline = '[[1]]'",
        "update room set outline = '[[1, 1e999]]'",
        "update point set writable = 7",
        "update point set options = '[1]'",
        'update edit set backward = \'[["sqlite_master", "x", null]]\'',
    ):
        copy = project.path.with_name("copy.oikos")
        shutil.copyfile(project.path, copy)
        db = sqlite3.connect(copy)
        db.execute(sql)
        db.commit()
        db.close()
        with pytest.raises(ProblemError) as caught, Project.open(copy) as opened:
            opened.undo()
        assert code(caught) == "project.damaged"


def test_a_missing_project_is_missing_and_makes_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.oikos", tmp_path / "no" / "none.oikos"):
        for readonly in (False, True):
            with pytest.raises(ProblemError) as caught:
                Project.open(path, readonly=readonly)
            assert code(caught) in ("project.missing", "store.no_folder")
    with pytest.raises(ProblemError):
        Project.create(tmp_path / "no" / "none.oikos")
    assert not list(tmp_path.rglob("*none*"))


def test_create_writes_over_nothing(project: Project) -> None:
    before = project.path.read_bytes()
    with pytest.raises(ProblemError) as caught:
        Project.create(project.path)
    assert code(caught) == "project.exists"
    assert project.path.read_bytes() == before


@pytest.fixture
def read_only_disk(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a disk is not permitted here")

    def lock() -> None:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)

    yield disk, lock
    subprocess.run(["umount", "-l", str(disk)], check=False)


def test_on_a_read_only_disk_reading_works_and_editing_says_why_not(read_only_disk) -> None:
    disk, lock = read_only_disk
    with Project.create(disk / "p.oikos") as project:
        furnished(project)
        twin = project.twin()
        shutil.copytree(disk, disk / "crashed", ignore=shutil.ignore_patterns("crashed"))  # with its open journal
    lock()
    with Project.open(disk / "p.oikos", readonly=True) as project:
        assert project.twin() == twin
    with Project.open(disk / "crashed" / "p.oikos", readonly=True) as project:
        assert project.twin() == twin
    for use in (lambda: Project.open(disk / "p.oikos"), lambda: Project.create(disk / "new.oikos")):
        with pytest.raises(ProblemError) as caught:
            use()
        assert code(caught) == "store.readonly"


def test_a_disk_that_is_really_full_is_survived(read_only_disk) -> None:
    disk, _ = read_only_disk
    with Project.create(disk / "p.oikos") as project:
        furnished(project)
        (disk / "ballast").write_bytes(bytes(14 * 1024 * 1024))
        twin = project.twin()
        rooms = tuple(replace(building("A").rooms[0], id=RoomId(str(n)), name="x" * 60) for n in range(9000))
        with pytest.raises(ProblemError) as caught:
            project.set_building(replace(building("A", sha="9" * 64), rooms=rooms))
        assert code(caught) == "store.full"
        assert project.twin() is twin
        (disk / "ballast").unlink()
        project.rename(LAMP.id, "Light")
        assert project.check() == []


def test_a_backup_is_a_project_of_its_own(project: Project) -> None:
    furnished(project)
    copy = project.path.with_name("copy.oikos")
    project.backup(copy)
    with Project.open(copy) as other:
        assert other.twin() == project.twin()
        assert sentence(other.undo()) == "Put Lamp into 0 Kitchen"
    with pytest.raises(ProblemError) as caught:
        project.backup(copy)
    assert code(caught) == "project.exists"


def test_many_threads_may_edit_and_read(project: Project) -> None:
    furnished(project)

    def work(n: int) -> None:
        for k in range(20):
            project.set_setting(f"s{n}", k)
            project.rename(SENSOR.id, f"n{n}.{k}")
            assert project.twin().device_of[SENSOR.id].name
            project.mesh()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [project.setting(f"s{n}") for n in range(4)] == [19] * 4


def test_the_undo_log_is_bounded(project: Project) -> None:
    project.set_building(building("A"))
    many = tuple(replace(building("A").rooms[0], id=RoomId(str(n)), name="x" * 64) for n in range(1500))
    for n in range(3):
        project.set_building(replace(building("A", sha=str(n) * 64), rooms=many[: 1500 - n]), label=words(str(n)))
    db = project._db
    size = db.execute("select sum(length(forward) + length(backward)) from edit").fetchone()[0]
    assert size < 64_000_000
    assert db.execute("select count(*) from mesh").fetchone()[0] <= 4


@pytest.mark.parametrize("kind", [database.PROJECT, database.HISTORY])
def test_two_programs_starting_at_once_make_one_schema(tmp_path: Path, kind: database.DatabaseKind) -> None:
    path = tmp_path / "x"
    database.create(path, kind, upto=0)
    errors: list[BaseException] = []

    def start() -> None:
        db = sqlite3.connect(path, isolation_level=None, timeout=400)
        try:
            migrations.migrate(db, kind.name)
        except sqlite3.Error as error:
            errors.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    db = sqlite3.connect(path)
    assert migrations.version(db) == migrations.newest(kind.name)
    db.close()


def test_names_survive_whatever_they_are(project: Project) -> None:
    wild = "'; drop table room; -- ✓ “q” \\ \x00"
    project.set_building(building("A"))
    project.add_link(Link(id=LinkId("x"), protocol="p", address=wild, options=((wild, wild),)))
    project.rename(room("A"), wild)
    project.close()
    with Project.open(project.path) as again:
        assert again.twin().links[0].option(wild) == wild
        assert again.twin().rooms[0].name.startswith("'; drop table")


def test_a_large_mesh_is_back_quickly(project: Project) -> None:
    chance = np.random.default_rng(1)
    n = 200_000
    big = MeshPart(
        storey=None, category="wall", positions=chance.random((n, 3), np.float32),
        triangles=chance.integers(0, n, (2 * n, 3), np.uint32), colours=np.full((2 * n, 4), 200, np.uint8),
        elements=np.arange(2 * n, dtype=np.uint32) // 10,
    )  # fmt: skip
    names = tuple(Element(name=f"Wall {i}", ifc_class="IfcWall", source_id=f"guid{i}") for i in range(2 * n // 10))
    project.set_building(replace(building("A"), mesh=Mesh(parts=(big,), elements=names)))
    found = project.mesh()
    assert found is not None
    assert found.elements == names
    assert np.array_equal(found.parts[0].triangles, big.triangles)


def test_room_is_not_needed_to_be_named(project: Project) -> None:
    house = building("A")
    project.set_building(replace(house, rooms=(Room(id=RoomId("q"), storey=StoreyId("s"), name=""),)))
    project.rename(RoomId("q"), "Now named")
    assert project.twin().rooms[0].name == "Now named"


def test_several_files_make_one_building_and_each_replaces_only_its_own_part(project: Project) -> None:
    project.set_building(building("Kitchen", "Hall"))
    lights = replace(building("Hall", sha="2" * 64), rooms=(), doors=())
    wires = Intake(source="2", placed="moved")
    twin = project.set_building(lights, intake=wires)
    assert [source.sha256[0] for source in project.sources().values()] == [building("A").source.sha256[0], "2"]
    assert [room.name for room in twin.rooms] == ["Kitchen", "Hall"]
    both = project.mesh()
    assert both is not None
    wanted = [building("Kitchen", "Hall").mesh, lights.mesh]
    assert both.triangle_count == sum(mesh.triangle_count for mesh in wanted)
    assert len(both.elements) == sum(len(mesh.elements) for mesh in wanted)
    twin = project.set_building(building("Kitchen", "Bath", sha="3" * 64))
    assert [room.name for room in twin.rooms] == ["Kitchen", "Bath"]
    assert list(project.sources()) == ["1", "2"]
    again = project.set_building(replace(lights, placeholders=(), source=replace(lights.source, sha256="4" * 64)), intake=wires)  # fmt: skip
    assert again.rooms == twin.rooms
    assert [sentence(project.undo()) for _ in range(3)] == ["Import building"] * 3
    assert project.mesh() is not None
    assert list(project.sources()) == ["1"]


def test_devices_of_a_lost_room_move_where_the_user_said(project: Project) -> None:
    furnished(project)
    moves = {room("Kitchen"): room("Hall")}
    twin = project.set_building(building("Hall", sha="d" * 64), intake=Intake(moves=moves))
    assert twin.device_of[LAMP.id].room == room("Hall")
    assert twin.orphans == ()
    project.undo()
    assert project.twin().device_of[LAMP.id].room == room("Kitchen")


def test_the_name_that_the_file_has_for_a_room_is_kept_beside_the_users(project: Project) -> None:
    project.set_building(building("Kitchen"))
    project.rename(room("Kitchen"), "Mine")
    assert [r.name for r in project.twin().rooms] == ["Mine"]
    assert [r.name for r in project.part("1").rooms] == ["Kitchen"]


def test_a_device_goes_along_with_its_room_when_the_building_moves(project: Project) -> None:
    house = building("Kitchen")
    project.set_building(house)
    project.add_link(LINK)
    project.put_devices((LAMP,))
    (there,) = house.rooms
    x, y = there.outline[0]
    project.bind(LAMP.id, there.id, (x + 0.5, y + 0.5, 1.0))

    def moved(by: float, up: float) -> Building:
        ring = tuple((cx + by, cy) for cx, cy in there.outline)
        fresh = replace(there, outline=ring, floor_m=there.floor_m + up, ceiling_m=there.ceiling_m + up)
        return replace(house, rooms=(fresh,), source=replace(house.source, sha256=f"{by:064.2f}"))

    def spot(twin: Twin) -> tuple[float, float, float] | None:
        return twin.device_of[LAMP.id].position_m

    assert spot(project.set_building(moved(0.3, 0.0))) == (x + 0.5, y + 0.5, 1.0)
    assert spot(project.set_building(moved(100.3, 0.2))) == pytest.approx((x + 100.5, y + 0.5, 1.2))
    project.undo()
    project.undo()
    assert spot(project.twin()) == (x + 0.5, y + 0.5, 1.0)


def test_a_name_that_the_file_lost_is_kept(project: Project) -> None:
    project.set_building(building("Kitchen"))
    bare = building("Kitchen", sha="5" * 64)
    nameless = replace(bare, rooms=tuple(replace(one, name="", number="") for one in bare.rooms))
    (there,) = project.set_building(nameless).rooms
    assert (there.name, there.number) == (building("Kitchen").rooms[0].name, building("Kitchen").rooms[0].number)
    assert [one.name for one in project.part("1").rooms] == ["Kitchen"]


def test_the_room_that_the_user_said_for_a_planned_device_survives_re_imports(project: Project) -> None:
    house = building("Kitchen", "Hall")
    (light, *_) = house.placeholders
    unsure = replace(light, room=None, candidates=(room("Kitchen"), room("Hall")))
    project.set_building(replace(house, placeholders=(unsure,)))
    placed = project.place(light.id, room("Hall")).placeholders[0]
    assert (placed.room, placed.candidates) == (room("Hall"), ())
    again = project.set_building(replace(house, placeholders=(unsure,), source=replace(house.source, sha256="7" * 64)))
    assert again.placeholders[0] == placed
    gone = building("Kitchen", sha="8" * 64)
    assert project.set_building(replace(gone, placeholders=(unsure,))).placeholders[0].room is None
    for _ in range(3):
        project.undo()
    assert project.twin().placeholders[0] == unsure
    with pytest.raises(ProblemError) as caught:
        project.place(light.id, RoomId("nowhere"))
    assert code(caught) == "unknown.room"

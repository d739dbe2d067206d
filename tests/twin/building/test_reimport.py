"""The same building read again from a file that changed: no room mistaken, no binding lost. Real files, mutated here."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import ifcopenshell
import ifcopenshell.guid
import ifcopenshell.util.unit
import pytest

from tests.twin.store.worlds import LINK, device
from twin.building.import_worker import read_building
from twin.building.merge_models import ProjectParts, merge_model
from twin.building.reimport_review import review_reimport
from twin.model.ids import DeviceId, RoomId
from twin.store.project import Project

type Change = Callable[[ifcopenshell.file, random.Random], dict[str, str]]
"""Changes a file in place; what the GUIDs of its spaces became, where they became others."""

MOVED_M = 0.3
FILES = ("AC20-FZK-Haus.ifc", "Duplex_A.ifc", "AC11-Institute-Var-2.ifczip")


def opened(path: Path) -> ifcopenshell.file:
    if path.suffix != ".ifczip":
        return ifcopenshell.open(path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read(next(name for name in archive.namelist() if name.endswith(".ifc")))
    return ifcopenshell.file.from_string(io.TextIOWrapper(io.BytesIO(text), "latin-1").read())


def spaces(file: ifcopenshell.file) -> list[ifcopenshell.entity_instance]:
    return file.by_type("IfcSpace")


def nothing(_file: ifcopenshell.file, _chance: random.Random) -> dict[str, str]:
    return {}


def guids(file: ifcopenshell.file, _chance: random.Random) -> dict[str, str]:
    became: dict[str, str] = {}
    for thing in file.by_type("IfcRoot"):
        fresh = ifcopenshell.guid.new()
        became[thing.GlobalId] = fresh
        thing.GlobalId = fresh
    return became


def names(file: ifcopenshell.file, _chance: random.Random) -> dict[str, str]:
    for space in spaces(file):
        space.Name = space.LongName = None
    return {}


def moved(file: ifcopenshell.file, chance: random.Random) -> dict[str, str]:
    """Every room on its own, in a direction of its own."""
    scale = ifcopenshell.util.unit.calculate_unit_scale(file)
    for space in spaces(file):
        place = space.ObjectPlacement.RelativePlacement
        x, y, *z = place.Location.Coordinates
        dx, dy = chance.choice([(1, 0), (-1, 0), (0, 1), (0, -1)])
        spot = (x + dx * MOVED_M / scale, y + dy * MOVED_M / scale, *z)
        space.ObjectPlacement.RelativePlacement = file.create_entity(
            place.is_a(), file.create_entity("IfcCartesianPoint", spot), *list(place)[1:]
        )
    return {}


def all_of(*changes: Change) -> Change:
    def change(file: ifcopenshell.file, chance: random.Random) -> dict[str, str]:
        became: dict[str, str] = {}
        for one in changes:
            became |= one(file, chance)
        return became

    return change


def shuffled(text: str, chance: random.Random) -> str:
    """The same entities in another order, with other numbers."""
    head, data = text.split("DATA;", 1)
    body, tail = data.rsplit("ENDSEC;", 1)
    rows = re.findall(r"#\d+\s*=.*?;\s*\n", body, flags=re.DOTALL)
    chance.shuffle(rows)
    number = {row.split("=", 1)[0].strip()[1:]: str(n) for n, row in enumerate(rows, 1)}
    quoted = re.compile(r"('(?:[^']|'')*')")
    mended = "".join(
        "".join(
            part if part.startswith("'") else re.sub(r"#(\d+)", lambda m: f"#{number[m[1]]}", part)
            for part in quoted.split(row)
        )
        for row in rows
    )
    return f"{head}DATA;\n{mended}ENDSEC;{tail}"


CASES: dict[str, tuple[Change, bool]] = {
    "regenerated GUIDs": (guids, False),
    "lost names": (names, False),
    "rooms moved": (moved, False),
    "another order": (nothing, True),
    "everything at once": (all_of(moved, names, guids), True),
}


@pytest.fixture(scope="module")
def known(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A project per file, made once, with a device in every room."""
    folder = tmp_path_factory.mktemp("known")

    def project(name: str) -> Path:
        path = folder / f"{Path(name).stem}.oikos"
        if path.exists():
            return path
        with Project.create(path) as made:
            twin = made.set_building(read_building(shared_data / "building-models" / name))
            devices = tuple(device(room.id, "temperature") for room in twin.rooms)
            made.add_link(LINK)
            made.put_devices(devices)
            for one, room in zip(devices, twin.rooms, strict=True):
                made.bind(one.id, room.id, (1.0, 2.0, 3.0))
        return path

    return project


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", FILES)
def test_every_room_is_recognised_and_every_device_stays(
    known: Callable[[str], Path], shared_data: Path, tmp_path: Path, name: str, case: str
) -> None:
    change, order = CASES[case]
    chance = random.Random(f"{name} {case}")
    file = opened(shared_data / "building-models" / name)
    became = change(file, chance)
    text = file.to_string()
    (tmp_path / "changed.ifc").write_text(shuffled(text, chance) if order else text, encoding="utf-8")
    with Project.open(known(name)) as project:
        before = project.twin()
        building = read_building(tmp_path / "changed.ifc")
        found = merge_model(building, ProjectParts(parts={"1": project.part("1")}))
        after = project.set_building(found.building, intake=found.intake)
        wrong = [
            (room.title, after.room_of[room.id].title)
            for room in before.rooms
            if room.id in after.room_of
            and after.room_of[room.id].source_id != became.get(room.source_id, room.source_id)
        ]
        assert wrong == []
        assert after.orphans == ()
        assert {room.id: room.title for room in after.rooms} == {room.id: room.title for room in before.rooms}
        assert {(d.id, d.room, d.position_m) for d in after.devices} == {(d.id, d.room, d.position_m) for d in before.devices}  # fmt: skip
        assert [storey.id for storey in after.storeys] == [storey.id for storey in before.storeys]
        assert project.undo() is not None
        assert project.twin() == before


def test_two_revisions_of_a_file_keep_their_room(shared_data: Path, tmp_path: Path) -> None:
    first, second = (read_building(shared_data / "building-models" / f"compare_by_guid_rev_{n}.ifc") for n in (1, 2))
    with Project.create(tmp_path / "house.oikos") as project:
        before = project.set_building(first)
        review = review_reimport(second, ProjectParts(parts={"1": project.part("1")}), before)
        assert [len(review.pairs), len(review.lost), len(review.new)] == [1, 0, 0]
        found = merge_model(second, ProjectParts(parts={"1": project.part("1")}))
        after = project.set_building(found.building, intake=found.intake)
        assert [room.id for room in after.rooms] == [room.id for room in before.rooms]
        assert (len(before.doors), len(after.doors)) == (0, 1)


def test_a_room_that_was_taken_out_is_lost_and_nothing_else(
    known: Callable[[str], Path], shared_data: Path, tmp_path: Path
) -> None:
    file = opened(shared_data / "building-models" / "Duplex_A.ifc")
    gone = next(space for space in spaces(file) if space.Name == "A102")
    guid = gone.GlobalId
    file.remove(gone)
    file.write(str(tmp_path / "changed.ifc"))
    with Project.open(known("Duplex_A.ifc")) as project:
        twin = project.twin()
        review = review_reimport(
            read_building(tmp_path / "changed.ifc"), ProjectParts(parts={"1": project.part("1")}), twin
        )
        (lost,) = review.lost
        assert lost.room.source_id == guid
        assert lost.devices == (DeviceId(device(lost.room.id, "temperature").id),)
        assert lost.suggestion is None
        assert len(review.kept) == 20
        assert RoomId(lost.room.id) not in {room.id for room in review.rooms}

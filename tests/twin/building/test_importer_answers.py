"""What the process that reads a building file answers is checked: it may have been taken over by the file."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.building import import_worker, importer_protocol
from twin.model.building import Building, Source
from twin.model.ids import DoorId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.space import Classified, Door, DoorLeaf, Room, Storey

STOREY = StoreyId("s")


def house() -> Building:
    """A building with something of every kind."""
    part = MeshPart(
        storey=STOREY,
        category="wall",
        positions=np.eye(3, dtype=np.float32),
        triangles=np.array([[0, 1, 2]], np.uint32),
        colours=np.zeros((1, 4), np.uint8),
        elements=np.zeros(1, np.uint32),
    )
    room = Room(
        id=RoomId("r"),
        storey=STOREY,
        name="Küche 厨房",
        outline=((0.0, 0.0), (1.0, 0.0), (1.0, 1.5)),
        classes=(Classified("Uniclass", "SL"),),
        stated_sizes=(("NetFloorArea", 3.5),),
    )
    door = Door(
        id=DoorId("d"),
        storey=STOREY,
        name="Door",
        rooms=(room.id,),
        position_m=(0.0, 0.0, 0.0),
        swing=(DoorLeaf((0.0, 0.0), 0.0, 90.0, 0.9),),
    )
    return Building(
        source=Source(path="x.ifc", sha256="", importer="ifc 1"),
        storeys=(Storey(id=STOREY, name="Ground", elevation_m=0.0, height_m=3.0),),
        rooms=(room,),
        doors=(door,),
        mesh=Mesh(parts=(part,), elements=(Element(name="W", ifc_class="IfcWall"),)),
        problems=(Problem(code="ifc.truncated", args={"n": 2}, severity=Severity.NOTE),),
    )


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The bytes of the house with its head changed."""
    data = importer_protocol.pack(house())
    (length,) = struct.unpack_from("<Q", data)
    head = json.loads(data[8 : 8 + length])
    change(head)
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def test_a_building_comes_through_as_it_was() -> None:
    before, after = house(), importer_protocol.unpack(importer_protocol.pack(house()))
    assert (after.storeys, after.rooms, after.doors, after.problems) == (
        before.storeys,
        before.rooms,
        before.doors,
        before.problems,
    )
    assert after.mesh.elements == before.mesh.elements
    assert after.mesh.parts[0].positions.tolist() == before.mesh.parts[0].positions.tolist()
    assert importer_protocol.unpack(changed(lambda head: None)).rooms == before.rooms


HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "a dict as a name": lambda head: head["rooms"][0].update(name={"html": "<b>"}),
    "a number as an id": lambda head: head["rooms"][0].update(id=7),
    "a word as a height": lambda head: head["storeys"][0].update(height_m="tall"),
    "a corner of three numbers": lambda head: head["rooms"][0].update(outline=[[0, 0, 0]]),
    "a severity that nobody knows": lambda head: head["problems"][0].update(severity="fatal"),
    "a field that nobody knows": lambda head: head.update(run="rm"),
    "a room without a name": lambda head: head["rooms"][0].pop("name"),
    "a room on no storey": lambda head: head["rooms"][0].update(storey="other"),
    "a part on no storey": lambda head: head["parts"][0].__setitem__(0, "other"),
    "fewer positions than triangles ask for": lambda head: head["parts"][0].__setitem__(2, 2),
    "a negative count": lambda head: head["parts"][0].__setitem__(2, -1),
    "a count beyond all memory": lambda head: head["parts"][0].__setitem__(3, 2**40),
    "an element that is not there": lambda head: head.update(elements=[]),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_building_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(ValueError):
        importer_protocol.unpack(changed(change))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_bytes_that_were_changed_are_a_building_or_refused(data: st.DataObject) -> None:
    whole = bytearray(importer_protocol.pack(house()))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for one in (bytes(whole), bytes(whole[:cut])):
        try:
            found = importer_protocol.unpack(one)
        except ValueError:
            continue
        assert all(type(room.name) is str for room in found.rooms)
        assert all(int(p.triangles.max(initial=0)) < max(len(p.positions), 1) for p in found.mesh.parts)


@pytest.mark.parametrize("body", [b"", b"{}", b'[{"code": 1}]', b'["x", "half"]', b"[[]]", b"nonsense"])
def test_progress_and_problems_are_checked_too(body: bytes) -> None:
    for read in (importer_protocol.unpack_progress, importer_protocol.unpack_problems):
        with pytest.raises(ValueError):
            read(body)


@pytest.mark.parametrize("message", [b"b" + b"\0" * 20, b"", b"?what", b'p["x", "half"]', b"x[[]]"])
def test_a_process_that_answers_nonsense_is_a_problem(
    message: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"import sys; from multiprocessing.connection import Connection; Connection(1, readable=False).send_bytes({message!r}); sys.stdin.read()"
    monkeypatch.setattr(
        import_worker,
        "_started",
        lambda path, watched, stdin: subprocess.Popen(
            [sys.executable, "-c", code], stdin=stdin, stdout=subprocess.PIPE
        ),
    )
    file = tmp_path / "house.ifc"
    file.write_text("ISO-10303-21;")
    with pytest.raises(ProblemError) as refused:
        import_worker.read_building(file)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == ("file.nonsense", str(file))

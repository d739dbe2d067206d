"""Files of strangers: damaged, hostile or absurd homes become a building or one clear problem, never anything else."""

from __future__ import annotations

import copy
import io
import os
import pickle
import random
import struct
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

from app.i18n import remedy, what
from tests.twin.building.sh3d.homes import SHELL, home, read, write
from twin.model.building import Building
from twin.model.problem import ProblemError, Severity

SEED = 20261
ROUNDS = int(os.environ.get("OIKOS_FUZZ_ROUNDS", "60"))
"""Mutations of each file in the suite; a longer run is asked for in the environment."""


def told(path: Path) -> Building | ProblemError:
    """What reading gives; anything but a building or problems is a failure of ours."""
    try:
        building = read(path)
    except ProblemError as error:
        return sound(error)
    assert all(problem.severity is Severity.WARNING for problem in building.problems)
    for part in building.mesh.parts:
        assert part.triangles.max() < len(part.positions)
    return building


def sound(error: ProblemError) -> ProblemError:
    """The error, if a person can do something with it."""
    assert all(what(problem) and remedy(problem) and problem.where for problem in error.problems)
    return error


WORDS = [
    "NaN",
    "1e300",
    "-1",
    "",
    "0",
    "12,5",
    "-Infinity",
    "1e-9",
    "99999",
    "level0",
    "true",
    "FFGG",
    "M0,0 h1 v1 z",
    "\u202e",
    "x" * 5000,
]


def twisted(text: bytes, rng: random.Random) -> bytes:
    """A well-formed home with values changed, elements repeated, moved and lost."""
    root = ElementTree.fromstring(text)
    for _ in range(rng.randint(1, 30)):
        parents = [element for element in root.iter() if len(element)]
        parent = rng.choice(parents)
        child = rng.choice(list(parent))
        match rng.randrange(5):
            case 0:
                parent.remove(child)
            case 1:
                parent.append(child)
            case 2 if child is not rng.choice(parents):
                rng.choice(list(root)).append(copy.deepcopy(child))
            case _:
                if child.attrib:
                    name = rng.choice(sorted(child.attrib))
                    known = child.attrib[name]
                    child.set(name, rng.choice([*WORDS, known + "0", "-" + known, known[:1]]))
    return ElementTree.tostring(root)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes changed, swapped, repeated or cut off."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 12)):
        at, much = rng.randrange(max(1, len(out))), rng.randint(1, 40)
        match rng.randrange(6):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del out[at : at + much]
            case 2:
                out[at:at] = out[at : at + much]
            case 3:
                out[at : at + much] = rng.randbytes(much)
            case 4:
                words = [b"NaN", b"1e300", b"-1", b"", b"<", b"&#0;", b"12,5", b"\xff\xff\xff\xff", b"0" * 400]
                out[at : at + 3] = rng.choice(words)
            case _:
                out = out[:at] if rng.random() < 0.1 else out
    return bytes(out)


def repacked(source: Path, target: Path, rng: random.Random) -> None:
    """The archive with its home (and now and then another entry) mutated."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name.endswith("/"):
                continue
            data = old.read(name)
            hit = name in ("Home.xml", "Home") or rng.random() < 0.05
            change = twisted if name == "Home.xml" and rng.random() < 0.7 else mutated
            new.writestr(name, change(data, rng) if hit else data)


@pytest.mark.parametrize(
    "name", ["cli_Home", "abesalomi_v1", "sh3d_junit_home1", "sh3d_junit_home1_old", "sh3d_junit_holes"]
)
def test_mutated_homes_are_read_or_refused(name: str, shared_data: Path, tmp_path: Path) -> None:
    source, refused = shared_data / "building-models" / f"{name}.sh3d", 0
    for number in range(ROUNDS):
        rng = random.Random(f"{SEED} {name} {number}")
        repacked(source, tmp_path / "home.sh3d", rng)
        try:
            refused += isinstance(told(tmp_path / "home.sh3d"), ProblemError)
        except Exception as error:
            pytest.fail(f"seed {SEED} {name} {number}: {type(error).__name__}: {error}")
    assert refused < ROUNDS


def test_archives_of_random_bytes_are_refused(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    for size in (0, 1, 22, 5000):
        (tmp_path / "home.sh3d").write_bytes(b"PK\x03\x04"[: size % 5] + rng.randbytes(size))
        assert isinstance(told(tmp_path / "home.sh3d"), ProblemError)


def java(body: bytes) -> bytes:
    """A serialisation stream."""
    return b"\xac\xed\x00\x05" + body


@pytest.mark.parametrize(
    "stream",
    [
        java(b""),
        java(b"\x70"),
        java(b"\x74\x00\x05hello"),
        java(b"\x7c" + struct.pack(">q", 1 << 62)),
        java(b"\x77\xff"),
        java(b"\x73\x72\x00\x20" + b"com.eteks.sweethome3d.model.Home" + b"\0" * 8 + b"\x03\xff\xff"),
        java(b"\x75\x72\x00\x02[I" + b"\0" * 8 + b"\x02\x00\x00\x78\x70" + struct.pack(">i", 2**31 - 1)),
        java(b"\x71\x00\x7e\x00\x00" * 2000),
        java(b"\x73" * 5000),
        pickle.dumps(print),
    ],
)
def test_a_hostile_serialisation_is_refused_and_runs_nothing(stream: bytes, tmp_path: Path) -> None:
    path = tmp_path / "home.sh3d"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Home", stream)
    began = time.monotonic()
    error = told(path)
    assert isinstance(error, ProblemError)
    assert error.problems[0].code == "sh3d.old_damaged"
    assert time.monotonic() - began < 20


def test_a_damaged_model_costs_only_its_piece(tmp_path: Path) -> None:
    piece = "<pieceOfFurniture id='p' name='Vase' model='m.obj' x='200' y='150' width='20' depth='20' height='40'/>"
    path = write(tmp_path, SHELL + piece, {"m.obj": "v 0 0 0\n" * 4000})
    data = bytearray(path.read_bytes())
    at = data.index(b"m.obj") + 5
    data[at + 4 : at + 12] = b"\xff" * 8
    path.write_bytes(data)
    built = read(path)
    assert [problem.code for problem in built.problems] == ["sh3d.model"]
    assert "Vase" in what(built.problems[0])
    assert len(built.rooms) == 1


def test_ten_thousand_triangles_of_nonsense_are_a_box(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    lines = [f"f {rng.randint(-9, 9**9)} {rng.randint(-9, 9)} {rng.randint(0, 3)}" for _ in range(10_000)]
    model = "v 0 0 0\nv 1 0 1e400\nv nan 1 0\n" + "\n".join(lines)
    piece = "<pieceOfFurniture id='p' name='Vase' model='m.obj' x='200' y='150' width='20' depth='20' height='40'/>"
    built = home(tmp_path, SHELL + piece, {"m.obj": model})
    assert [problem.code for problem in built.problems] == ["sh3d.model"]


@pytest.mark.parametrize(
    "body",
    [
        "<wall/>" * 50,
        "<room><point/></room><level/><level/><light/><doorOrWindow/><label/><compass/>",
        "<level id='' elevation='1e300' height='-5'/>" + SHELL,
        SHELL.replace("id=", "level='nowhere' id="),
        SHELL.replace("thickness='10'", "thickness='0'"),
        SHELL.replace("height='250'", "height='0'"),
        SHELL.replace("height='250'", "height='250' arcExtent='6.2831853'"),
        SHELL.replace("height='250'", "height='250' arcExtent='-99999'"),
        SHELL + SHELL,
        SHELL + "<doorOrWindow x='200' y='0' width='0' depth='0' height='0'><sash/></doorOrWindow>",
        SHELL + "<doorOrWindow x='200' y='0' width='9000' depth='9000' height='9000' cutOutShape='M0,0 L1,1 z'/>",
        SHELL
        + "<doorOrWindow x='200' y='0' width='90' depth='10' height='200' wallTop='-5' wallHeight='9' wallLeft='3'/>",
        SHELL + "<pieceOfFurniture x='0' y='0' width='0' depth='0' height='0' modelRotation='a b c'/>",
        SHELL + "<pieceOfFurniture name='\u202eevil' x='0' y='0' staircaseCutOutShape='M0,0 z'/>",
        SHELL + "<light x='0' y='0'><lightSource x='NaN' color='zz'/></light>",
        SHELL + "<furnitureGroup/>" * 1000,
    ],
)
def test_absurd_homes_are_read_as_far_as_they_go(body: str, tmp_path: Path) -> None:
    assert isinstance(told(write(tmp_path, body)), Building)


def test_a_home_may_hold_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "home.sh3d"
    text = "<?xml version='1.0' encoding='utf-16'?><home wallHeight='250'><room name='Küche'><point x='0' y='0'/><point x='9' y='0'/><point x='9' y='300'/></room></home>"
    for data, known in ((text.encode("utf-16"), True), (text.replace("utf-16", "no-such").encode(), False)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("Home.xml", data)
        path.write_bytes(buffer.getvalue())
        assert isinstance(told(path), Building) is known


@pytest.mark.parametrize("count", [8000])
def test_many_pieces_and_walls_are_read_in_reasonable_time(tmp_path: Path, count: int) -> None:
    pieces = "".join(
        f"<pieceOfFurniture name='T{i}' x='{i}' y='{i}' width='10' depth='10' height='10'/>" for i in range(count)
    )
    built = home(tmp_path, SHELL + pieces)
    assert len(built.mesh.elements) == count + 5


def test_a_home_with_more_than_any_home_has_is_refused_and_the_number_said(tmp_path: Path) -> None:
    error = told(write(tmp_path, "<level/>" * 301))
    assert isinstance(error, ProblemError)
    assert error.problems[0].code == "sh3d.too_many"
    assert "301 levels" in what(error.problems[0])


def test_a_grid_of_walls_with_a_label_in_every_room_is_read(tmp_path: Path) -> None:
    n, body = 14, []
    for i in range(n + 1):
        body.append(
            f"<wall xStart='{i * 300}' yStart='0' xEnd='{i * 300}' yEnd='{n * 300}' height='250' thickness='10'/>"
        )
        body.append(
            f"<wall xStart='0' yStart='{i * 300}' xEnd='{n * 300}' yEnd='{i * 300}' height='250' thickness='10'/>"
        )
    body += [
        f"<label x='{i * 300 + 90}' y='{j * 300 + 90}'><text>{i}/{j}</text></label>" for i in range(n) for j in range(n)
    ]
    built = home(tmp_path, "".join(body))
    assert {room.name for room in built.rooms} == {f"{i}/{j}" for i in range(n) for j in range(n)}

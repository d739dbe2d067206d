"""Mutated building files become a building or one clear problem: nothing hangs, nothing is written, nothing gets out.

In the suite a few of each kind; all of them with `OIKOS_FUZZ_ROUNDS=1000 pytest tests/twin/building/test_fuzz.py`.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from app.i18n import remedy, what
from tests.twin.building import fuzz
from tests.twin.building.ifc.plain import House
from tests.twin.building.test_dxf import everything, saved
from tests.twin.building.test_expansion import nested
from tests.twin.building.test_hass import stored
from tests.twin.building.test_imdf import packed, venue
from twin.building.import_worker import read_building
from twin.model.problem import ProblemError

ROUNDS = int(os.environ.get("OIKOS_FUZZ_ROUNDS", "15"))
FILES = (
    "house_3x3_fixed.ifc",
    "WallOnly.ifc",
    "revit_quantities.ifc",
    "AC20-FZK-Haus.ifc",
    "large_offset.ifc",
    "cli_Home.sh3d",
    "sh3d_junit_home1.sh3d",
    "svg_ha_home.svg",
)
CASES = ("sensors_without_shape.ifc", "spaces_footprint_only.ifc", "dup_space_guid.ifc")
ENDS = {"file", "building", "problem", "SIGSEGV", "SIGABRT"}
"""A library that crashes takes only its child along: the program says `file.crash`."""


def run(file: Path) -> dict[str, int]:
    """How the mutations of a file ended; the seeds of those that ended badly are in the error."""
    command = [sys.executable, "-m", "tests.twin.building.fuzz", str(ROUNDS), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400 + 20 * ROUNDS, check=True)
    ends: dict[str, int] = json.loads(done.stdout)
    assert ends.keys() <= ENDS, done.stderr
    assert sum(count for end, count in ends.items() if end.startswith("SIG")) <= ROUNDS // 50, done.stderr
    return ends


@pytest.mark.parametrize("name", FILES)
def test_every_mutation_is_read_or_refused(name: str, shared_data: Path) -> None:
    assert run(shared_data / "building-models" / name)


@pytest.mark.parametrize("name", CASES)
def test_every_mutation_of_a_model_that_leaves_things_out_is_read_or_refused(name: str, shared_data: Path) -> None:
    assert run(shared_data.parent / "cases" / "building" / name)


def test_every_mutation_of_a_plan_of_copies_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "copies.svg"
    path.write_text(nested(3, 5), encoding="utf-8")
    assert run(path)


def test_every_mutation_of_names_in_raw_letters_is_read_or_refused(tmp_path: Path) -> None:
    house = House()
    for n, name in enumerate(("NAMED", "OTHER")):
        house.room(name, (5.0 * n, 0, 0), (4, 5, 2.5))
    path = house.write(tmp_path)
    path.write_bytes(path.read_bytes().decode().replace("NAMED", "Küche").replace("OTHER", "会議室").encode())
    assert run(path)


def test_every_mutation_of_a_venue_is_read_or_refused(tmp_path: Path) -> None:
    assert run(packed(tmp_path / "mall.imdf", venue()))


def test_every_mutation_of_home_assistants_registries_is_read_or_refused(tmp_path: Path) -> None:
    assert run(stored(tmp_path) / "core.area_registry")


def test_every_mutation_of_a_drawing_is_a_page_or_refused(tmp_path: Path) -> None:
    assert run(saved(everything(), tmp_path / "plan.dxf"))


@pytest.mark.parametrize("seed", range(2))
def test_the_program_itself_says_what_is_wrong_with_a_mutation(seed: int, shared_data: Path, tmp_path: Path) -> None:
    target = tmp_path / "twisted.ifc"
    fuzz.written(shared_data / "building-models" / "house_3x3_fixed.ifc", target, random.Random(seed))
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    problems = ()
    try:
        problems = read_building(target).problems
    except ProblemError as error:
        problems = error.problems
    assert all(what(problem) and remedy(problem) for problem in problems)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before

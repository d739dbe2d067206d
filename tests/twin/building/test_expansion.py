"""A small file that says a thing over and over is refused before it is unfolded, in little time and memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from ezdxf.filemanagement import new

from twin.building import archive, dxf
from twin.building.archive import Archive
from twin.building.import_worker import memory_for, read_building
from twin.building.mesh_merge import MOST_TRIANGLES, MeshMerger
from twin.building.page_reader import read_page
from twin.building.svg.expansion import LoopError, expanded_count
from twin.model.problem import ProblemError

MEASURED = """
import resource, sys, time
from pathlib import Path
from twin.building.import_worker import read_building
from twin.model.problem import ProblemError
began = time.perf_counter()
try:
    read_building(Path(sys.argv[1]))
    print("building")
except ProblemError as error:
    print(error.problems[0].code)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)
"""


def measured(path: Path) -> tuple[str, float, float]:
    """How reading a file ended, and what its child took: CPU seconds, MB."""
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    code, numbers = done.stdout.splitlines()
    seconds, megabytes = (float(word) for word in numbers.split())
    return code, seconds, megabytes


def nested(levels: int, times: int, *, href: str = "xlink:href") -> str:
    """A drawing whose groups repeat each other: `times` ** `levels` rectangles."""
    groups = ['<g id="a0"><rect id="area.hall" width="9" height="9"/></g>']
    groups += [
        f'<g id="a{level}">' + f'<use {href}="#a{level - 1}"/>' * times + "</g>" for level in range(1, levels + 1)
    ]
    body = f'<defs>{"".join(groups)}</defs><use {href}="#a{levels}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>'


@pytest.mark.parametrize("href", ["href", "xlink:href"])
def test_a_plan_of_nested_copies_is_refused_before_it_is_unfolded(tmp_path: Path, href: str) -> None:
    path = tmp_path / "use.svg"
    path.write_text(nested(9, 10, href=href), encoding="utf-8")
    code, seconds, megabytes = measured(path)
    assert code == "svg.many_copies"
    assert seconds < 2
    assert megabytes < 500


def test_the_case_that_took_eight_gigabytes_takes_little(shared_data: Path) -> None:
    code, seconds, megabytes = measured(shared_data.parent / "cases" / "faults" / "use.svg")
    assert code == "svg.many_copies"
    assert seconds < 2
    assert megabytes < 500


def test_a_plan_with_as_many_copies_as_plans_have_is_read(tmp_path: Path) -> None:
    path = tmp_path / "use.svg"
    path.write_text(nested(2, 20), encoding="utf-8")
    assert [room.name for room in read_building(path).rooms] == ["Hall"]


@pytest.mark.parametrize(
    "body",
    [
        '<g id="a"><use href="#a"/></g>',
        '<use id="a" href="#a"/>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
    ],
)
def test_a_plan_that_draws_itself_in_itself_says_so(tmp_path: Path, body: str) -> None:
    path = tmp_path / "loop.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>', encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        read_building(path)
    assert caught.value.problems[0].code == "svg.loop"


def _unfolded(element: Any, ids: dict[str, Any]) -> int:
    """What the library would draw; RecursionError where it never ends."""
    count = 1 + sum(_unfolded(child, ids) for child in element)
    found = ids.get(element.get("href", "")[1:])
    return count + (_unfolded(found, ids) if found is not None else 0)


def test_random_drawings_have_as_many_shapes_as_unfolding_them_gives() -> None:
    rng, loops = random.Random(11), 0
    for _ in range(200):
        ids = range(rng.randint(1, 6))
        groups = [
            f'<g id="{id}">' + "".join(f'<use href="#{rng.choice([*ids[id + 1 :], 99] if rng.random() < 0.9 else ids)}"/><rect/>' for _ in range(rng.randint(0, 3))) + "</g>"
            for id in ids
        ]  # fmt: skip
        root = ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(groups)}</svg>')
        known = {str(element.get("id")): element for element in root.iter() if element.get("id")}
        try:
            wanted = _unfolded(root, known)
        except RecursionError:
            loops += 1
            with pytest.raises(LoopError):
                expanded_count(root, 5000)
            continue
        assert expanded_count(root, 5000) == wanted
    assert 10 < loops < 190


@pytest.mark.parametrize("many", [False, True])
def test_a_drawing_of_nested_blocks_is_refused_before_it_is_taken_apart(tmp_path: Path, many: bool) -> None:
    document = new()
    document.blocks.new("B0").add_line((0, 0), (5, 0))
    for level in range(1, 8):
        block = document.blocks.new(f"B{level}")
        for n in range(10):
            block.add_blockref(f"B{level - 1}", (n, 0))
    put = document.modelspace().add_blockref("B7" if not many else "B0", (0, 0))
    if many:
        put.dxf.update({"row_count": 30_000, "column_count": 30_000, "row_spacing": 1, "column_spacing": 1})
    document.saveas(tmp_path / "plan.dxf")
    with pytest.raises(ProblemError) as caught:
        read_page(tmp_path / "plan.dxf")
    assert caught.value.problems[0].code == "page.huge"


def test_a_block_that_holds_itself_is_a_damaged_drawing(tmp_path: Path) -> None:
    document = new()
    block = document.blocks.new("B0")
    block.add_line((0, 0), (5, 0))
    block.add_blockref("b0", (1, 0))
    document.modelspace().add_blockref("B0", (0, 0))
    with pytest.raises(ValueError, match="itself"):
        dxf.decomposed_count(document)
    document.saveas(tmp_path / "plan.dxf")
    with pytest.raises(ProblemError) as caught:
        read_page(tmp_path / "plan.dxf")
    assert caught.value.problems[0].code == "page.broken"


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 50)
    with zipfile.ZipFile(tmp_path / "home.sh3d", "w") as out:
        for n in range(51):
            out.writestr(str(n), b"")
    with pytest.raises(ProblemError) as caught:
        Archive(tmp_path / "home.sh3d")
    assert caught.value.problems[0].code == "zip.many"


def test_an_archive_in_an_archive_stays_shut(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inner.ifczip", "w") as out:
        out.writestr("house.ifc", b"a house")
    with zipfile.ZipFile(tmp_path / "outer.ifczip", "w") as out:
        out.write(tmp_path / "inner.ifczip", "inner.ifc")
    with pytest.raises(ProblemError) as caught:
        read_building(tmp_path / "outer.ifczip")
    assert caught.value.problems[0].code == "ifc.foreign"


def test_what_a_file_repeats_ends_where_no_building_has_so_many_triangles() -> None:
    import numpy as np

    rows = 1_000_000
    merger, element = MeshMerger(), 0
    piece = (np.zeros((3, 3)), np.broadcast_to(np.arange(3, dtype=np.int32), (rows, 3)), np.zeros((rows, 4), np.uint8))
    for _ in range(MOST_TRIANGLES // rows):
        merger.add(None, "wall", element, *piece)
    with pytest.raises(ProblemError) as caught:
        merger.add(None, "wall", element, *piece)
    assert caught.value.problems[0].code == "file.too_many_triangles"


def test_a_small_file_may_take_less_memory_than_a_large_one() -> None:
    assert memory_for(2_000) < 2.1 * 2**30
    assert memory_for(40 << 20) == memory_for(1 << 30) == 8 << 30


@pytest.mark.parametrize("suffix", [".ifc", ".sh3d", ".svg", ".imdf", ".dxf", ".pdf"])
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path, suffix: str) -> None:
    pipe, device = tmp_path / f"pipe{suffix}", tmp_path / f"device{suffix}"
    os.mkfifo(pipe)
    device.symlink_to(os.devnull)
    for path in (pipe, device):
        with pytest.raises(ProblemError) as caught:
            (read_page if suffix in (".dxf", ".pdf") else read_building)(path)
        assert caught.value.problems[0].code == "file.special"

"""A file is written whole or not at all, and nothing is replaced that is of another kind."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.i18n import remedy, what
from app.i18n.language import catalogue, known_languages
from twin.files import atomic
from twin.files.errors import is_full, os_problem
from twin.files.opening import check_regular
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.store.history import History
from twin.store.project import Project

PNG = b"\x89PNG\r\n\x1a\nold"


def device_node(path: Path) -> Path:
    """A device of the test's own: as root, a slip would replace the machine's."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")  # who may not make one may not harm it
    return path


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(ProblemError) as caught:
        work()
    (problem,) = caught.value.problems
    assert what(problem)
    assert remedy(problem)
    return problem.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Project.create(tmp_path / "house.oikos"), History.open(tmp_path / "house.oikos-history"):
        pass
    (tmp_path / "model.ifc").write_bytes(b"ISO-10303-21;\n")
    (tmp_path / "notes.txt").write_bytes(b"mine")
    (tmp_path / "old.png").write_bytes(PNG)
    (tmp_path / "zeroed.oikos").write_bytes(bytes(4096))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link.png").symlink_to("house.oikos")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "code", "forced"),
    [
        ("house.oikos", "write.project", "write.project"),
        ("house.oikos-history", "write.project", "write.project"),
        ("zeroed.oikos", "write.project", "write.project"),
        ("link.png", "write.project", "write.project"),
        ("folder", "write.folder", "write.folder"),
        ("pipe", "file.special", "file.special"),
        ("model.ifc", "write.other_kind", ""),
        ("notes.txt", "write.other_kind", ""),
        ("old.png", "", ""),
    ],
)
def test_a_file_of_another_kind_is_replaced_only_by_force_and_a_project_never(
    folder: Path, name: str, code: str, forced: str
) -> None:
    def write(force: bool) -> None:
        atomic.write(folder / name, PNG + b"new", atomic.PICTURE, force=force)

    before = (folder / name).read_bytes() if (folder / name).is_file() else b""
    if code:
        assert refused(lambda: write(False)) == code
        assert not before or (folder / name).read_bytes() == before
    else:
        write(False)
        assert (folder / name).read_bytes() == PNG + b"new"
    if forced:
        assert refused(lambda: write(True)) == forced
        assert not before or (folder / name).read_bytes() == before
    elif code:
        write(True)
        assert (folder / name).read_bytes() == PNG + b"new"
    assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("language", sorted(known_languages()))
def test_another_programs_database_is_never_replaced_and_is_named_in_every_language(
    tmp_path: Path, language: str
) -> None:
    out = tmp_path / "photos.png"
    with contextlib.closing(sqlite3.connect(out)) as db:
        db.execute("create table photo(id)")
    before = out.read_bytes()
    with pytest.raises(ProblemError) as caught:
        atomic.write(out, PNG, atomic.PICTURE, force=True)
    (problem,) = caught.value.problems
    assert problem.code == "write.project"
    assert out.read_bytes() == before
    kind = msgspec.convert(problem.args["kind"], Text)
    assert catalogue(language).find(kind.code) == {"en": "a database", "zh_CN": "数据库"}[language]


def test_a_device_node_is_never_written(tmp_path: Path) -> None:
    node = device_node(tmp_path / "device")
    assert refused(lambda: atomic.write(node, b"x", atomic.CSV, force=True)) == "file.special"
    assert refused(lambda: atomic.write(node, b"x", atomic.OWN)) == "file.special"


def test_what_came_from_the_user_stays_whatever_is_forced(folder: Path) -> None:
    source = folder / "model.ifc"
    (folder / "other.ifc").symlink_to("model.ifc")
    for out in (source, folder / "other.ifc", folder / "folder" / ".." / "model.ifc"):
        assert (
            refused(lambda out=out: atomic.check_target(out, atomic.IFC, force=True, never=[source])) == "write.source"
        )


@pytest.mark.parametrize("there", [b"", PNG])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path, there: bytes) -> None:
    out = tmp_path / "x.png"
    if there:
        out.write_bytes(there)

    def half() -> None:
        with atomic.writing(out, atomic.PICTURE) as file:
            file.write(b"half")
            raise OSError(errno.ENOSPC, "disk full")

    with pytest.raises(OSError, match="full"):
        half()
    assert (out.read_bytes() if there else b"") == there
    assert [file.name for file in tmp_path.iterdir()] == (["x.png"] if there else [])


def test_permissions_stay_as_they_were_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(PNG)
    real.chmod(0o640)
    link.symlink_to("real.png")
    atomic.write(link, PNG + b"new", atomic.PICTURE)
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (PNG + b"new", 0o640)
    atomic.write(tmp_path / "own", "x", mode=0o600)
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o600


def test_a_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    out = tmp_path / ("室" * 84 + "abc")
    atomic.write(out, "x")
    assert out.read_text() == "x"


def test_who_makes_a_new_file_never_replaces_one_that_appeared_meanwhile(tmp_path: Path) -> None:
    out = tmp_path / "new"

    def late() -> None:
        with atomic.creating(out) as part:
            part.write_text("second")
            out.write_text("first")

    with pytest.raises(FileExistsError):
        late()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("new", "first")]


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    script = (
        "import os, sys; from pathlib import Path; from twin.files import atomic\n"
        "with atomic.writing(Path(sys.argv[1]), atomic.OWN) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(out)], check=False)
    assert len(list(tmp_path.glob(".x.png.*.part"))) == 1
    with atomic.writing(out, atomic.OWN):
        atomic.write(out, "inner")  # a living writer's file stays
    assert [file.name for file in tmp_path.iterdir()] == ["x.png"]


def test_a_folder_of_files_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    there = tmp_path / "git"
    there.mkdir()
    (there / "a.jsonl").write_text("mine")
    (there / "README").write_text("stays")
    files = {"mark": "1", "a.jsonl": "new"}
    assert refused(lambda: atomic.write_folder(there, files, "mark")) == "write.foreign_files"
    assert (there / "a.jsonl").read_text() == "mine"
    atomic.write_folder(there, files, "mark", force=True)
    atomic.write_folder(there, {**files, "a.jsonl": "newer"}, "mark")
    assert {file.name: file.read_text() for file in there.iterdir()} == {
        "mark": "1",
        "a.jsonl": "newer",
        "README": "stays",
    }
    with pytest.raises(OSError):
        atomic.write_folder(there, {"mark": "2", "a.jsonl": "2", "no/such/b": "2"}, "mark")
    assert (there / "a.jsonl").read_text() == "newer"
    assert [file.name for file in tmp_path.iterdir()] == ["git"]


def test_only_ordinary_files_are_opened(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "socket"))
        codes = [
            refused(lambda name=name: check_regular(folder / name)) for name in ("pipe", "socket", "folder", "gone")
        ]
    assert codes == ["file.special", "file.special", "file.folder", "file.missing"]
    assert refused(lambda: check_regular(Path("/dev/zero"))) == "file.special"
    assert refused(lambda: check_regular(Path("/dev/zero/x"))) in ("file.missing", "file.unreadable")
    assert refused(lambda: check_regular(folder / ("x" * 300))) == "file.unreadable"
    assert refused(lambda: check_regular(folder / "nul\0")) == "file.unreadable"
    check_regular(folder / "old.png")
    check_regular(folder / "folder", folder=True)


@pytest.mark.parametrize(
    ("number", "word", "retry"),
    [
        (errno.ENOSPC, "full", True),
        (errno.EDQUOT, "full", True),
        (errno.EACCES, "permission", True),
        (errno.EROFS, "permission", True),
        (errno.ENOENT, "folder must exist", False),
        (errno.ENAMETOOLONG, "shorter", False),
        (errno.EIO, "disk is connected", True),
    ],
)
def test_every_error_of_the_system_says_what_to_do(number: int, word: str, retry: bool) -> None:
    error = OSError(number, os.strerror(number))
    problem = os_problem(error, "/x", code="x.y")
    assert word in remedy(problem)
    assert (problem.retry, is_full(error)) == (retry, "full" in word)

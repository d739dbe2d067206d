"""Where a door may be: sockets in short private paths, and lock files of this computer only."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.__main__ import main
from app.server.door_address import FOLDER, LONGEST, address_of, door_of, socket_path
from tests.app.conftest import Desk
from twin.model.change import ProblemRaised
from twin.store.file_lock import LockHolder, lock_file, read_holder
from twin.store.project import Project


def long(folder: Path, length: int) -> Path:
    """A folder whose path has so many bytes."""
    made = folder
    while (left := length - len(os.fsencode(made)) - 1) > 0:
        made /= "d" * min(left, 60) if left != 61 else "d" * 59
    made.mkdir(parents=True)
    return made


def test_a_socket_lies_in_the_first_folder_whose_path_is_short_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, home = tmp_path / "a.oikos", tmp_path / "home"
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    found = socket_path(project, home, runtime)
    assert found is not None
    assert found.parent == tmp_path / FOLDER
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    far = str(long(tmp_path / "x", 130))
    second = socket_path(project, home, {"XDG_RUNTIME_DIR": far})
    assert second is not None
    assert second.parent == home / "run"
    third = socket_path(project, Path(far), {"XDG_RUNTIME_DIR": far})
    assert third is not None
    assert third.parent == tmp_path / f"{FOLDER}-{os.getuid()}"
    assert max(len(os.fsencode(path)) for path in (found, second, third)) <= LONGEST
    monkeypatch.setattr(tempfile, "tempdir", far)
    assert socket_path(project, Path(far), {"XDG_RUNTIME_DIR": far}) is None


def test_the_length_of_a_path_is_counted_in_bytes(tmp_path: Path) -> None:
    folder = tmp_path / ("楼" * 25)  # 75 bytes
    folder.mkdir()
    found = socket_path(tmp_path / "a.oikos", tmp_path / "home", {"XDG_RUNTIME_DIR": str(folder)})
    assert found is not None
    assert len(os.fsencode(found)) <= LONGEST


def test_a_project_is_opened_where_no_path_is_short_enough_and_the_reason_is_told(
    make_desk: Callable[..., Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = str(long(tmp_path / "x", 130))
    desk = make_desk()
    monkeypatch.setenv("XDG_RUNTIME_DIR", far)
    monkeypatch.setattr(tempfile, "tempdir", far)
    monkeypatch.setattr(desk.engine.context, "home", Path(far))
    desk.engine.listen()
    desk.engine.new_project(str(desk.path)).result(60)
    desk.until(
        lambda: [one for one in desk.changes if isinstance(one, ProblemRaised) and one.problem.code == "door.place"],
        "a reason",
    )
    assert door_of(desk.path) is None
    assert desk.engine.project() == str(desk.path)
    desk.until(lambda: (holder := read_holder(desk.path)) is not None and holder.doorless, "the lock file says it")


def holder(host: str) -> LockHolder:
    door = {"protocol": 2, "version": "1", "socket": "/tmp/x.sock"}
    return LockHolder(pid=os.getpid(), program="oikos run", host=host, since_s=0.0, door=door)


def test_the_door_of_another_computer_is_not_entered(tmp_path: Path) -> None:
    import platform

    assert address_of(holder(platform.node())) is not None
    assert address_of(holder("attic")) is None


def test_a_lock_of_another_computer_on_a_network_drive_is_told_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "home"))
    path = tmp_path / "shared.oikos"
    Project.create(path, name="Shared").close()
    file = lock_file(path)
    row = {"pid": 7, "program": "oikos run", "host": "attic", "since": time.time(), "door": {}}
    file.write_text(json.dumps(row) + "\n")
    with file.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        code = main(["undo", str(path), "--json"])
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (code, problem["code"]) == (1, "store.locked")
    assert "attic" in problem["what"] + problem["remedy"]

"""A pipe, a socket, a device or a folder where a file should be: one problem at once, whichever verb opens it."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]

pytestmark = pytest.mark.timeout(30)
KINDS = ("pipe", "socket", "folder", "device")
VERBS = (
    "info {}", "check {}", "get {}", "history {} Lamp/temperature", "run {} --for 0", "bind {} Lamp Kitchen", "undo {}",
    "backup {} {out}", "restore {} {out}", "restore {house} {}", "export {} --csv {out}", "set {} Lamp/on on",
    "new {out} --from {}", "new {} --from {house}", "import {house} {}", "import {} {house}", "new {out} --draw {}",
    "add {house} mqtt://127.0.0.1:9 --secret-from {}", "add {house} mqtts://127.0.0.1:9?ca={}",
)  # fmt: skip
ENDINGS = {
    "import {house} {}": (".ifc", ".sh3d", ".svg", ".imdf", ".dxf"),
    "new {out} --from {}": (".ifc", ".sh3d", ".svg"),
}


def device_node(path: Path) -> Path:
    """A device of the test's own: as root, a slip would replace the machine's."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")  # who may not make one may not harm it
    return path


@pytest.fixture
def strange(tmp_path: Path) -> Iterator[Any]:
    held: list[socket.socket] = []

    def make(kind: str, ending: str) -> Path:
        path = tmp_path / f"x{ending}"
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            one = socket.socket(socket.AF_UNIX)
            held.append(one)
            one.bind(str(path))
        elif kind == "folder":
            path.mkdir()
        else:
            device_node(path)
        return path

    yield make
    for one in held:
        one.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_waits_for_what_is_no_file(
    verb: str, kind: str, house: Path, strange: Any, oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--draw" in verb:
        from app.cli.framework import window_launch

        monkeypatch.setattr(window_launch, "ready", lambda *, on_screen: None)
    endings = ENDINGS.get(verb, (".png",) if "--draw" in verb else (".oikos",))
    for ending in endings:
        path = strange(kind, ending)
        words = verb.format(path, house=house, out=tmp_path / "out.oikos").split()
        document = oikos(*words, code=1)
        assert document["problems"], words
        assert all(problem["remedy"] and problem["code"] != "oikos.mistake" for problem in document["problems"]), (
            document
        )
        assert path.is_symlink() or path.exists()
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("name", ["room.jsonl", "oikos-tables.json"])
def test_a_pipe_in_a_text_export_is_refused(house: Path, oikos: Any, tmp_path: Path, name: str) -> None:
    oikos("export", house, "--text", tmp_path / "text")
    (tmp_path / "text" / name).unlink()
    os.mkfifo(tmp_path / "text" / name)
    document = oikos("new", tmp_path / "again.oikos", "--from", tmp_path / "text", code=1)
    assert "oikos.mistake" not in [problem["code"] for problem in document["problems"]]


def test_a_pipe_among_the_registries_of_home_assistant_is_not_waited_for(oikos: Any, tmp_path: Path) -> None:
    storage = tmp_path / ".storage"
    storage.mkdir()
    (storage / "core.area_registry").write_text('{"data": {"areas": [{"id": "a", "name": "Attic"}]}}')
    os.mkfifo(storage / "core.floor_registry")
    document = oikos("new", tmp_path / "ha.oikos", "--from", storage)
    assert [room["name"] for room in document["rooms"]] == ["Attic"]


def test_settings_and_secrets_that_are_pipes_do_not_hold_the_start(
    house: Path, oikos: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("OIKOS_HOME", str(home))
    monkeypatch.delenv("OIKOS_PASSPHRASE", raising=False)
    for name in ("settings.toml", "secrets.bin", "secrets.key"):
        os.mkfifo(home / name)
    document = oikos("run", house, "--for", "0")
    assert "oikos.mistake" not in [problem["code"] for problem in document["problems"]]
    from app.settings import Settings

    assert [problem.code for problem in Settings.load(home).problems] == ["settings.unreadable"]


def test_a_password_may_come_from_a_pipe_of_the_shell(tmp_path: Path) -> None:
    from app.cli.framework.secret_input import secret_from

    reading, writing = os.pipe()
    os.write(writing, b"user:word\n")
    os.close(writing)
    try:
        assert secret_from(f"/dev/fd/{reading}") == ("user", "word")
    finally:
        os.close(reading)

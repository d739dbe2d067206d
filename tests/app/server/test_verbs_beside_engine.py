"""Verbs of the command line beside an engine that has the project open: carried out by that engine, seen by all."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.__main__ import main
from app.cli.framework import beside_engine
from app.cli.framework.beside_engine import BESIDE, MORE, beside_engine_soon
from app.cli.framework.engine_verbs import verbs_of
from app.cli.framework.verb import names, verb
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.roles import NEED, Caller, Role
from app.server.verb_client import VerbClient
from tests.app.cli.test_project_race import Terminal
from tests.app.conftest import Desk, rooms_building
from tests.app.server.conftest import OpenDoor
from tests.english import words as said_words
from twin.store.file_lock import FileLock, read_holder
from twin.store.project import Project

TOP = Path(__file__).parents[3]
OWN = {"app", "twin", "devices", "assets"}
IMPORTED = """
import json, sys
before = set(sys.modules)
from app.__main__ import main
from app.cli.framework import beside_engine
code = main(sys.argv[1:])
print(json.dumps([code, *sorted(set(sys.modules) - before)]))
"""


class NoPause:
    """A pause that nobody should make."""

    def wait(self, time_s: float) -> None:
        pytest.fail(f"it waits {time_s} s")


@pytest.fixture
def oikos(door: OpenDoor, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Runs a verb on the open project with --json; its exit code and document."""

    def run(verb: str, *words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(door.desk.path), *words, "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[-1]) if lines else None

    return run


def test_the_verbs_and_what_they_need_are_there() -> None:
    assert set(BESIDE) <= set(names())
    assert set(BESIDE.values()) <= set(NEED)
    assert set(MORE) <= set(BESIDE)
    for name, more in MORE.items():
        assert set(more.values()) <= set(NEED)
        grammar = argparse.ArgumentParser()
        verb(name).arguments(grammar)
        assert set(more) <= set(vars(grammar.parse_args(["house", "x"] if name in ("meter", "share") else ["house"])))


LOOKS = [
    ("alarms",),
    ("alarms", "--log"),
    ("alarms", "--offer"),
    ("rules",),
    ("rules", "--show"),
    ("scene",),
    ("scene", "On", "--dry-run"),
    ("meter", "Lamp/t"),
    ("checkout",),
    ("checkout", "Lamp", "--photo-out", "/nowhere/photo.jpg"),
    ("get",),
    ("links",),
]
ACTS = [
    (Role.OPERATOR, ("alarms", "--ack", "a")),
    (Role.OPERATOR, ("alarms", "--in-service", "a")),
    (Role.INSTALLER, ("alarms", "--accept", "offline")),
    (Role.OPERATOR, ("rules", "--run", "r")),
    (Role.INSTALLER, ("rules", "--off", "r")),
    (Role.INSTALLER, ("rules", "--add", "/nowhere")),
    (Role.OPERATOR, ("scene", "On")),
    (Role.INSTALLER, ("meter", "Lamp/t", "--changed", "2026-01-01")),
    (Role.INSTALLER, ("meter", "Lamp/t", "--not-changed", "2026-01-01")),
    (Role.INSTALLER, ("checkout", "Lamp", "--note", "loose")),
    (Role.OPERATOR, ("set", "Lamp/on", "on")),
    (Role.INSTALLER, ("remove", "Lamp")),
]


def codes_for(door: OpenDoor, role: Role, verb: str, *words: str) -> list[str]:
    """The codes of the problems of a verb for somebody with this role."""
    engine = door.desk.engine

    async def work() -> list[Any]:
        asked = [verb, str(door.desk.path), *words]
        return [line async for line in verbs_of(engine)(asked, {}, VerbClient(Caller("Vera", role)))]

    return [problem.code for problem in engine.context.loop.submit(work(), name="verb").result(30)[-1]["problems"]]


def test_a_viewer_may_look_with_every_verb_that_looks_and_no_more(door: OpenDoor) -> None:
    for name, *words in LOOKS:
        assert "door.role" not in codes_for(door, Role.VIEWER, name, *words), (name, words)
    for need, (name, *words) in ACTS:
        for role in Role:
            assert ("door.role" in codes_for(door, role, name, *words)) == (role < need), (role, name, words)


def test_set_is_confirmed_by_the_engine_that_runs(door: OpenDoor, oikos: Callable[..., tuple[int, Any]]) -> None:
    code, said = oikos("set", "Lamp/on", "on")
    assert (code, said["state"], said["problems"]) == (0, "confirmed", [])
    assert ("lamp", "on", "on", None) in door.desk.world.sent
    assert set(said) == {"point", "verb", "value", "state", "seconds", "reason", "code", "args", "problems"}


def test_set_that_the_device_refuses_is_a_problem(oikos: Callable[..., tuple[int, Any]]) -> None:
    code, said = oikos("set", "Lamp/level", "13")
    assert (code, said["state"]) == (1, "failed")
    assert [problem["code"] for problem in said["problems"]] == ["command.failed"]
    code, said = oikos("set", "No such/point", "on")
    assert (code, [problem["code"] for problem in said["problems"]]) == (1, ["unknown.point"])


def test_get_says_what_the_engine_knows_now_written_down_or_not(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]]
) -> None:
    door.desk.world.report("t", 23.25)
    point = door.desk.point("t")
    door.desk.until(lambda: door.desk.values.get(point) is not None and door.desk.values[point].value == 23.25)
    code, said = oikos("get", "Lamp/t")
    assert (code, said["points"][0]["value"], said["points"][0]["quality"]) == (0, 23.25, "good")


def test_edits_are_made_undone_and_redone_in_the_running_engine(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]]
) -> None:
    def room() -> str | None:
        found = door.desk.engine.twin.find_device("Lamp")
        assert found is not None
        return found.room

    assert oikos("bind", "Lamp", "Hall", "--at", "1,2,3")[1]["room"] == "room-Hall"
    assert room() == "room-Hall"
    code, said = oikos("undo")
    assert (code, "Hall" in str(said["undo"]), room()) == (0, True, None)
    assert oikos("redo")[0] == 0
    assert room() == "room-Hall"
    assert oikos("unbind", "Lamp")[1]["room"] is None
    assert room() is None
    assert oikos("bind", "--suggested")[1]["left"] == 0
    assert room() == "room-Kitchen"


def test_words_that_do_not_fit_end_with_usage_on_this_side(oikos: Callable[..., tuple[int, Any]]) -> None:
    assert oikos("bind")[0] == 2
    assert oikos("bind", "Lamp")[0] == 2


def test_links_tells_how_they_stand_in_the_running_engine(oikos: Callable[..., tuple[int, Any]]) -> None:
    code, said = oikos("links")
    assert (code, [link["state"] for link in said["links"]]) == (0, ["online"])


def test_a_device_is_added_paired_and_removed_beside_the_engine(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    door.desk.world.password = "secret"
    code, said = oikos("add", "pretend://other")
    assert (code, [problem["code"] for problem in said["problems"]]) == (1, ["link.login"])
    secret = tmp_path / "secret.txt"
    secret.write_text("user:secret")
    code, said = oikos("add", "pretend://other", "--secret-from", str(secret))
    assert (code, said["devices"][0]["name"]) == (0, "Lamp")
    assert len(door.desk.engine.twin.links) == 2
    assert oikos("remove", "pretend://other")[0] == 0
    assert len(door.desk.engine.twin.links) == 1
    door.desk.world.password = ""
    capsys.readouterr()
    assert main(["pair", str(door.desk.path), "1234", "--room", "Hall", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (lines[0]["stage"], lines[-1]["stage"]) == ("find", "finished")
    assert {device.name for device in door.desk.engine.twin.devices} >= {"New lamp"}


def test_a_building_is_imported_beside_the_engine_whatever_folder_that_works_in(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = next((Path(__file__).parents[3] / "assets").rglob("*.sh3d"))
    monkeypatch.chdir(demo.parent)
    code, said = oikos("import", demo.name, "--yes")
    assert code == 0, said
    assert len(door.desk.engine.twin.rooms) == len(said["rooms"]) > 2


def test_what_only_reads_works_beside_it_as_before(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    assert oikos("check")[1]["sound"] is True
    assert len(oikos("info")[1]["devices"]) == 1
    assert oikos("backup", str(tmp_path / "safe.oikos"))[0] == 0
    assert (tmp_path / "safe.oikos").exists()


def test_a_second_recorder_is_told_who_records_already(oikos: Callable[..., tuple[int, Any]]) -> None:
    code, said = oikos("run", "--for", "0")
    assert code == 1
    assert [problem["code"] for problem in said["problems"]] == ["store.locked"]


def test_a_door_that_is_gone_is_passed_by(api: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    api.engine.stop()
    lock = FileLock(api.path)
    lock.announce(DoorAddress(protocol=PROTOCOL, socket=str(tmp_path / "gone.sock")).as_json())
    left = lock.path.read_bytes()
    lock.release()
    lock.path.write_bytes(left)  # as a killed engine leaves it
    assert main(["undo", str(api.path)]) == 0


def test_a_verb_waits_a_moment_for_an_engine_that_is_just_opening_its_door(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]]
) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    held.announce({})
    later = threading.Timer(0.3, lambda: held.announce(door.address.as_json()))
    later.start()
    assert oikos("bind", "Lamp", "Hall")[0] == 0
    later.join()


def test_a_verb_waits_long_for_an_engine_that_opens_a_large_project(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    monkeypatch.setattr(beside_engine, "SOON_S", 0.0)
    monkeypatch.setitem(held._us, "program", "oikos run")
    held.announce({})
    terminal = Terminal(lambda: held.announce(door.address.as_json()))
    monkeypatch.setattr(sys, "stderr", terminal)
    assert oikos("bind", "Lamp", "Hall")[0] == 0
    assert terminal.getvalue().count("Waiting for oikos run, process ") == 1


@pytest.mark.parametrize("program", ["oikos run", "oikos"])
def test_a_verb_does_not_wait_for_an_engine_that_has_no_door(
    door: OpenDoor, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    monkeypatch.setitem(held._us, "program", program)
    held.announce(None)
    monkeypatch.setattr(beside_engine, "threading", SimpleNamespace(Event=NoPause))
    assert (
        beside_engine_soon("undo", ["undo", str(door.desk.path)], argparse.Namespace(project=str(door.desk.path)))
        is None
    )


def test_an_engine_that_has_opened_for_long_is_waited_for_like_any_other_program(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    monkeypatch.setattr(beside_engine, "SOON_S", 0.0)
    monkeypatch.setitem(held._us, "program", "oikos run")
    monkeypatch.setitem(held._us, "since", time.time() - beside_engine.OPENING_S - 1.0)
    held.announce({})
    monkeypatch.setattr(beside_engine, "threading", SimpleNamespace(Event=NoPause))
    assert (
        beside_engine_soon("undo", ["undo", str(door.desk.path)], argparse.Namespace(project=str(door.desk.path)))
        is None
    )


def test_an_engine_of_another_version_is_named(door: OpenDoor, oikos: Callable[..., tuple[int, Any]]) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    held.announce(DoorAddress(protocol=99, version="9.9", socket=door.address.socket).as_json())
    code, said = oikos("undo")
    assert (code, [problem["code"] for problem in said["problems"]]) == (1, ["door.version"])
    assert "9.9" in json.dumps(said)


def test_a_socket_that_somebody_else_could_have_put_there_is_not_used(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    held = door.desk.engine.session.project.held
    assert held is not None
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (open_to_all / "x.sock").hardlink_to(door.address.socket)
    held.announce(DoorAddress(protocol=PROTOCOL, socket=str(open_to_all / "x.sock")).as_json())
    code, said = oikos("undo")
    assert (code, [problem["code"] for problem in said["problems"]]) == (1, ["store.locked"])


def test_a_verb_that_the_engine_carries_out_imports_the_standard_library_only(door: OpenDoor) -> None:
    for words in (["set", "Lamp/on", "on"], ["bind", "Lamp", "Hall"], ["get"], ["undo"], ["links"], ["unbind", "Lamp"]):
        verb, *rest = words
        done = subprocess.run(
            [sys.executable, "-c", IMPORTED, verb, str(door.desk.path), *rest],
            cwd=TOP, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        code, *modules = json.loads(done.stdout.splitlines()[-1])
        assert code == 0, done.stdout + done.stderr
        foreign = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names - OWN
        assert not foreign, words
        assert "app.engine.engine" not in modules


def _oikos(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=TOP,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def _starts(path: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """`oikos run P &`, once it lets others in."""
    engine = subprocess.Popen(
        [sys.executable, "-m", "app", "run", str(path), "--json"],
        cwd=TOP, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    pause = threading.Event()
    for _ in range(900):
        holder = read_holder(path)
        if (holder is not None and holder.pid == engine.pid and holder.door) or engine.poll() is not None:
            break
        pause.wait(0.1)
    return engine


def test_verbs_work_beside_a_real_recorder_which_may_be_killed_and_started_again(tmp_path: Path, home: Path) -> None:
    path, env = tmp_path / "house.oikos", os.environ | {"OIKOS_HOME": str(home), "PYTHONPATH": str(TOP)}
    with Project.create(path, name="House") as project:
        project.set_building(rooms_building("Kitchen", "Hall"), label=said_words("Import"), keep={})
    engine = _starts(path, env)
    try:
        added = _oikos("add", str(path), "simulated://office", "--json", env=env)
        assert added.returncode == 0, added.stderr + added.stdout
        device = json.loads(added.stdout)["devices"][0]["name"]
        for words in (["bind", str(path), device, "Hall"], ["undo", str(path)], ["redo", str(path)]):
            done = _oikos(*words, env=env)
            assert done.returncode == 0, done.stderr
        switch = next(
            point["id"]
            for point in json.loads(_oikos("get", str(path), "--json", env=env).stdout)["points"]
            if point["writable"] and point["capability"] == "on_off"
        )
        assert "confirmed" in _oikos("set", str(path), switch, "toggle", env=env).stdout
        chinese = _oikos("set", str(path), switch, "toggle", "--lang", "zh_CN", env=env)
        assert "秒后得到确认" in chinese.stdout, "the engine speaks English, who asks Chinese"
        refused = _oikos("run", str(path), "--for", "0", env=env)
        assert (refused.returncode, str(engine.pid) in refused.stderr) == (1, True)
        assert _oikos("check", str(path), env=env).returncode == 0
        engine.kill()
        engine.communicate(timeout=30)
        edited = _oikos("unbind", str(path), device, env=env)  # no engine any more: it opens the project itself
        assert edited.returncode == 0, edited.stderr
        engine = _starts(path, env)
        assert _oikos("bind", str(path), device, "Kitchen", env=env).returncode == 0
        assert _oikos("check", str(path), env=env).returncode == 0
    finally:
        engine.terminate()
        engine.communicate(timeout=30)
    assert read_holder(path) is None
    with Project.open(path) as project:
        found = project.twin().find_device(device)
        assert found is not None
        assert found.room == "room-Kitchen"

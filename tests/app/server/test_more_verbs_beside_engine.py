"""Verbs beside an engine that need more of it than an edit: meters, pictures, exports, searching for devices."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.author import acting_for
from app.cli.framework.named_files import absolute, renamed_word, with_files
from app.cli.framework.verb import parser
from app.server.background_engine import environment
from app.server.remote_engine import RemoteEngine
from tests.app.server.conftest import OpenDoor
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, PointInfo

TOP = Path(__file__).parents[3]
FOUND = Candidate(key="pretend:1", name="Bridge", protocol="pretend", addresses=("192.0.2.1",))


class Finds:
    """Finds one candidate at once, then looks on; counts how often somebody looks."""

    looking = 0

    def __init__(self, *_: object, **__: object) -> None:
        self.found = _[1] if len(_) > 1 else None

    async def run(self) -> None:
        import asyncio

        type(self).looking += 1
        self.found((FOUND,))
        try:
            await asyncio.Event().wait()
        finally:
            type(self).looking -= 1


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> type[Finds]:
    """Discovery that finds one candidate."""

    class Mine(Finds):
        looking = 0

    monkeypatch.setattr("devices.discovery.Discovery", Mine)
    return Mine


@pytest.fixture
def oikos(door: OpenDoor, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Runs a verb on the open project with --json; its exit code and document."""

    def run(verb: str, *words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([verb, str(door.desk.path), *words, "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[-1]) if lines else None

    return run


def test_a_verb_that_looks_for_a_key_does_not_end_the_search_of_a_window(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], finds: type[Finds]
) -> None:
    engine = door.desk.engine
    engine.discover(True)
    door.desk.until(lambda: finds.looking == 1)
    code, said = oikos("add", "nothing:here", "--for", "0.1")
    assert (code, [problem["code"] for problem in said["problems"]]) == (1, ["unknown.candidate"])
    engine.context.loop.submit(_turn(), name="turn").result(60)
    assert finds.looking == 1, "the window still looks"
    engine.discover(False)
    door.desk.until(lambda: finds.looking == 0)


async def _turn() -> None:
    """Whatever was asked of the loop before has been done."""


def test_a_window_that_goes_away_looks_no_longer_and_one_that_stays_does(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine], finds: type[Finds]
) -> None:
    one, other = attach(door), attach(door)
    one.discover(True)
    other.discover(True)
    door.desk.until(lambda: finds.looking == 1)
    one.discover(False)
    one.links().result(60)
    assert finds.looking == 1, "the other looks"
    other.stop()
    door.desk.until(lambda: finds.looking == 0)


def test_a_search_is_its_clients_own(door: OpenDoor, finds: type[Finds]) -> None:
    engine = door.desk.engine
    for client in ("a", "b", "b"):
        with acting_for("", client):
            engine.discover(True)
    with acting_for("", "a"):
        engine.discover(False)
    with acting_for("", "c"):
        engine.discover(False)
    door.desk.until(lambda: finds.looking == 1)
    with acting_for("", "b"):
        engine.discover(False)
    door.desk.until(lambda: finds.looking == 0)


def test_a_meter_is_marked_and_unmarked_in_the_running_engine(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]]
) -> None:
    meter = DeviceInfo(uid="meter", name="Meter", points=(PointInfo(key="e", capability="energy_import"),))
    door.desk.world.describe(*door.desk.world.devices, meter)
    door.desk.until(lambda: door.desk.engine.twin.find_device("Meter"))
    start = door.desk.now[0]
    for n, reading in enumerate((1000.0, 1001.0, 3.0, 4.0)):
        door.desk.now[0] = start + n * 3_600_000
        door.desk.world.report("e", reading, uid="meter")
        point = door.desk.point("e", "Meter")
        door.desk.until(lambda p=point, r=reading: p in door.desk.values and door.desk.values[p].value == r)
    from datetime import UTC, datetime

    at = datetime.fromtimestamp((start + 5_400_000) / 1000, UTC).isoformat()
    code, said = oikos("meter", "Meter/e", "--changed", at, "--old", "1001.5", "--new", "2.5")
    assert (code, len(said["meter_changes"])) == (0, 1), said
    (mark,) = door.desk.engine.twin.meter_changes
    assert (mark.final, mark.first) == (1001.5, 2.5)
    assert oikos("meter", "Meter/e")[1]["meter_changes"] == said["meter_changes"]
    code, said = oikos("meter", "Meter/e", "--not-changed", at)
    assert (code, said["meter_changes"], door.desk.engine.twin.meter_changes) == (0, [], ())


@pytest.mark.parametrize("form", ["gltf", "ifc"])
@pytest.mark.parametrize("joined", [True, False])
def test_the_engine_writes_the_building_where_the_command_line_means(
    door: OpenDoor, oikos: Callable[..., tuple[int, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, *, joined: bool
) -> None:  # fmt: skip
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    door.desk.engine.bind(door.desk.engine.twin.devices[0].id, door.desk.engine.twin.rooms[0].id).result(60)
    name = "house.glb" if form == "gltf" else "house.ifc"
    code, said = oikos("export", *([f"--{form}={name}"] if joined else [f"--{form}", name]))
    assert code == 0, said
    assert Path(said["file"]) == folder / name
    assert (folder / name).stat().st_size > 200
    if form == "ifc":
        assert "Lamp" in (folder / name).read_text("utf-8", "replace")


def test_words_that_name_files_are_told_from_others() -> None:
    names = {"a.ifc": "/b.ifc"}
    assert renamed_word("a.ifc", names) == "/b.ifc"
    assert renamed_word("--ifc=a.ifc", names) == "--ifc=/b.ifc"
    assert renamed_word("--room=a.ifc ", names) == "--room=a.ifc "
    assert renamed_word("x=a.ifc", names) == "x=a.ifc"
    assert renamed_word("ca=a.ifc", names, of_option=True) == "ca=/b.ifc"
    assert renamed_word("ca=a.ifc", names) == "ca=a.ifc"


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("import house.oikos plan.ifc --replace plan.ifc", [2]),
        ("import house.oikos --replace=plan.ifc plan.ifc", [3]),
        ("checkout house.oikos Lamp --photo Lamp", [4]),
        ("import plan.ifc plan.ifc", [2]),
        ("rules house.oikos --add=a=b.json", [2]),
        ("add house.oikos mqtts://h --option ca=a=b.pem", [4]),
    ],
)
def test_only_words_at_the_place_of_a_file_are_files(line: str, files: list[int]) -> None:
    words = line.split()
    asked = with_files(words, parser([words[0]]).parse_args(words), absolute)
    assert [at for at, word in enumerate(asked) if word != words[at]] == files
    assert all(str(Path.cwd()) in asked[at] for at in files)


def test_files_of_a_links_options_and_address_are_found_from_the_root_on() -> None:
    words = ["add", "house.oikos", "knx://10.0.0.5?table=t.csv&writable=yes", "--option", "ca=my.pem"]
    asked = with_files(words, parser(["add"]).parse_args(words), absolute)
    here = str(Path.cwd())
    assert asked == [
        "add", "house.oikos", "knx://10.0.0.5?writable=yes", "--option", f"table={here}/t.csv",
        "--option", f"ca={here}/my.pem",
    ]  # fmt: skip


@pytest.mark.parametrize("sky", ["studio", "night"])
def test_a_picture_is_taken_of_the_running_engine(door: OpenDoor, tmp_path: Path, sky: str) -> None:
    out, clients = tmp_path / "shot.png", door.desk.engine._door._door  # type: ignore[union-attr]
    shot = subprocess.Popen(
        [sys.executable, "-m", "app", "shot", str(door.desk.path), str(out), "--size", "640x480", "--sky", sky, "--json"],
        cwd=TOP, env=environment() | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    attached = False
    pause = threading.Event()
    while shot.poll() is None:
        attached = attached or clients.clients == 1
        pause.wait(0.01)
    said = json.loads(shot.communicate(timeout=400)[0])
    assert (shot.returncode, said["problems"]) == (0, [])
    assert attached, "it was the engine's picture, not that of a copy of its files"
    assert out.stat().st_size > 1000

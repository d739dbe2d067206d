"""What a verb or the first frame does not need is not imported for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.view.scene.house import LINK, house_mesh, house_twin
from tests.english import words
from twin.model.building import Building, Source
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

from .conftest import rooms_building

TOP = Path(__file__).parents[2]
SCREEN = {"PySide6", "vtkmodules", "pyqtgraph"}
PROTOCOLS = {"zxingcpp", "cv2", "aiomqtt", "paho", "aiohttp", "zeroconf", "jinja2", "regex", "astral"}
FILES = {"ifcopenshell", "shapely", "manifold3d", "ezdxf", "svgelements", "pypdfium2", "javaobj", "sqlite_utils"}
SECRETS = {"keyring", "cryptography"}
DIALOGS = {
    f"app.view.panel.{name}" for name in ("pair", "palette", "review", "settings_dialog", "keys", "about_dialog")
}
PANELS = {
    f"app.view.panel.{name}"
    for name in ("tree", "inspector", "discover", "links", "trends", "devices", "commands", "problems")
}

AFTER_THE_FRAME = {
    "numpy.ma",
    "http.client",
    "email",
    "difflib",
    "html",
    "getpass",
    "typing_extensions",
    "app.cli.framework.engine_verbs",
    "app.server.thin_client",
    "app.server.door",
    "app.engine.rule_runner",
    "app.engine.rule_requests",
    "twin.rules.evaluate",
    "twin.rules.alarm_evaluation",
}
"""Modules that are imported once the building is on the screen, whatever the building and its devices are."""

VERB = """
import json, sys
from app.__main__ import main
told, sys.stdout = sys.stdout, open({sink!r}, "w")
code = main({words!r})
told.write(json.dumps([code, *sorted(sys.modules)]))
"""

FIRST_FRAME = """
import json, sys
from PySide6.QtWidgets import QApplication
from app.cli.framework.preload import import_msgspec
import_msgspec()  # as the command line does before it imports the window
from app.view import startup

def mark(_took_ms=0.0):
    told.write(json.dumps([0, *sorted(sys.modules)]))
    told.flush()
    QApplication.exit()

told, sys.stdout = sys.stdout, open({sink!r}, "w")
startup.record_first_frame = mark
from app.__main__ import main
sys.exit(main({words!r}))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project with two rooms, an empty history and a broker that is not there."""
    path = tmp_path / "house.oikos"
    with Project.create(path, name="House") as project:
        project.set_building(rooms_building("Kitchen", "Hall"), label=words("Import"), keep={})
        project.add_link(Link(id=LinkId("l"), protocol="mqtt", address="mqtt://localhost:1"))
    History.open(history_file(path)).close()
    return path


@pytest.fixture
def furnished_house(tmp_path: Path) -> Path:
    """A project with walls, furniture, doors and devices of many kinds on two storeys."""
    twin, path = house_twin(), tmp_path / "furnished.oikos"
    source = Source(path="house.ifc", sha256="0" * 64, importer="test 1")
    building = Building(source=source, storeys=twin.storeys, rooms=twin.rooms, mesh=house_mesh())
    with Project.create(path, name="House") as project:
        project.set_building(building, label=words("Import"), keep={})
        project.add_link(LINK)
        project.put_devices(twin.devices)
    History.open(history_file(path)).close()
    return path


def loaded(code: str, tmp_path: Path, *words: str) -> set[str]:
    """The modules that a process of its own had imported when it said so."""
    script = code.format(sink=str(tmp_path / "printed"), words=list(words))
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(TOP), "OIKOS_START_MARK": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=TOP, capture_output=True, text=True, timeout=400, check=False
    )
    code_, *names = json.loads(done.stdout or "[1]")
    assert code_ == 0, done.stderr[-2000:]
    return set(names)


def of(wanted: set[str], modules: set[str]) -> set[str]:
    """Which of the wanted are there."""
    return wanted & (modules | {name.partition(".")[0] for name in modules})


@pytest.mark.parametrize("verb", ["info", "get", "check"])
def test_a_verb_that_only_reads_loads_no_screen_no_loop_and_no_protocol(verb: str, house: Path, tmp_path: Path) -> None:
    modules = loaded(VERB, tmp_path, verb, str(house))
    assert not of(SCREEN | PROTOCOLS | FILES | SECRETS | {"asyncio", "ssl", "multiprocessing"}, modules)
    assert not of({"app.engine.engine", "app.engine.context", "devices.link"}, modules)


def test_editing_from_the_command_line_loads_no_screen_no_loop_and_no_protocol(house: Path, tmp_path: Path) -> None:
    modules = loaded(VERB, tmp_path, "bind", str(house), "--suggested")
    assert not of(SCREEN | PROTOCOLS | FILES | SECRETS | {"asyncio", "ssl", "multiprocessing"}, modules)


@pytest.mark.parametrize("project", ["house", "furnished_house"])
def test_the_first_frame_needs_no_protocol_no_importer_no_chart_no_dialog_and_no_hidden_panel(
    project: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    modules = loaded(FIRST_FRAME, tmp_path, str(request.getfixturevalue(project)))
    shown = {"PySide6", "vtkmodules", "app.view.window", "app.view.scene.view"}
    assert of(shown, modules) == shown
    assert not of(PROTOCOLS | FILES | SECRETS | {"pyqtgraph"}, modules)
    assert not of(DIALOGS | PANELS | {"app.view.chart.plot", "app.view.plan.plan_editor"}, modules)
    assert not of(AFTER_THE_FRAME, modules)
    assert not [name for name in modules if name.startswith("devices.protocols.")]

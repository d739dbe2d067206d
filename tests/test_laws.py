"""Each law of the house bites: a planted violation breaks its import contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]

VIOLATIONS = {
    "twin imports devices": ("twin/rules/planted.py", "import devices.contract"),
    "twin imports app": ("twin/insight/planted.py", "import app.inbox"),
    "devices import app": ("devices/planted.py", "import app.inbox"),
    "devices import the store": ("devices/planted.py", "import twin.store"),
    "the model reads a clock": ("twin/model/planted.py", "import time"),
    "the model opens a socket": ("twin/model/planted.py", "def f():\n    import socket"),
    "the model logs": ("twin/model/planted.py", "import logging"),
    "rules read a clock": ("twin/rules/planted.py", "import time"),
    "rules look up a time zone": ("twin/rules/planted.py", "def f():\n    from zoneinfo import ZoneInfo"),
    "insight throws dice": ("twin/insight/planted.py", "import random"),
    "rules import the store": ("twin/rules/planted.py", "import twin.store"),
    "SQL outside the store": ("app/planted.py", "import sqlite3"),
    "shapely outside twin.building": ("app/planted.py", "import shapely"),
    "ifcopenshell in a view": ("app/view/planted.py", "import ifcopenshell"),
    "the baker imports the store": ("twin/light/planted.py", "import twin.store"),
    "rays outside the baker": ("app/view/scene/planted.py", "def f():\n    import embreex"),
    "Qt outside app.view": ("app/planted.py", "from PySide6.QtCore import QObject"),
    "Qt inside twin": ("twin/building/planted.py", "def f():\n    import PySide6"),
    "a view imports devices": ("app/view/planted.py", "import devices.contract"),
    "a view imports the store": ("app/view/planted.py", "import twin.store"),
    "a view starts a thread": ("app/view/planted.py", "import threading"),
    "a view uses asyncio": ("app/view/planted.py", "import asyncio"),
    "one adapter knows another": ("devices/protocols/simulated/planted.py", "import devices.protocols.mqtt.adapter"),
    "somebody names an adapter": ("app/planted.py", "import devices.protocols.mqtt.adapter"),
    "the link names an adapter": ("devices/planted.py", "from devices.protocols.mqtt import adapter"),
    "one protocol imports another's files": (
        "devices/protocols/matter/planted.py",
        "import devices.protocols.mqtt.mqtt_session",
    ),
    "one protocol imports another's adapter": (
        "devices/protocols/matter/planted.py",
        "import devices.protocols.mqtt.adapter",
    ),
    "the engine imports a protocol's session": (
        "app/engine/planted.py",
        "def f():\n    import devices.protocols.mqtt.mqtt_session",
    ),
    "the engine imports Matter's keys": ("app/engine/planted.py", "from devices.protocols.matter import fabric"),
    "the engine imports the simulation": ("app/engine/planted.py", "import devices.protocols.simulated.backfill"),
    "a bench imports a protocol's files": ("app/bench/planted.py", "import devices.protocols.mqtt.connection"),
    "the lab imports a protocol's files": ("devices/lab/planted.py", "import devices.protocols.mqtt.probe"),
    "the link imports a protocol's files": ("devices/planted.py", "import devices.protocols.matter.server"),
    "the engine imports the view": ("app/engine/planted.py", "import app.view.theme"),
    "a verb imports the view": ("app/cli/planted.py", "def f():\n    import app.view.window"),
    "the inbox imports the view": ("app/planted.py", "from app.view import i18n"),
    "a view opens a socket": ("app/view/planted.py", "import socket"),
    "a view starts a process": ("app/view/scene/planted.py", "import subprocess"),
    "a view fetches from the network": ("app/view/panel/planted.py", "import urllib.request"),
    "a panel reaches into the scene": ("app/view/panel/planted.py", "import app.view.scene.structure.storey_stack"),
    "a chart reaches into the scene": ("app/view/chart/planted.py", "from app.view.scene.data import scene_values"),
    "the share reads the store": ("twin/share/planted.py", "def f():\n    import twin.store.project"),
}

SHAPES = {
    "a module without a place in twin": ("twin/planted.py", "import twin.model"),
    "a cycle between siblings": ("twin/model/planted.py", "import twin.store"),
}
"""What breaks the house as a whole: each is planted alone."""


def verdict(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import contracts say of the house in this folder."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()",
    ]
    return subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=400)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source that a test may break."""
    folder = tmp_path_factory.mktemp("house")
    for package in ("app", "twin", "devices"):
        shutil.copytree(TOP / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(TOP / "pyproject.toml", folder)
    return folder


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    done = verdict(house)
    assert done.returncode == 0, done.stdout


def planted(house: Path, place: str, line: str) -> Path:
    """A file with a violation."""
    file = house / place
    file.write_text(f'"""Planted."""\n{line}\n', encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def broken(house: Path) -> str:
    """What the contracts say of a house in which every law is broken once, each by a file of its own."""
    files = [
        planted(house, place.replace("planted", f"planted_{number}_"), line)
        for number, (place, line) in enumerate(VIOLATIONS.values())
    ]
    try:
        done = verdict(house)
    finally:
        for file in files:
            file.unlink()
    assert "BROKEN" in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("law", VIOLATIONS)
def test_a_planted_violation_breaks_a_contract(broken: str, law: str) -> None:
    number = list(VIOLATIONS).index(law)
    assert f"planted_{number}_ " in broken.replace("\n", " "), broken


@pytest.mark.parametrize("law", SHAPES)
def test_a_house_of_another_shape_breaks_a_contract(house: Path, law: str) -> None:
    file = planted(house, *SHAPES[law])
    try:
        done = verdict(house)
    finally:
        file.unlink()
    assert done.returncode != 0
    assert "BROKEN" in done.stdout or "is not" in done.stdout + done.stderr, done.stdout + done.stderr

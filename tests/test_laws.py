"""Each law of the house bites: a planted violation breaks its import contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]

VIOLATIONS = {
    "twin imports devices": ("twin/rules/planted.py", "import devices.adapter"),
    "twin imports app": ("twin/insight/planted.py", "import app.inbox"),
    "devices import app": ("devices/planted.py", "import app.inbox"),
    "devices import the store": ("devices/planted.py", "import twin.store"),
    "the model reads a clock": ("twin/model/planted.py", "import time"),
    "the model opens a socket": ("twin/model/planted.py", "def f():\n    import socket"),
    "the model logs": ("twin/model/planted.py", "import logging"),
    "rules import the store": ("twin/rules/planted.py", "import twin.store"),
    "SQL outside the store": ("app/planted.py", "import sqlite3"),
    "shapely outside twin.building": ("app/planted.py", "import shapely"),
    "ifcopenshell in a view": ("app/view/planted.py", "import ifcopenshell"),
    "Qt outside app.view": ("app/planted.py", "from PySide6.QtCore import QObject"),
    "Qt inside twin": ("twin/building/planted.py", "def f():\n    import PySide6"),
    "a view imports devices": ("app/view/planted.py", "import devices.adapter"),
    "a view imports the store": ("app/view/planted.py", "import twin.store"),
    "a view starts a thread": ("app/view/planted.py", "import threading"),
    "a view uses asyncio": ("app/view/planted.py", "import asyncio"),
    "one adapter knows another": ("devices/adapters/planted.py", "import devices.adapters.mqtt"),
    "somebody names an adapter": ("app/planted.py", "import devices.adapters.mqtt"),
    "the link names an adapter": ("devices/planted.py", "from devices.adapters import mqtt"),
    "a module without a place in twin": ("twin/planted.py", "import twin.model"),
    "a cycle between siblings": ("twin/model/planted.py", "import twin.store"),
}


def verdict(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the import contracts say of the house in this folder."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()",
    ]
    return subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=60)


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


@pytest.mark.parametrize("law", VIOLATIONS)
def test_a_planted_violation_breaks_a_contract(house: Path, law: str) -> None:
    place, line = VIOLATIONS[law]
    planted = house / place
    planted.write_text(f'"""Planted."""\n{line}\n', encoding="utf-8")
    try:
        done = verdict(house)
    finally:
        planted.unlink()
    assert done.returncode != 0
    assert "BROKEN" in done.stdout or "is not" in done.stdout + done.stderr, done.stdout + done.stderr

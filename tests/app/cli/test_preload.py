"""The graphics libraries are in memory before Python asks for them, and nothing depends on that."""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from app.cli.framework import preload

TOP = Path(__file__).parents[3]

LOADED = """
import threading
from app.cli.framework import preload
preload.preload()
for thread in threading.enumerate():
    if thread.name == "oikos-preload":
        thread.join()
with open("/proc/self/maps") as maps:
    mapped = maps.read()
assert "libvtkRenderingOpenGL2" in mapped
import sys
assert "vtkmodules" not in sys.modules
import vtkmodules.vtkRenderingOpenGL2
"""

LACKING = """
import importlib.util
from app.cli.framework import preload
importlib.util.find_spec = lambda name: None
preload._load()
preload.ctypes.CDLL = lambda name: (_ for _ in ()).throw(OSError(name))
preload._start_driver()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's linker is asked")
@pytest.mark.parametrize("code", [LOADED, LACKING], ids=["libraries that are there", "libraries that are not"])
def test_libraries_are_loaded_where_they_are_and_not_missed_where_not(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("arguments", "loads"),
    [
        (["open"], True),
        (["open", "house.oikos"], True),
        (["demo", "--office"], True),
        (["demo", "--headless"], False),
        (["demo", "--help"], False),
        (["info", "open"], False),
    ],
)
def test_only_a_command_that_opens_a_window_loads_them(
    arguments: list[str], loads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    for name in ("preload", "import_msgspec"):
        monkeypatch.setattr(preload, name, partial(loaded.append, name))
    preload.preload_for(arguments)
    assert loaded == (["preload", "import_msgspec"] if loads else [])


def test_they_are_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr(preload, "_load", lambda: loaded.append(True))
    preload.preload.cache_clear()
    for _ in range(2):
        preload.preload()
    for thread in threading.enumerate():
        if thread.name == "oikos-preload":
            thread.join()
    preload.preload.cache_clear()
    assert len(loaded) == (sys.platform == "linux")


WITHOUT_EXTENSIONS = """
import sys
from app.cli.framework.preload import import_msgspec
import_msgspec()
assert "typing_extensions" not in sys.modules
import msgspec, typing

class Lamp(typing.TypedDict):
    name: typing.Required[str]
    level: typing.NotRequired[typing.Annotated[int, msgspec.Meta(le=100)]]

assert msgspec.convert({"name": "desk"}, Lamp) == {"name": "desk"}
for wrong in ({}, {"name": "desk", "level": 101}):
    try:
        msgspec.convert(wrong, Lamp)
    except msgspec.ValidationError:
        continue
    raise AssertionError(wrong)
import typing_extensions
"""


def test_msgspec_checks_types_without_the_extensions_of_typing_which_others_can_import_later() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTENSIONS], cwd=TOP, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]

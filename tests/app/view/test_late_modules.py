"""After the window is shown, nothing is imported on its own thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QLabel

from app.i18n import language
from app.view import module_loader
from app.view.docks import LoadingNote
from app.view.late_modules import LATE
from app.view.module_loader import ModuleLoader
from app.view.window import MainWindow

TOP = Path(__file__).parents[3]

OPENED = """
import json, sys, threading, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.engine.engine import Engine
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from twin.model.drawing import DrawingWithPictures, empty

found = []

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():
            found.append(name)

engine = Engine(Path(sys.argv[1]), settings=Settings())
engine.start()
app = startup.application()
startup.apply_appearance(app, Settings())
engine.open_demo("home").result(120)
window = startup.build(engine, engine.inbox, Selection(), Settings())
window.show()
startup.attach_scene(window)

def until(ready, longest_s=300.0):
    end = time.monotonic() + longest_s
    while not ready():
        assert time.monotonic() < end, "it took too long"
        app.processEvents()
        time.sleep(0.002)

until(window.is_filled)
sys.meta_path.insert(0, Finder)
sensor = next(d for d in window.feed.twin.devices if d.point("temperature"))
window.effects.chart(sensor.point("temperature").id)
until(window.feed.is_quiet)
for part in window.docks:
    window.show_panel(part, True)
    until(lambda: window.feed.is_quiet() and part in window.parts)
until(lambda: window.parts["trends"].plot is not None)
for do in (window.effects.about, window.effects.keys, window.effects.edit_settings, window.effects.palette,
           window.effects.pair, window.effects.viewpoints, lambda: window.effects.ghosts(True), lambda: window.effects.find_devices("lamp"),
           lambda: window.effects.step(-1), lambda: window.effects.section(True), lambda: window.effects.walk(True),
           lambda: window.effects.dark(True), lambda: window.effects.set_language("zh_CN"),
           lambda: window.effects.menu("device", sensor.id, window.pos())):
    do()
    until(window.feed.is_quiet)
    for one in [*app.topLevelWidgets()]:
        if one is not window and one.isVisible():
            one.close()
window.scene.viewpoint("here")
until(window.feed.is_quiet)
window.edit_plan(DrawingWithPictures(empty("House", "site")))
until(lambda: window.editor is not None)
print("imported", json.dumps([found, sorted(window.parts)]))
sys.stdout.flush()
window.close()
engine.stop()
"""


def test_no_panel_and_no_dialog_is_imported_on_the_screens_thread(tmp_path: Path) -> None:
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(TOP), "OIKOS_HOME": str(tmp_path)}
    command = [sys.executable, "-c", OPENED, str(tmp_path)]
    done = subprocess.run(command, env=env, cwd=TOP, capture_output=True, text=True, timeout=400, check=False)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("imported ")] or [done.stderr[-3000:]]
    found, parts = json.loads(line.removeprefix("imported "))
    assert "editor" in parts
    assert found == []


class Pool:
    """A pool whose work is done when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[], object], Future[object]]] = []

    def compute(self, work: Callable[[], object]) -> Future[object]:
        future = Future[object]()
        self.asked.append((work, future))
        return future

    def work(self, number: int = -1) -> None:
        """Does what was asked for last, or as this number."""
        work, future = self.asked[number]
        try:
            future.set_result(work())
        except ImportError as error:
            future.set_exception(error)


@pytest.fixture
def pool(api: FakeDesk, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Pool:
    """As in a window that was shown this moment: nothing that is loaded late is there."""
    made = Pool()
    monkeypatch.setattr(api, "compute", made.compute)
    monkeypatch.setattr(module_loader, "_imported", set[str]())
    return made


def test_a_panel_whose_modules_are_on_their_way_is_shown_as_loading_and_then_made(
    window: MainWindow, live: Callable[..., None], pool: Pool
) -> None:
    dock = window.docks["commands"]
    window.show_panel("commands", True)
    live(window)
    note = dock.widget()
    assert isinstance(note, LoadingNote)
    assert note.isVisible()
    note._tell()
    assert [label.text() for label in note.findChildren(QLabel)] == ["Loading…"]
    window.show_panel("commands", False)
    window.show_panel("commands", True)
    assert dock.widget() is note
    assert len(pool.asked) == 1
    pool.work()
    live(window)
    assert dock.widget() is window.parts["commands"]
    assert window.parts["commands"].isVisible()


def test_what_is_asked_of_a_panel_that_is_loading_is_done_when_it_is_there(
    window: MainWindow, live: Callable[..., None], pool: Pool
) -> None:
    point = next(point for device in window.feed.twin.devices for point in device.points)
    window.effects.chart(point.id)
    window.effects.find_devices("lamp")
    assert not {"trends", "devices"} & set(window.parts)
    while not window.feed.is_quiet():
        pool.work()
        live(window, 1)
    assert window.parts["trends"].points == [point.id]  # type: ignore[attr-defined]
    assert window.parts["devices"].search.text() == "lamp"  # type: ignore[attr-defined]


def test_what_waits_for_modules_comes_in_the_order_in_which_it_was_asked(window: MainWindow, pool: Pool) -> None:
    modules, heard = ModuleLoader(window.feed), list[str]()
    modules.load_ahead(["json", "no_such_module", "html"])
    modules.when(["csv"], lambda: heard.append("csv"))
    modules.when(["no_such_module"], lambda: heard.append("no"), lambda problem: heard.append(problem.code))
    while not window.feed.is_quiet():
        pool.work()
        window.feed.tick()
    assert heard == ["csv", "oikos.environment"]
    modules.when(["json", "html"], lambda: heard.append("at once"))
    assert heard[-1] == "at once"


@pytest.mark.parametrize("name", LATE)
def test_every_module_that_is_loaded_late_exists(name: str) -> None:
    module_loader.import_now(name)


def test_a_language_that_nobody_spoke_yet_is_read_beside_the_screen(
    window: MainWindow, live: Callable[..., None], pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language._settings, "loaded", {})
    language.catalogue("en")
    window.effects.set_language("zh_CN")
    assert language.current_language() == "en"
    pool.work(0)  # then the setting is saved
    live(window)
    assert language.current_language() == "zh_CN"
    asked = len(pool.asked)
    window.effects.set_language("en")
    assert language.current_language() == "en"
    assert len(pool.asked) == asked + 1  # the setting again, and no catalogue

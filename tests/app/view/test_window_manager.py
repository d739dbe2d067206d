"""The keyboard under a real X server with a real window manager, which give a window the focus by rules of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NEEDED = ("Xvfb", "openbox", "xdotool")
PATIENCE_S = 300

WINDOW = """
import sys
sys.path.insert(0, {here!r})
from fake_api import FakeDesk
from plain import PlainView
from PySide6.QtCore import QTimer
from app.selection import Selection
from app.settings import Settings
from app.view import startup, style
from app.view.panel.palette import CommandPalette
from app.view.theme import THEMES

app = startup.application()
style.apply_theme(app, THEMES["light"])
desk = FakeDesk()
desk.fill()
window = startup.build(desk, desk.inbox, Selection(), Settings(None))
window.attach(PlainView())
window.show()

opened = []

def look():
    for palette in window.findChildren(CommandPalette):
        if palette.isVisible() and not opened:
            opened.append(palette)
            print("open", flush=True)
        if palette.field.text() == "kitchen" and palette.field.hasFocus():
            print("typed", flush=True)
            app.exit(0)

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
QTimer.singleShot(0, lambda: print("shown", int(window.winId()), flush=True))
QTimer.singleShot({patience} * 1000, lambda: app.exit(3))
sys.exit(app.exec())
"""


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An X server of its own with a window manager; the environment that programs need to be seen on it."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "HOME": str(tmp_path)}
    manager = subprocess.Popen(["openbox"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield env
    for process in (manager, server):
        process.terminate()
        process.wait(60)


def xdotool(env: dict[str, str], *text: str) -> None:
    """A hand on mouse and keyboard."""
    subprocess.run(["xdotool", *text], env=env, check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL)


def test_ctrl_k_can_be_typed_into_at_once_under_a_window_manager(display: dict[str, str]) -> None:
    code = WINDOW.format(here=str(HERE), patience=PATIENCE_S)
    with subprocess.Popen([sys.executable, "-c", code], env=display, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        id = window.stdout.readline().split()[1]
        xdotool(display, "windowactivate", "--sync", id)
        xdotool(display, "key", "--clearmodifiers", "ctrl+k")
        assert window.stdout.readline().strip() == "open"
        xdotool(display, "type", "--delay", "40", "kitchen")
        said = window.stdout.readline().strip()
        assert (said, window.wait(PATIENCE_S)) == ("typed", 0)

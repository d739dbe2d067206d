"""The real window with the real engine, edited by a script: what each edit costs the GUI thread. Prints one JSON object.

Runs in a process of its own (`python -m app.bench.harness.edit_window PROJECT COUNT [window]`); without `window` the same
edits are done by an engine alone.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from app.bench.harness.many_devices import ADAPTERS
from app.engine.engine import Engine
from app.settings import Settings

LIMIT_S = 60.0

type Step = tuple[str, Callable[[], Future[Any]]]
"""Name of an edit and the function that starts it."""


def edits(engine: Engine, count: int) -> Iterator[Step]:
    """Nothing, every edit that touches many devices, each followed by its undo and redo, and the rename of one."""
    yield "idle", engine.links
    yield "arrive", lambda: engine.add(f"many://{count}")
    yield "bind", lambda: engine.bind_all(engine.twin.suggested_rooms())
    yield "undo bind", engine.undo
    yield "redo bind", engine.redo
    yield "idle", engine.links
    for turn in range(5):
        yield "rename", lambda turn=turn: engine.rename(engine.twin.devices[count // 2].id, f"Lamp of the bench {turn}")
    yield "rename room", lambda: engine.rename(engine.twin.rooms[7].id, "Meeting room")
    yield "take out", lambda: engine.unbind(*(device.id for device in engine.twin.devices))
    yield "undo take out", engine.undo
    yield "redo take out", engine.redo
    yield "undo take out", engine.undo
    yield "remove gateway", lambda: engine.remove_link(engine.twin.links[0].id)
    yield "undo remove", engine.undo
    yield "redo remove", engine.redo


def started(path: Path) -> Engine:
    """An engine with only the bench's adapter and the project open."""
    engine = Engine(path.parent / "home", settings=Settings(path.parent / "settings.toml"))
    engine.context.__dict__["adapters"] = ADAPTERS
    engine.start()
    engine.open(path).result(60)
    return engine


def alone(engine: Engine, count: int) -> list[tuple[str, dict[str, float]]]:
    """Each edit without a window: wall seconds until the engine is done."""
    found: list[tuple[str, dict[str, float]]] = []
    for name, begin in edits(engine, count):
        begun_s = time.perf_counter()
        begin().result(LIMIT_S)
        found.append((name, {"wall_s": time.perf_counter() - begun_s}))
        engine.inbox.drain()
    return found


def in_window(engine: Engine, count: int) -> list[tuple[str, dict[str, float]]]:
    """Each edit in the window: CPU seconds of the GUI thread, and its longest stall."""
    from app.view.gui_load import played

    engine.show_again()
    return played(engine, engine.inbox, engine.settings, edits(engine, count))


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # as a window does a second after its start
    project, number, shown = Path(sys.argv[1]), int(sys.argv[2]), "window" in sys.argv
    sys.setswitchinterval(0.0005)
    sys.setswitchinterval(0.0005)  # as a window does (app.cli.framework.window)
    running = started(project)
    try:
        sys.stdout.write(json.dumps((in_window if shown else alone)(running, number)))
    finally:
        running.stop()

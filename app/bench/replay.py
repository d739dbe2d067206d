"""`replay`: memory of an engine that lives through a recorded day of the demo office with three clients, one of them stopped,
compared with the same day without clients.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from app.bench.harness.door_process import pause
from app.bench.harness.replay_process import TalkingProcess, talking
from app.bench.harness.result import Result, UnmeasurableError
from twin.store.file_names import history_file

GOAL_MB = 2.0
WARM = 0.25
"""Share of the day after which memory counts: caches are full then."""
LOOK_S = 0.2
BACK_S = 40.0
"""Longest time (seconds) for the stopped client to have the newest values once it goes on."""


def run(quick: bool) -> Result:
    """MB by which the engine's resident memory grows in the last 18 hours of the day."""
    if os.name == "nt":
        raise UnmeasurableError("no process can be stopped here")
    seconds = 16.0 if quick else 90.0
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        project = _demo(Path(folder))
        alone = _day(project, seconds, clients=0)
        ours = _day(project, seconds, clients=3)
    figure, yardstick = ours["growth_mb"], alone["growth_mb"]
    ok = figure <= max(0.0, yardstick) + GOAL_MB
    return Result(
        figure=figure,
        unit="MB",
        yardstick=yardstick,
        ratio=figure / yardstick if yardstick else 0.0,
        goal=f"≤ {GOAL_MB:g} MB more",
        ok=ok,
        note="" if ok else "look at what waits for a client that does not read",
        more=tuple((name, value) for name, value in ours.items() if name != "growth_mb"),
    )


def _demo(folder: Path) -> Path:
    """The demo office with its recorded past."""
    made = {**os.environ, "OIKOS_HOME": str(folder)}
    command = [sys.executable, "-m", "app", "demo", "--office", "--headless", "--for", "0", "--json"]
    subprocess.run(command, env=made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "demo" / "office.oikos"


def _day(project: Path, seconds: float, *, clients: int) -> dict[str, float]:
    """Figures of one replayed day, on a copy of the project; the last client is stopped while it lasts."""
    copied = project.with_name(f"{clients} clients")
    copied.mkdir()
    for file in (project, history_file(project)):
        shutil.copy(file, copied)
    project = copied / project.name
    with talking("engine", str(project), str(seconds)) as engine, ExitStack() as stack:
        attached = [stack.enter_context(talking("client", str(project))) for _ in range(clients)]
        if attached:
            attached[-1].signal(signal.SIGSTOP)
        begin = engine.ask()["memory_mb"]
        pause(seconds * WARM)
        warm = engine.ask()
        while not (end := engine.ask())["done"]:
            pause(LOOK_S)
        figures = {
            "growth_mb": end["memory_mb"] - warm["memory_mb"],
            "begin_mb": begin,
            "warm_mb": warm["memory_mb"],
            "end_mb": end["memory_mb"],
            "observations": end["sent"],
            "cpu_percent": 100 * (end["cpu_s"] - warm["cpu_s"]) / (seconds * (1 - WARM)),
        }
        return figures | (_caught_up(attached) if attached else {})


def _caught_up(clients: list[TalkingProcess]) -> dict[str, float]:
    """What the clients received, and whether the stopped one has the newest values once it goes on."""
    first, asleep = clients[0].ask(), clients[-1]
    asleep.signal(signal.SIGCONT)
    back = asleep.ask()
    for _ in range(round(BACK_S / LOOK_S)):
        if back["newest_ms"] >= first["newest_ms"]:
            break
        pause(LOOK_S)
        back = asleep.ask()
    if back["newest_ms"] < first["newest_ms"]:
        raise UnmeasurableError("the stopped client never saw the newest values")
    return {"received": first["received"], "received_by_the_stopped": back["received"]}

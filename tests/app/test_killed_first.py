"""kill -9 at any moment of a project's first run: project and history open afterwards, every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = 50
SCRIPT = """
import os, random, shutil, signal, sys, time, json
from pathlib import Path
import sqlite_utils
from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.store.history import History
from twin.store.file_names import history_file
from twin.store.project import Project

top, rounds = Path(sys.argv[1]), int(sys.argv[2])
path = top / "p.oikos"
chance = random.Random(9)
seen = {"made": 0, "appeared": 0, "bad": []}

def work():
    with Project.create(path) if not path.exists() else Project.open(path), History.open(history_file(path)) as history:
        for n in range(1000):
            history.put([Observation(PointId("p"), 1_763_894_400_000 + n, 1.0)])
            history.flush()

for number in range(rounds):
    for left in top.iterdir():
        left.unlink()
    child = os.fork()
    if child == 0:
        if number == 0:  # before the project appears, for certain
            sys.addaudithook(lambda event, _: os.kill(os.getpid(), signal.SIGKILL) if event == "os.link" else None)
        try:
            work()
        finally:
            os._exit(0)
    sign = (".p.oikos.", "p.oikos", ".p.oikos-history.", "p.oikos-history")[number % 4]  # the first 40 ms of each step
    while not any(name in (sign, "p.oikos-history") or (sign[0] == "." and name.startswith(sign)) for name in os.listdir(top)):
        pass
    time.sleep(chance.uniform(0, 0.04))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    seen["made"] += path.exists()
    seen["appeared"] += history_file(path).exists()
    try:
        if not path.exists():
            Project.create(path).close()
        for readonly in (True, False):
            with Project.open(path, readonly=readonly) as project:
                assert project.check() == []
            if readonly and not history_file(path).exists():
                continue
            with History.open(history_file(path), readonly=readonly) as history:
                assert history.check() == []
        left = sorted(one.name for one in top.iterdir() if not one.name.endswith(".lock"))
        assert left == ["p.oikos", "p.oikos-history"], left
    except BaseException as error:
        seen["bad"].append(f"{number}: {error!r}")
print(json.dumps(seen))
"""


def test_a_kill_in_the_first_forty_milliseconds_leaves_a_project_that_opens(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path), str(ROUNDS)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    assert seen["bad"] == []
    assert 0 < seen["made"] < ROUNDS  # the kills lay around the moments when the files are made: the first before them
    assert 0 < seen["appeared"] < ROUNDS

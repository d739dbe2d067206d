"""Files of every released schema, as SQL text in `files/`. Run as a program to add the present one; never rewrite one."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.twin.store.worlds import LINK, QUIET, T0, building, device
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.grant import Grant
from twin.model.ids import RoomId
from twin.model.meter import meter_change
from twin.store import migrations
from twin.store.database import HISTORY, PROJECT, DatabaseKind
from twin.store.history import History
from twin.store.project import Project

FROST = DefinitionEdit(
    DefinitionKind.ALARM,
    "frost:lamp",
    Definition(
        "frost:lamp",
        "Frost",
        True,
        '{"id":"frost:lamp","key":"lamp.temperature","condition":{"type":"Low","limit":5.0}}',
    ),
)
"""Held by projects of version 16 (step 17) and later."""
VERA = Grant(id="vera", name="Vera", role="operator", rooms=(RoomId("r-Hall"),), zones=("East",), expires_ms=T0)
"""Has access in projects of version 19 (steps 19 and 20) and later."""
FILES = Path(__file__).with_name("files")
LAMP, METER = device("lamp", "on_off", "temperature"), device("meter", "energy_import")


def dump(path: Path, kind: DatabaseKind) -> str:
    """A file of ours as SQL text."""
    db = sqlite3.connect(path)
    version = db.execute("pragma user_version").fetchone()[0]
    lines = [f"PRAGMA application_id={kind.application_id};", f"PRAGMA user_version={version};", *db.iterdump()]
    db.close()
    return "\n".join(lines) + "\n"


def load(name: str, path: Path) -> None:
    """The file that `dump` wrote, as it was."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma auto_vacuum=incremental")
    db.executescript((FILES / name).read_text(encoding="utf-8"))
    db.close()


def furnish(project: Project) -> None:
    """What every old project holds."""
    project.set_building(building("Kitchen", "Hall"))
    project.add_link(LINK)
    project.put_devices((LAMP, METER))
    project.change_definitions([FROST])
    project.mark_meter(meter_change(METER.points[0].id, T0 + 86_400_000, 8.9, 0.0))
    project.bind(LAMP.id, RoomId("r-Kitchen"), (1.0, 1.5, 2.4))
    project.rename(LAMP.id, "Reading light")
    project.undo()
    project.set_setting("words", ["heiß"])
    project.add_grant(VERA, "0" * 64)


def record(store: History) -> None:
    """What every old history holds: two sealed days of a minute each, and a tail."""
    store.declare([*LAMP.points, *METER.points])
    times = T0 + np.arange(2 * 1440, dtype=np.int64) * 60_000
    for point in (*LAMP.points, *METER.points):
        store.bulk(point.id, times, np.arange(len(times)) % 90 / 10)
    store.put([])
    store.flush()


def main() -> None:
    """Adds the present version where it is not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in (PROJECT, HISTORY):
            path, out = Path(folder) / kind.name, FILES / f"{kind.name}_v{migrations.newest(kind.name)}.sql"
            if out.exists():
                sys.exit(f"{out.name} is there already and stays as it is")
            if kind is PROJECT:
                with Project.create(path, "Old house") as project:
                    furnish(project)
            else:
                with History.open(path, pace=QUIET, now_ms=lambda: T0, lived_ms=None) as store:
                    record(store)
            out.write_text(dump(path, kind), encoding="utf-8")


if __name__ == "__main__":
    main()

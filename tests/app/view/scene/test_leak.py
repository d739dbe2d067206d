"""Opening and closing the view leaves nothing behind; OIKOS_LEAK_CYCLES says how often (100 before a release)."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.view import style
from app.view.scene.view import TwinView
from app.view.theme import LIGHT

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)

CYCLES = int(os.environ.get("OIKOS_LEAK_CYCLES", "8"))
_PER_CYCLE_MB = 0.35
"""What malloc and the GL driver may keep back per cycle; a view that leaks keeps some 25."""
_WARM = 4


def resident_mb() -> float:
    """Memory of this process, megabytes, free pieces given back first; nan where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def cycle(selection: Selection) -> None:
    """One view with everything in it that holds graphics memory."""
    view = TwinView(selection, kind="image")
    view.resize(480, 320)
    twin = house.house_twin()
    view.set_twin(twin)
    view.set_mesh(house.house_mesh())
    state = house.house_state(twin)
    view.apply(state, np.arange(len(state)))
    view.show()
    view.wait_painted()
    view.set_ghosts(True)
    view.set_sky("night")
    view.walk(True)
    view.wait_painted()
    view.walk(False)
    view.set_section(True)
    view.wait_painted()
    view.release()
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def test_memory_stays_flat_over_many_views(qapp: QApplication) -> None:
    style.apply_theme(qapp, LIGHT)
    selection = Selection()
    for _ in range(_WARM):
        cycle(selection)
    start = resident_mb()
    for _ in range(CYCLES):
        cycle(selection)
    grown = resident_mb() - start
    print(f"{CYCLES} views: {start:.0f} MB, grown by {grown:.1f} MB")
    assert not grown > max(12.0, CYCLES * _PER_CYCLE_MB)
    assert not selection._observers

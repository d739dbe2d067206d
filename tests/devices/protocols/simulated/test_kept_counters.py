"""Energy counters of the demo go on where they stood: after a restart, a kill, a night; a demo that is made anew begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.protocols.simulated.adapter import ADAPTER
from devices.protocols.simulated.backfill import backfill
from devices.protocols.simulated.blueprint import load_blueprint
from devices.protocols.simulated.kept_counters import KeptCounters
from devices.protocols.simulated.simulator import Simulator

NOW_MS = 1_795_910_400_000
HOUR_MS = 3_600_000
LINK = ADAPTER.link("simulated://office")
METER = ("energy_import", "energy_export")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "office.oikos"
    path.write_bytes(b"a project")
    return path


def begun(project: Path, now_ms: int) -> Simulator:
    return Simulator(load_blueprint("office"), now_ms, KeptCounters.of(LINK, str(project), project.parent))


def lived(simulator: Simulator, now_ms: int, seconds: int) -> dict[tuple[str, str], float]:
    """The last readings after some seconds of life."""
    last: dict[tuple[str, str], float] = {}
    for second in range(seconds):
        last |= {(uid, key): value for uid, key, value in simulator.advance(now_ms + second * 1000) if key in METER}
        simulator.keep_counters()
    return last


@pytest.mark.parametrize("away_ms", [2000, 8 * HOUR_MS])
def test_after_a_kill_no_counter_falls_or_jumps(project: Path, away_ms: int) -> None:
    before = lived(begun(project, NOW_MS), NOW_MS, 33)
    assert before
    later = NOW_MS + 33_000 + away_ms
    after = lived(begun(project, later), later, 1)
    usual = lived(Simulator(load_blueprint("office"), later), later, 1)
    for meter, reading in before.items():
        counted = after[meter] - reading
        hours = away_ms / HOUR_MS
        assert 0 <= counted <= 60 + hours * 40_000, meter
    assert after != usual


def test_a_session_that_was_closed_is_gone_on_with(project: Path) -> None:
    first = begun(project, NOW_MS)
    before = lived(first, NOW_MS, 2)
    first.keep_counters(at_once=True)
    after = lived(begun(project, NOW_MS + 1000), NOW_MS + 1000, 1)
    assert all(0 <= after[meter] - reading <= 60 for meter, reading in before.items())


def test_a_project_that_was_made_anew_goes_on_from_its_own_past(project: Path) -> None:
    lived(begun(project, NOW_MS), NOW_MS, 11)
    project.rename(project.with_suffix(".old"))
    project.write_bytes(b"another project")
    later = NOW_MS + 24 * HOUR_MS
    after = lived(begun(project, later), later, 1)
    past = {
        (uid, key): values[-1] for uid, key, _, values in backfill("office", later - HOUR_MS, later) if key in METER
    }
    assert all(after[meter] == pytest.approx(reading, abs=2.0) for meter, reading in past.items())


def test_a_damaged_file_is_none(project: Path) -> None:
    lived(begun(project, NOW_MS), NOW_MS, 2)
    kept = KeptCounters.of(LINK, str(project), project.parent)
    assert kept.readings
    assert kept.file is not None
    for data in (b"", b"[]", kept.file.read_bytes()[:40]):
        kept.file.write_bytes(data)
        assert KeptCounters.of(LINK, str(project), project.parent).readings == {}


def test_without_a_project_nothing_is_kept(tmp_path: Path) -> None:
    kept = KeptCounters.of(LINK, "", tmp_path)
    kept.keep({("meter", "energy_import"): 1.0}, NOW_MS, at_once=True)
    assert list(tmp_path.iterdir()) == []

"""A replaced meter: proposed by the counting rules, marked by the user, counted across, taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.i18n import sentence
from tests.twin.store.worlds import LINK, QUIET, T0, device
from twin.model.meter import meter_change
from twin.model.meter_register import LIMITS, Exchange, estimated, meter_increase
from twin.model.problem import ProblemError
from twin.store.history import History, consumption
from twin.store.history.samples import DAY_MS, HOUR_MS
from twin.store.project import Project

METER = device("meter", "energy_import")
POINT = METER.points[0]
MIN = 60_000
OLD = 1_000_000 + 10 * np.arange(700.0)
"""600 W by the minute."""
NEW = 4_500_000 + 10 * np.arange(740.0)
TIMES = T0 + np.arange(1440, dtype=np.int64) * MIN
AT = int(TIMES[700]) - 20_000
MARK = Exchange(AT, OLD[-1] + 6, NEW[0] - 4)
DAY = np.array([T0, T0 + DAY_MS])
HOURS = T0 + np.arange(25, dtype=np.int64) * HOUR_MS


def filled(path: Path, *, sealed: bool) -> History:
    store = History.open(path, pace=QUIET, now_ms=lambda: T0 + 2 * DAY_MS)
    store.declare([POINT])
    values = np.concatenate([OLD, NEW])
    if sealed:
        store.bulk(POINT.id, TIMES, values)
        return store
    from twin.model.observation import Observation

    store.bulk(POINT.id, TIMES[:690], values[:690])
    for a in range(690, 1440, 50):
        b = min(1440, a + 50)
        store.put([Observation(POINT.id, int(t), float(v)) for t, v in zip(TIMES[a:b], values[a:b], strict=True)])
    store.flush()
    return store


@pytest.mark.parametrize("sealed", [True, False])
def test_a_replaced_meter_is_proposed_and_counted_across_once_it_is_marked(tmp_path: Path, sealed: bool) -> None:
    with filled(tmp_path / "h", sealed=sealed) as store:
        found = store.consumption(POINT.id, HOURS)
        assert found is not None
        assert found.suspected_ms == (int(TIMES[700]),)
        assert found.total == pytest.approx(6990 + 7390)
        assert found.estimated.nonzero()[0].tolist() == [11]
        store.set_exchanges({POINT.id: (MARK,)})
        found = store.consumption(POINT.id, HOURS)
        assert found is not None
        assert (found.suspected_ms, found.estimated.any()) == ((), False)
        assert found.total == pytest.approx(6990 + 7390 + 10)
        store.seal()
        assert store.exact(POINT.id, T0, T0 + DAY_MS).increase.sum() == pytest.approx(6990 + 7390 + 10)
        store.set_exchanges({})
        store.seal()
        found = store.consumption(POINT.id, HOURS)
        assert found is not None
        assert found.suspected_ms == (int(TIMES[700]),)
        assert store.exact(POINT.id, T0, T0 + DAY_MS).increase.sum() == pytest.approx(6990 + 7390)


def test_a_mark_is_kept_and_what_is_sealed_is_counted_by_it_after_a_restart(tmp_path: Path) -> None:
    with filled(tmp_path / "h", sealed=True) as store:
        store.set_exchanges({POINT.id: (MARK,)})
    with History.open(tmp_path / "h", readonly=True) as store:
        found = store.consumption(POINT.id, DAY)
        assert found is not None
        assert found.total == pytest.approx(6990 + 7390 + 10)
        assert store.exact(POINT.id, T0, T0 + DAY_MS).increase.sum() == pytest.approx(6990 + 7390 + 10)
        assert store.check() == []


def test_many_readings_are_answered_from_quarter_hours_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled(tmp_path / "h", sealed=True) as store:
        for marks in ((), (MARK,), (Exchange(AT),)):
            store.set_exchanges({POINT.id: marks} if marks else {})
            store.seal()
            readings = store.consumption(POINT.id, HOURS)
            with monkeypatch.context() as patched:
                patched.setattr(consumption, "MANY", 0)
                quarters = store.consumption(POINT.id, HOURS)
            assert readings is not None
            assert quarters is not None
            assert np.allclose(readings.increase, quarters.increase)
            assert readings.estimated.tolist() == quarters.estimated.tolist()
            assert readings.suspected_ms == quarters.suspected_ms


def test_a_count_over_a_silence_is_an_estimate_but_not_that_of_a_stretch_around_it() -> None:
    times = np.concatenate([TIMES[:120], TIMES[400:]])
    values = 10.0 * np.concatenate([np.arange(120), np.arange(400, 1440)])
    found = meter_increase(times, values, LIMITS["Wh"])
    assert estimated(times, found, HOURS).nonzero()[0].tolist() == [1, 2, 3, 4, 5, 6]
    assert not estimated(times, found, DAY).any()
    still = np.concatenate([np.zeros(120), np.zeros(1040)])
    assert not estimated(times, meter_increase(times, still, LIMITS["Wh"]), HOURS).any()


def test_a_mark_without_readings_counts_what_is_known_and_says_that_it_guesses(tmp_path: Path) -> None:
    with filled(tmp_path / "h", sealed=True) as store:
        store.set_exchanges({POINT.id: (Exchange(AT, OLD[-1] + 6, None),)})
        found = store.consumption(POINT.id, HOURS)
        assert found is not None
        assert found.total == pytest.approx(6990 + 7390 + 6)
        assert found.estimated.nonzero()[0].tolist() == [11]


def test_two_meters_within_one_silence_are_counted_one_after_the_other() -> None:
    marks = (Exchange(2 * MIN, 110.0, 0.0), Exchange(3 * MIN, 7.0, 500.0))
    limits = LIMITS["Wh"].__class__(None, 25_000.0, 2_000.0, marks)
    found = meter_increase(np.array([0, MIN, 10 * MIN, 11 * MIN]), np.array([90.0, 100.0, 520.0, 530.0]), limits)
    assert found.increase.tolist() == [0, 10, 10 + 7 + 20, 10]
    assert not found.guessed.any()


def test_a_mark_is_one_undo_step_of_the_project_and_comes_back(tmp_path: Path) -> None:
    mark = meter_change(POINT.id, AT, 1.0, 2.0)
    with Project.create(tmp_path / "p.oikos") as project:
        project.add_link(LINK)
        project.put_devices([METER])
        assert project.mark_meter(mark).meter_changes == (mark,)
        assert project.twin().exchanges_of == {POINT.id: (mark.exchange,)}
        assert sentence(project.undo()) == "Meter changed at Meter"
        assert project.twin().meter_changes == ()
        project.redo()
        project.unmark_meter(mark.id)
        assert project.twin().meter_changes == ()
        project.undo()
        with pytest.raises(ProblemError):
            project.mark_meter(meter_change(device("other").points[0].id, AT))
    with Project.open(tmp_path / "p.oikos", readonly=True) as project:
        assert project.twin().meter_changes == (mark,)

"""The living demo, made whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import demo
from app.engine.engine import Engine
from tests.english import refused, undo_labels
from twin.model.change import Progress

pytest.importorskip("devices.protocols.simulated.adapter")


@pytest.fixture
def engine(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(demo, "PAST_DAYS", 1)
    one = Engine(home)
    one.start()
    yield one
    one.stop()


@pytest.mark.blocks
def test_the_demo_is_furnished_bound_remembered_and_alive_and_opens_again(engine: Engine) -> None:
    engine.open_demo("home").result(60)
    twin = engine.twin
    assert len(twin.rooms) >= 10
    assert len(twin.devices) >= 40
    assert undo_labels(engine) == (None, None)  # nobody did this by hand
    assert engine.undo().result(60) is None
    assert all(device.room for device in twin.devices)
    thermometer = next(p for p in twin.points if p.info.capability == "temperature")
    now = engine.now_ms()
    (found,) = engine.columns([thermometer.id], now - 86_400_000, now, 50).result(60)
    assert found.count.sum() > 10
    lamp = next(p for p in twin.points if p.info.capability == "on_off" and p.writable)
    assert engine.ready(lamp.id, 10).result(60) is None
    assert engine.command(lamp.id, "toggle").result(60).state.value == "confirmed"
    assert any(isinstance(change, Progress) and change.done for change in engine.inbox.drain()[1])
    folder = Path(engine.project()).parent
    engine.open_demo("home").result(30)
    assert len(engine.twin.devices) == len(twin.devices)
    assert not list(folder.glob("*.part*"))


@pytest.mark.blocks
def test_a_cancelled_demo_leaves_nothing_and_an_unknown_one_says_so(engine: Engine) -> None:
    begun = engine.open_demo("home")
    for _ in range(12_000):
        changes = engine.inbox.drain()[1]
        if any(isinstance(change, Progress) for change in changes):
            break
        with pytest.raises(TimeoutError):
            begun.result(0.005)
    engine.cancel(demo.JOB)
    with refused("cancelled"):
        begun.result(60)
    assert engine.project() == ""
    with refused("castle"):
        engine.open_demo("castle").result(60)

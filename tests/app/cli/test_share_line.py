"""`oikos share` asks a device only once its server has met it."""

from __future__ import annotations

from argparse import Namespace
from concurrent.futures import Future
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from app.cli import share
from app.cli.framework import project_access
from tests.app.view.scene.house import house_twin
from twin.model.device_sharing import Membership


class Engine:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ready(self, _point: object, timeout_s: float) -> Future[None]:
        self.asked.append(f"ready within {timeout_s:.0f} s")
        return answered(None)

    def memberships(self, _device: object) -> Future[tuple[Membership, ...]]:
        self.asked.append("memberships")
        return answered((Membership(index=1, vendor="Oikos", own=True),))


def answered[T](value: T) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(value)
    return future


def test_the_homes_of_a_device_are_asked_for_after_its_server_had_time_to_meet_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, twin = Engine(), house_twin()
    monkeypatch.setattr(project_access, "reading", lambda _path: nullcontext(SimpleNamespace(twin=twin)))
    monkeypatch.setattr(project_access, "working", lambda _path, *, links: nullcontext(engine))
    monkeypatch.setattr(project_access, "raised", lambda _engine: ())
    name = next(device.name for device in twin.devices if device.points)
    outcome = share.run(Namespace(project="p", device=name, homes=True, leave=None, software=False))
    assert engine.asked == ["ready within 60 s", "memberships"]
    assert len(outcome.lines) == 1

"""Changes are sent to those clients only whose role may see them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.server.client_session import ClientSession
from app.server.roles import Caller, Role
from twin.model.change import DeviceOnline, PairingJobsChanged
from twin.model.ids import DeviceId


@pytest.mark.parametrize(("role", "sent"), [(Role.VIEWER, 1), (Role.OPERATOR, 1), (Role.INSTALLER, 2), (Role.ADMIN, 2)])
def test_the_jobs_of_the_pairing_queue_are_for_installers(role: Role, sent: int) -> None:
    loop = cast("Any", SimpleNamespace(here=lambda: True))
    session = ClientSession(cast("Any", None), loop, Caller(role=role), cast("Any", None))
    queue = session._queue  # pyright: ignore[reportPrivateUsage]
    queue.put_change(PairingJobsChanged(()))
    queue.put_change(DeviceOnline(DeviceId("lamp"), online=True, time_ms=1))
    assert session.waiting[1] == sent

"""Replaces a device by another one: its place, name and history go on, the old one leaves its system."""

from __future__ import annotations

import contextlib

from app.engine import commissioning
from app.engine.history_recorder import PRESENCE
from app.engine.meter_changes import last_reading
from app.engine.problems import still_paired
from app.engine.session import ProjectSession
from devices.contract import Commissioner
from twin.model.device import Device
from twin.model.ids import DeviceId, PointId, point_id
from twin.model.meter import RegisterReadings
from twin.model.problem import ProblemError
from twin.store.project import UndoEntry


async def replace_device(session: ProjectSession, old: DeviceId, new: DeviceId) -> None:
    """Puts `new` into the place of `old`, as one undo step; the old device is then taken out of its system, or marked as
    taken out where that cannot be reached. Commands to the new one need a second person where those to the old one did. Raises ProblemError, and nothing changes.
    """
    entry, device = UndoEntry(), session.twin.device_of.get(old)
    presence = {str(point_id(old, PRESENCE)): str(point_id(new, PRESENCE))}
    # Before the edit, and the old one stays listed: no moment without it, after an undo neither.
    guarded = session.approvals.status.devices
    follows = old in guarded and new not in guarded and new in session.twin.device_of
    if follows:
        await session.approvals.require(new, on=True)
    try:
        readings = await _registers(session, old, new)
        await session.edits.edit(lambda project: project.replace_device(old, new, readings, presence), entry=entry)
    except ProblemError:
        if follows:
            await session.approvals.require(new, on=False)
        raise
    if device is not None:
        await _take_out(session, device, entry)


async def _registers(session: ProjectSession, *devices: DeviceId) -> RegisterReadings:
    """The last recorded readings of the devices' counters; their time is after all of them."""
    there, history, now_ms = session.twin.device_of, session.history, session.context.now_ms()
    counters = [p.id for id in devices if id in there for p in there[id].points if p.capability.is_counter]
    if not counters:
        return RegisterReadings(now_ms, {})

    def read() -> dict[PointId, tuple[int, float]]:
        with contextlib.suppress(ProblemError):  # the disk is full: as far as it is written
            history.flush()
        return {id: reading for id in counters if (reading := last_reading(history, id, now_ms + 1)) is not None}

    found = await session.context.run_blocking(read)
    after_ms = max((time_ms + 1 for time_ms, _ in found.values()), default=now_ms)
    return RegisterReadings(max(now_ms, after_ms), {id: value for id, (_, value) in found.items()})


async def _take_out(session: ProjectSession, device: Device, entry: UndoEntry) -> None:
    await session.registration.retire(device)
    runner = session.links.runner(device.link)
    link_session = runner.session if runner is not None else None
    link = session.link(device.link)
    try:
        if isinstance(link_session, Commissioner):
            if (note := await link_session.remove(device.uid)) is not None:
                session.context.raise_problem(note)
        elif link is not None and not session.registration.devices_of(link.id):
            await commissioning.remove_link(session, link, entry)
    except ProblemError as error:  # it is broken: what matters is done
        session.context.raise_problem(*error.problems)
    except OSError:
        session.context.raise_problem(still_paired(device.name))

"""The setup codes of a project's devices: kept with the passwords, encrypted; the project has only where each belongs.

A code outlives its device in the project: after a removal, or on another computer, it is needed to pair the device anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.kept_setup_codes import read_kept, secret_name
from devices.contract import Secret
from twin.model.change import Change, TwinChanged
from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError
from twin.model.setup_code import KeptCode
from twin.model.twin import Twin
from twin.store.project.kept_settings import SETUP_CODES

if TYPE_CHECKING:
    from app.engine.session import ProjectSession

MOST_CHARS = 128
"""Longest code that is kept; that of several joined Matter codes has fewer."""


class SetupCodes:
    """Event loop only, but for the constructor."""

    def __init__(self, session: ProjectSession) -> None:
        self._session = session
        self._kept = read_kept(session.project.setting(SETUP_CODES))
        self._twin = session.twin
        self._changing = asyncio.Lock()
        self._unsubscribe: Unsubscribe | None = None

    def begin(self) -> None:
        """Begins to note the last name and place of devices that are removed."""
        self._unsubscribe = self._session.context.bus.subscribe(SubscriberRole.WATCH, lambda _: None, self._event)

    def close(self) -> None:
        """Ends that."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    @property
    def kept(self) -> tuple[KeptCode, ...]:
        """All codes, by the names of their devices; those of removed devices last."""
        rows = (_now(row, self._session.twin) for row in self._kept.values())
        return tuple(sorted(rows, key=lambda row: (row.is_removed, row.name.casefold(), row.device)))

    async def keep(self, device: Device, code: str) -> None:
        """Keeps the code of a device, instead of one that it had. Raises ProblemError where it cannot be stored."""
        context = self._session.context
        if not 0 < len(code) <= MOST_CHARS or not code.isprintable():
            raise ProblemError(Problem(code="setup_code.unfit", args={"name": device.name, "most": MOST_CHARS}))
        row = KeptCode(
            device=device.id, name=device.name, place="", hint=code[-2:], since_ms=context.now_ms(), is_removed=False
        )
        async with self._changing:
            await context.run_blocking(lambda: context.keep_secret(secret_name(device.id), Secret(data=code)))
            await self._save([_now(row, self._session.twin)])

    async def keep_or_tell(self, devices: Iterable[Device], code: str) -> None:
        """Keeps the code by which devices were paired, for the one that has it; a problem is raised on the bus where that
        cannot be done: they are paired all the same."""
        found = tuple(devices)
        owner = next((one for one in found if one.via is None), next(iter(found), None))
        if owner is not None and code:
            try:
                await self.keep(owner, code)
            except ProblemError as error:
                self._session.context.raise_problem(*error.problems)

    async def code(self, device: DeviceId) -> str:
        """The code itself. Raises ProblemError where none is kept, or this computer does not have it."""
        row = self._row(device)
        secret = await self._session.context.run_blocking(
            lambda: self._session.context.secrets.get(secret_name(device))
        )
        if secret is None or not secret.data:
            raise ProblemError(Problem(code="setup_code.elsewhere", args={"name": row.name}))
        return secret.data

    async def forget(self, device: DeviceId) -> None:
        """Deletes a code. Raises ProblemError."""
        async with self._changing:
            self._row(device)
            await self._session.context.run_blocking(lambda: self._session.context.secrets.delete(secret_name(device)))
            del self._kept[device]
            await self._save(())

    def _row(self, device: DeviceId) -> KeptCode:
        if (row := self._kept.get(device)) is None:
            named = self._session.twin.device_of.get(device)
            raise ProblemError(Problem(code="setup_code.none", args={"name": named.name if named else device}))
        return row

    def _event(self, change: Change) -> None:
        if not isinstance(change, TwinChanged):
            return
        before, self._twin = self._twin, change.twin
        gone = [id for id in self._kept if id in before.device_of and id not in change.twin.device_of]
        if gone and not self._session.closing:
            rows = [_now(self._kept[id], before) for id in gone]
            self._session.spawn_task(self._note(rows), name="last place of a code")

    async def _note(self, rows: Iterable[KeptCode]) -> None:
        async with self._changing:
            await self._save(row for row in rows if row.device in self._kept)

    async def _save(self, rows: Iterable[KeptCode]) -> None:
        self._kept |= {row.device: row for row in rows}
        await self._session.edits.remember(SETUP_CODES, msgspec.to_builtins(list(self._kept.values())))


def _now(row: KeptCode, twin: Twin) -> KeptCode:
    """The row with the device's name and place in a twin; as it is, but removed, where the twin does not have it."""
    device = twin.device_of.get(row.device)
    if device is None:
        return replace(row, is_removed=True)
    room = None if device.room is None else twin.room_of.get(device.room)
    return replace(row, name=device.name, place=room.title if room else "", is_removed=False)

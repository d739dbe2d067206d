"""The setup codes of a project's devices: kept with the passwords, encrypted; the project has only where each belongs.

A code outlives its device in the project: after a removal, or on another computer, it is needed to pair the device anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.kept_setup_codes import read_kept, secret_name
from app.engine.pairing_codes import is_of_another, new_key
from devices.contract import PairsBySetupCode, Secret, SharesDevices
from twin.model.change import Change, TwinChanged
from twin.model.device import Device, Link
from twin.model.ids import DeviceId, LinkId
from twin.model.problem import Problem, ProblemError
from twin.model.setup_code import KeptCode, plain_code
from twin.model.twin import Twin
from twin.store.project.kept_settings import SETUP_CODES

if TYPE_CHECKING:
    from app.engine.session import ProjectSession

MOST_CHARS = 128
"""Longest code that is kept; that of several joined Matter codes has fewer."""
HOMES_S = 10.0
"""Seconds in which a device that was just paired tells the homes that it is in."""


class SetupCodes:
    """Event loop only, but for the constructor."""

    def __init__(self, session: ProjectSession) -> None:
        self._session = session
        self._kept = read_kept(session.project.setting(SETUP_CODES))
        self._twin = session.twin
        self._project = str(session.path.resolve())
        self._paired_by: dict[LinkId, str] = {}
        """By link: the code by which it was paired, until its devices are known."""
        self._changing = asyncio.Lock()
        self._unsubscribe: Unsubscribe | None = None

    def begin(self) -> None:
        """Begins to note by which code a link is paired, and the last name and place of devices that are removed."""
        self._session.links.before_keys = self._paired
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

    async def keep(self, device: Device, code: str, *, instead: bool = True) -> None:
        """Keeps the code of a device, `instead` of one that it had or only where it has none. Raises ProblemError where
        it has one then, or where it cannot be stored.
        """
        context = self._session.context
        if not 0 < len(code) <= MOST_CHARS or not code.isprintable():
            raise ProblemError(Problem(code="setup_code.unfit", args={"name": device.name, "most": MOST_CHARS}))
        row = KeptCode(
            device=device.id,
            code_key=new_key(),
            name=device.name,
            place="",
            since_ms=context.now_ms(),
            is_removed=False,
        )
        secret = Secret(user=self._project, data=code)
        async with self._changing:
            former = self._kept.get(device.id)
            if former is not None and not instead:
                raise ProblemError(Problem(code="setup_code.kept_already", args={"name": device.name}))
            await context.run_blocking(lambda: context.keep_secret(secret_name(row), secret))
            try:
                await self._remember(self._kept | {device.id: _now(row, self._session.twin)})
            except ProblemError:
                with contextlib.suppress(ProblemError):
                    await self._delete(row)
                raise
            if former is not None:
                with contextlib.suppress(ProblemError):  # nothing names it any more
                    await self._delete(former)

    async def keep_paired(self, link: LinkId) -> None:
        """Keeps the code by which a link was paired, once it has devices; nothing where it was not paired by one."""
        devices = [one for one in self._session.twin.devices if one.link == link]
        if devices and (code := self._paired_by.pop(link, "")):
            await self.keep_or_tell(devices, code)

    async def keep_or_tell(self, devices: Iterable[Device], code: str) -> None:
        """Keeps the code by which devices were paired, for the one that has it, but for one that was good only once; a
        problem is raised on the bus where it cannot be kept: they are paired all the same.
        """
        found = tuple(devices)
        owner = next((one for one in found if one.via is None), next(iter(found), None))
        if owner is not None and code and not await self._was_once(owner):
            try:
                await self.keep(owner, code)
            except ProblemError as error:
                self._session.context.raise_problem(*error.problems)

    async def code(self, device: DeviceId) -> str:
        """The code itself. Raises ProblemError where none is kept, or this computer does not have it."""
        row = self._row(device)
        secret = await self._session.context.run_blocking(lambda: self._session.context.secrets.get(secret_name(row)))
        if secret is None or not secret.data:
            raise ProblemError(Problem(code="setup_code.elsewhere", args={"name": row.name}))
        return secret.data

    async def device_with(self, code: str, is_same: Callable[[str, str], bool]) -> Device | None:
        """The device of the project whose kept code is this one; None where none is known to be."""
        there = self._session.twin.device_of
        secrets = self._session.context.secrets

        def found() -> Device | None:
            for row in self._kept.values():
                kept = secrets.get(secret_name(row)) if row.device in there else None
                with contextlib.suppress(ProblemError):
                    if kept is not None and is_same(code, kept.data):
                        return there[row.device]
            return None

        try:
            return await self._session.context.run_blocking(found)
        except ProblemError:
            return None  # the passwords cannot be read

    async def forget(self, device: DeviceId) -> None:
        """Deletes a code; it stays in the project where it cannot be. Raises ProblemError."""
        async with self._changing:
            row, before = self._row(device), self._kept
            await self._remember({id: one for id, one in before.items() if id != device})
            try:
                await self._delete(row)
            except ProblemError:
                await self._remember(before)
                raise

    async def _paired(self, link: Link) -> None:
        """Notes the code by which a link has just been paired. Never raises: its keys matter more."""
        context = self._session.context
        if isinstance(context.adapter(link.protocol), PairsBySetupCode):
            with contextlib.suppress(ProblemError):
                login = await context.run_blocking(lambda: context.secrets.get(link.id))
                if login is not None and login.password:
                    self._paired_by[link.id] = plain_code(login.password)
                    self._session.spawn_task(self.keep_paired(link.id), name="keep setup code")

    async def _was_once(self, device: Device) -> bool:
        """Whether the code of a device that was just paired is no more: one that is in other homes, too, was let in by a
        window that one of them had opened (Matter core specification 11.19). Where it does not tell, a code that is kept
        counts.
        """
        runner = self._session.links.runner(device.link)
        asked = runner.session if runner else None
        if not isinstance(asked, SharesDevices):
            return False
        try:
            async with asyncio.timeout(HOMES_S):
                homes = await asked.memberships(device.uid)
        except (ProblemError, OSError, TimeoutError):
            return device.id in self._kept
        return any(not home.own for home in homes)

    async def _delete(self, row: KeptCode) -> None:
        """Deletes a code from the passwords, unless it is that of the project of which this one is a copy. Raises
        ProblemError.
        """
        secrets, name = self._session.context.secrets, secret_name(row)

        def delete() -> None:
            kept = secrets.get(name)
            if kept is not None and not is_of_another(kept.user, self._project):
                secrets.delete(name)

        await self._session.context.run_blocking(delete)

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
            await self._remember(self._kept | {row.device: row for row in rows if row.device in self._kept})

    async def _remember(self, kept: Mapping[DeviceId, KeptCode]) -> None:
        """Takes over other rows once they are written. Raises ProblemError."""
        await self._session.edits.remember(SETUP_CODES, msgspec.to_builtins(list(kept.values())))
        self._kept = dict(kept)


def _now(row: KeptCode, twin: Twin) -> KeptCode:
    """The row with the device's name and place in a twin; as it is, but removed, where the twin does not have it."""
    device = twin.device_of.get(row.device)
    if device is None:
        return replace(row, is_removed=True)
    room = None if device.room is None else twin.room_of.get(device.room)
    return replace(row, name=device.name, place=room.title if room else "", is_removed=False)

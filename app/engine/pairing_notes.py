"""Notes of pairings in progress, stored in the project, so that a device is not lost when pairing is interrupted.

Commissioning and saving the device cannot be one transaction. So the project stores beforehand which devices the
link had; devices that appear later came by the pairing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from app.engine.edit_queue import EditQueue
from twin.model.device import Device
from twin.model.ids import LinkId
from twin.model.problem import Problem, Severity

NOTE = "pairing"
"""Name of the project setting that holds the note."""
KEEP_MS = 7 * 86_400_000
"""How long (ms) a note is valid: a device that is switched off meanwhile may appear within a week."""


@dataclass(frozen=True, slots=True)
class _Note:
    before: frozenset[str]
    since_ms: int
    cut_off: bool = False


class PairingNotes:
    """Records which devices a link had before a pairing began; at most one pairing at a time."""

    def __init__(self, edits: EditQueue, now_ms: int) -> None:
        self._edits = edits
        self._notes: dict[LinkId, _Note] = _read(str(edits.project.setting(NOTE, "")), now_ms)

    async def begin(self, link: LinkId, before: Iterable[str], now_ms: int) -> None:
        """Saves the note (uids that the link had before) in the project before the device is commissioned."""
        note = self._notes[link] = _Note(frozenset(before), now_ms)
        kept = {"link": link, "before": sorted(note.before), "since_ms": now_ms}
        await self._edits.remember(NOTE, json.dumps(kept))

    async def end(self, link: LinkId) -> None:
        """Removes the link's note: the devices are in the project, or the pairing came to nothing."""
        if self._notes.pop(link, None) is not None:
            await self._edits.remember(NOTE, "")

    def cut_off(self, link: LinkId) -> _Note | None:
        """Marks the link's pairing as interrupted, its device may still appear; returns the note, which is ended
        later."""
        note = self._notes.get(link)
        if note is not None:
            note = self._notes[link] = _Note(note.before, note.since_ms, cut_off=True)
        return note

    def stands(self, link: LinkId, note: _Note | None) -> bool:
        """Whether this note is still the link's current one."""
        return note is not None and self._notes.get(link) is note

    def fresh(self, link: LinkId, uids: Iterable[str]) -> set[str]:
        """The uids among these that the link did not have before the pairing; empty without a note."""
        note = self._notes.get(link)
        return {uid for uid in uids if uid not in note.before} if note else set()

    def recovered(self, link: LinkId, devices: Iterable[Device]) -> tuple[Device, ...]:
        """Those of the devices that came by an interrupted pairing."""
        note = self._notes.get(link)
        return tuple(one for one in devices if one.uid not in note.before) if note and note.cut_off else ()


def taken_in_late(devices: Iterable[Device]) -> Problem:
    """Note: devices of an interrupted pairing were taken in later."""
    names = ", ".join(device.name for device in tuple(devices)[:5])
    return Problem(code="pair.recovered", args={"names": names}, severity=Severity.NOTE)


def _read(text: str, now_ms: int) -> dict[LinkId, _Note]:
    """The saved note of an earlier run, marked as interrupted; empty where there is none, or an expired or unreadable
    one."""
    try:
        kept = json.loads(text)
        note = _Note(frozenset(map(str, kept["before"])), int(kept["since_ms"]), cut_off=True)
        return {LinkId(str(kept["link"])): note} if abs(now_ms - note.since_ms) < KEEP_MS else {}
    except (ValueError, KeyError, TypeError):
        return {}

"""Commands in force and when they expire, in a file: BACnet has no expiry of its own, and what was commanded before a crash is taken back after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from devices.protocols.bacnet.shared_file import changing
from twin.files import atomic

FOREVER_S = 1e10
"""Length of a command that does not expire: some 300 years."""

type Slot = tuple[str, int]
"""An object and the priority at which it was commanded (clause 19.2): each of the priorities holds a command of its own."""


class HeldCommand(msgspec.Struct, frozen=True):
    """A command that is to be taken back."""

    priority: int
    until_s: float
    """Unix time."""
    lasts_s: float
    """Seconds from the command to its end: where the clock was set back, it lasts no longer than that from then on."""
    project: str = ""
    """Path of the project that commanded it, for several may have the link; empty where that is not known."""


class CommandExpiry:
    """The commands of a link by object and priority, also those of other projects with this link. What changes them blocks until
    it is on disk, and may be called from several threads, and by several programs, at once.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time, project: str = "") -> None:
        """`project`: path of the project that commands."""
        self._file, self._clock, self._project = file, clock, project
        self._held: dict[Slot, HeldCommand] = {}
        self._changing = threading.Lock()
        """Held from reading what is held until the change of it is written and in force."""
        self._unwritten: dict[Slot, HeldCommand | None] = {}
        """Changes that the file lacks, for it could not be written."""
        self._postponed: dict[tuple[Slot, HeldCommand], HeldCommand] = {}
        """Commands of the file, as they are here."""
        self._ends: dict[tuple[str, HeldCommand], float] = {}
        """When each command expires by the clock as it is now; a clock set back moves it no further than its length."""

    @property
    def unsaved(self) -> bool:
        """Whether the file lacks a change, for it could not be written."""
        return bool(self._unwritten)

    def load(self) -> None:
        """Reads the file, which other projects may have changed; where it is missing or damaged, what is held stays. Blocks."""
        with self._changing:
            self._held = self._here(self._newest())

    def _newest(self) -> dict[Slot, HeldCommand]:
        """The commands of the file, with the changes that it lacks."""
        try:
            found = msgspec.json.decode(self._file.read_bytes(), type=dict[str, HeldCommand])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return self._held
        return _changed({(name.partition("@")[0], one.priority): one for name, one in found.items()}, self._unwritten)

    def _here(self, held: dict[Slot, HeldCommand]) -> dict[Slot, HeldCommand]:
        return {slot: self._postponed.get((slot, one), one) for slot, one in held.items()}

    def held(self, slot: Slot) -> HeldCommand | None:
        """The command that is to be taken back from a slot."""
        return self._held.get(slot)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots that hold commands."""
        return tuple(sorted(self._held))

    def own_slots(self) -> tuple[Slot, ...]:
        """Those that hold commands of no other project; one that is not at its path any more is this one, renamed. Blocks."""
        return tuple(slot for slot in self.slots if not self._is_of_another(self._held[slot].project))

    def _is_of_another(self, project: str) -> bool:
        return project not in ("", self._project) and Path(project).exists()

    def priorities(self, name: str) -> tuple[int, ...]:
        """The priorities at which an object holds commands that are to be taken back."""
        return tuple(sorted(priority for held, priority in self._held if held == name))

    def begin(self, slot: Slot, lasts_s: float) -> None:
        """A command to an object, before it is sent. Raises OSError where that cannot be kept. Blocks."""
        with self._changing, changing(self._file):
            held = self._newest() | {slot: HeldCommand(slot[1], self._clock() + lasts_s, lasts_s, self._project)}
            self._write(held)

    def put(self, slot: Slot, held: HeldCommand | None) -> None:
        """What a slot holds now; None for nothing. Raises OSError where the file cannot be written: then it is so until the next
        start all the same, and `save` tries again. Blocks.
        """
        with self._changing:
            self._held = self._here(newest := self._newest())
            if newest.get(slot) == held:
                return
            self._held = _changed(self._held, {slot: held})
            self._unwritten[slot] = held
            self._save()

    def save(self) -> None:
        """Writes what could not be written before. Raises OSError. Blocks."""
        with self._changing:
            if self._unwritten:
                self._save()

    def _save(self) -> None:
        with changing(self._file):
            self._write(self._newest())

    def _write(self, held: dict[Slot, HeldCommand]) -> None:
        self._keep(held)
        self._held, self._unwritten = self._here(held), {}

    def postpone(self, slot: Slot, seconds: float) -> None:
        """Takes a command back that many seconds from now; at the next start, as soon as it expires. Waits for the file."""
        with self._changing:
            if (one := self._held.get(slot)) is not None:
                kept = next((was for (at, was), later in self._postponed.items() if at == slot and later == one), one)
                later = msgspec.structs.replace(one, until_s=self._clock() + seconds, lasts_s=seconds)
                self._postponed = {key: it for key, it in self._postponed.items() if key[0] != slot}
                self._postponed[slot, kept] = later
                self._held = self._held | {slot: later}

    def next_s(self) -> float | None:
        """Seconds until the next command expires; None where none is held."""
        soonest = min(self._expiries().values(), default=None)
        return None if soonest is None else max(0.0, soonest - self._clock())

    def due(self) -> list[Slot]:
        """Slots whose commands have expired."""
        now_s = self._clock()
        return [slot for slot, until_s in self._expiries().items() if until_s <= now_s]

    def _expiries(self) -> dict[Slot, float]:
        now_s, held, known = self._clock(), self._held, self._ends
        self._ends = {
            (name, one): min(known.get((name, one), one.until_s), now_s + one.lasts_s)
            for (name, _priority), one in held.items()
        }
        return {(name, one.priority): until_s for (name, one), until_s in self._ends.items()}

    def _keep(self, held: dict[Slot, HeldCommand]) -> None:
        text = {f"{name}@{priority}": one for (name, priority), one in held.items()}
        atomic.write(self._file, msgspec.json.encode(text), mode=0o600)


def _changed(held: dict[Slot, HeldCommand], changes: Mapping[Slot, HeldCommand | None]) -> dict[Slot, HeldCommand]:
    return {slot: one for slot, one in {**held, **changes}.items() if one is not None}

"""Registers the devices described by a link as devices of the twin. Values are used at once; the project file is
written after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Generator, Iterable
from dataclasses import replace
from typing import Any, Protocol

from app.engine.context import EngineContext
from app.engine.device_ids import DeviceIds
from app.engine.device_presence import DevicePresence
from app.engine.device_room import DeviceRoom
from app.engine.edit_queue import EditQueue
from app.engine.history_recorder import HistoryRecorder
from app.engine.ingest import Ingest
from app.engine.pairing_notes import PairingNotes, taken_in_late
from app.engine.problems import changed_points
from app.engine.removed_devices import RemovedDevices
from twin.model.candidate import Candidate
from twin.model.device import (
    Device,
    DeviceInfo,
    Link,
    Point,
    described_anew,
    device_from_description,
    merged_description,
)
from twin.model.ids import DeviceId, LinkId, PlaceholderId, PointId
from twin.model.observation import Availability
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.project import UndoEntry

LATE_S = 60.0
"""How long (seconds) devices of a failed pairing may still appear: an abandoned search ends within half a minute."""
ONLY_PAIRED = ("takes", "paired")
"""Option of a link whose system also has devices of other projects: only devices paired here are registered."""


class RegistrationHost(Protocol):
    """Interface of the project session for device registration."""

    context: EngineContext
    edits: EditQueue
    recording: HistoryRecorder
    presence: DevicePresence
    ingest: Ingest

    @property
    def twin(self) -> Twin:
        """The newest snapshot."""
        ...

    def link(self, id: LinkId) -> Link | None:
        """The link with this id; None where the twin has none."""
        ...

    def spawn_task(self, work: Coroutine[Any, Any, object], *, name: str) -> None:
        """Starts a task; closing the project waits for it."""
        ...


class DeviceRegistration:
    """Maps described devices to twin devices and saves them, of rapid descriptions the newest. Event loop only."""

    def __init__(self, session: RegistrationHost) -> None:
        self._session = session
        self._newest: dict[LinkId, tuple[DeviceInfo, ...]] = {}
        self._tasks: dict[LinkId, asyncio.Task[object]] = {}
        self._device: dict[LinkId, dict[str, Device]] = {}
        """The devices that reports are routed to, by link and uid."""
        self._trial: dict[LinkId, Link] = {}
        self._paired: dict[LinkId, set[str]] = {}
        self._pairing = PairingNotes(session.edits, session.context.now_ms())
        self.commissioning = asyncio.Lock()
        """Held while a device is commissioned: one at a time."""
        self.paired: list[Callable[[Candidate], bool]] = []
        """For each code paired since the project was opened: whether a found device may be that one."""
        self._fading: dict[LinkId, asyncio.TimerHandle] = {}
        self._open: set[LinkId] = set()
        self._unrouted: set[LinkId] = set()
        """Links whose devices came or went in the twin while the link itself was describing them."""
        self._entry: dict[LinkId, UndoEntry] = {}
        """Undo entries of user actions in progress, by link."""
        self._entities: dict[DeviceId, tuple[str, ...]] = {}
        self._reported: set[tuple[PointId, str]] = set()
        self._ids = DeviceIds()
        self._described: dict[LinkId, tuple[DeviceInfo, ...]] = {}
        self._settled: dict[LinkId, dict[str, tuple[DeviceInfo, Device]]] = {}
        """By link and uid: descriptions that equal the twin's device."""
        self._out = RemovedDevices(session.edits)

    def update_description(self, link: LinkId, infos: tuple[DeviceInfo, ...]) -> None:
        """Registers a link's described devices: routes reports to their points at once, saves the devices in a task."""
        devices = self._out.without(self._made(link, infos))
        known = self._session.twin.device_of
        self._session.recording.declare([device for device in devices if device is not known.get(device.id)])
        self._described[link] = infos
        if entities := {info.uid: info.entities for info in infos if info.entities}:
            self._entities |= {device.id: entities[device.uid] for device in devices if device.uid in entities}
        self.route(link, devices)
        self._newest[link] = infos
        if link not in self._trial and link not in self._tasks:
            self._write(link)

    def route(self, link: LinkId, devices: Iterable[Device]) -> None:
        """Routes a link's reports to these devices."""
        before, now = self._device.get(link, {}), {device.uid: device for device in devices}
        self._device[link] = now
        former = [device for uid, device in before.items() if device is not now.get(uid)]
        fresh = [device for uid, device in now.items() if device is not before.get(uid)]
        if former or fresh:
            self._session.ingest.route(link, fresh, former)

    def device(self, link: LinkId, uid: str) -> Device | None:
        """The device that a link reports under `uid`."""
        return self._device.get(link, {}).get(uid)

    def devices_of(self, link: LinkId) -> tuple[Device, ...]:
        """The devices of a link in the twin."""
        return tuple(device for device in self._session.twin.devices if device.link == link)

    def begin_trial(self, link: Link) -> None:
        """Puts a link on trial: its devices are saved only after `accept_trial`."""
        self._trial[link.id] = link

    def end_trial(self, link: LinkId) -> None:
        """Ends a failed trial and discards the link's devices."""
        self._trial.pop(link, None)
        self._newest.pop(link, None)
        self._described.pop(link, None)
        self.route(link, ())

    def on_trial(self, link: LinkId) -> bool:
        """Whether the link is on trial (waits for `accept_trial`)."""
        return link in self._trial

    @contextlib.contextmanager
    def recording(self, link: LinkId, entry: UndoEntry) -> Generator[None]:
        """Context in which what the link describes belongs to this undo entry (a person adds or pairs); otherwise it
        belongs to none."""
        self._entry[link] = entry
        try:
            yield
        finally:
            self._entry.pop(link, None)

    def is_recording(self, link: LinkId) -> bool:
        """Whether a person adds or pairs devices of a link."""
        return link in self._entry

    async def accept_trial(self, link: LinkId, place: DeviceRoom) -> tuple[Device, ...]:
        """Ends a successful trial: saves the link's devices, puts those without a room into that of `place`, and returns
        them."""
        new = self._trial.pop(link, None)
        if new is not None:  # it was taken out with all its devices, and is wanted again
            uids = (info.uid for info in self._newest.get(link, ()))
            await self._out.let_back({*map(self._id_of(new), uids)})
        if link in self._newest and link not in self._tasks:
            self._write(link)
        await self.wait_written(link)
        devices = self.devices_of(link)
        if place.room is not None and (len(devices) == 1 or not place.only_one):
            free = [device.id for device in devices if device.room is None]
            await self._session.edits.bind(free, place.room, entry=self._entry.get(link))
        return self.devices_of(link)

    async def wait_written(self, link: LinkId) -> None:
        """Waits until all devices that the link described are saved in the project."""
        while (task := self._tasks.get(link)) is not None:
            await asyncio.wait([task])  # gather would not give way where it is done, and nobody could take it out

    async def remove(self, device: Device) -> None:
        """Marks a device as removed: it stays out until its link is added again or the edit is undone."""
        await self._out.remove(device)

    async def retire(self, device: Device) -> None:
        """Marks a device as replaced: it stays out, also where its link is added again, until the edit is undone."""
        await self._out.retire(device)

    async def begin_commissioning(self, link: LinkId, before: Iterable[str]) -> None:
        """Begins a commissioning: devices that the link did not have before count as paired for this project."""
        if (timer := self._fading.pop(link, None)) is not None:
            timer.cancel()
        await self._pairing.begin(link, before, self._session.context.now_ms())

    def end_commissioning(self, link: LinkId, uids: Iterable[str]) -> None:
        """Records the commissioned devices; `wait_commissioned` follows once they are saved."""
        self._paired.setdefault(link, set()).update(uids)

    async def wait_commissioned(self, link: LinkId) -> None:
        """Ends the pairing note once the commissioned devices are in the project."""
        await self._pairing.end(link)

    def commissioning_failed(self, link: LinkId, *, known: bool) -> None:
        """Records a failed commissioning whose device may still appear. With `known` (its session lives) the note ends
        after LATE_S.
        """
        note = self._pairing.cut_off(link)

        def fade() -> None:
            self._fading.pop(link, None)
            if self._pairing.stands(link, note):
                self._session.spawn_task(self._pairing.end(link), name="end a pairing")

        if known:
            self._fading[link] = asyncio.get_running_loop().call_later(LATE_S, fade)

    async def readmit(self, link: LinkId, infos: tuple[DeviceInfo, ...]) -> None:
        """Registers all devices of a link, also removed ones, because the user added the link again."""
        self._open.add(link)
        devices = {device.id for device in self._made(link, infos)}
        await self._out.let_back(devices, replaced=False)
        if devices - self._out.replaced - self._session.twin.device_of.keys():
            self.update_description(link, infos)

    def twin_changed(self, twin: Twin) -> None:
        """Follows a new snapshot: devices that are back count as taken out no longer, missing ones are forgotten."""
        there = {device.id for device in twin.devices}
        if not there.isdisjoint(self._out.links):
            self._session.spawn_task(self._out.let_back(there), name="remember removed")
        routed = [(link, device.id) for link, devices in self._device.items() for device in devices.values()]
        displaced = {link for link, device in routed if self._is_of_another(device, link)}
        by_link: dict[LinkId, list[Device]] = {link.id: [] for link in twin.links}
        self._described = {id: one for id, one in self._described.items() if id in by_link or id in self._trial}
        self._settled = {id: one for id, one in self._settled.items() if id in by_link}
        for device in twin.devices:
            by_link.setdefault(device.link, []).append(device)
        for link, devices in by_link.items():
            if link in self._tasks or link in self._trial:
                self._unrouted.add(link)
            else:
                self.route(link, devices)
        for link in displaced & by_link.keys():  # an undo has brought the other link's device of the same uid back
            self.update_description(link, self._described.get(link, ()))
        coming = {device.id for devices in self._device.values() for device in devices.values()}  # about to be written
        self._session.presence.forget(set(self._session.presence.there) - there - coming)

    async def fill_placeholders(
        self, devices: Iterable[DeviceId] | None = None, entry: UndoEntry | None = None
    ) -> None:
        """Puts devices without a room (all, or these) into the places of the building files' devices (placeholders)."""
        twin, places = self._session.twin, dict[DeviceId, PlaceholderId]()
        lost = {orphan.device for orphan in twin.orphans}
        for id in self._entities if devices is None else devices:
            device = twin.device_of.get(id)
            if device is None or device.room is not None or id in lost:
                continue
            holder = twin.waiting(self._entities.get(id, ()))
            if holder is not None and holder.id not in places.values():
                places[id] = holder.id
        if places:
            await self._session.edits.fill(places, entry)

    async def finish(self) -> None:
        """Ends pairings under way and waits until pending device writes are done."""
        for link, timer in tuple(self._fading.items()):
            timer.cancel()
            await self._pairing.end(link)
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    def _write(self, link: LinkId) -> None:
        task = self._session.context.loop.spawn(self._put(link), name="take in")
        self._tasks[link] = task
        task.add_done_callback(lambda _: self._written(link))

    def _written(self, link: LinkId) -> None:
        del self._tasks[link]
        if link in self._newest and link not in self._trial:  # described between the task's end and now
            self._write(link)

    async def _put(self, link: LinkId) -> None:
        while (infos := self._newest.pop(link, None)) is not None:
            known = self._session.twin.device_of
            made = self._out.without(self._made(link, infos))
            others = [device for device in made if device is not known.get(device.id)]
            fresh = tuple(device for device in others if device != known.get(device.id))
            if fresh:
                late = self._pairing.recovered(link, [device for device in fresh if device.id not in known])
                entry = self._entry.get(link) or UndoEntry(logged=False)
                await self._session.edits.put_devices(fresh, entry)
                await self.fill_placeholders([device.id for device in fresh if device.id not in known], entry)
                if late:
                    self._session.context.raise_problem(taken_in_late(late))
                    await self._pairing.end(link)
            self._announce_removed(link, infos)
        if link in self._unrouted:
            self._unrouted.discard(link)
            self.route(link, self.devices_of(link))

    def _announce_removed(self, link: LinkId, infos: tuple[DeviceInfo, ...]) -> None:
        there = {info.uid for info in infos}
        for device in self.devices_of(link):
            if device.uid not in there:
                now = self._session.context.now_ms()
                gone = Availability(device.uid, online=False, reason=Text("reason.removed"))
                self._session.presence.set_online(device, gone, now)

    def _made(self, link_id: LinkId, infos: Iterable[DeviceInfo]) -> tuple[Device, ...]:
        link = self._trial.get(link_id) or self._session.link(link_id)
        if link is None:
            return ()
        if ONLY_PAIRED in link.options and link_id not in self._open:
            infos = self._paired_devices(link_id, infos)
        id_of = self._id_of(link)
        known, settled = self._session.twin.device_of, self._settled.setdefault(link.id, {})
        bridges: dict[str, DeviceId | None] = {"": None}
        made: list[Device] = []
        for info in infos:
            described, there = settled.get(info.uid) or (None, None)
            if (name := info.via) not in bridges:
                bridges[name] = id_of(name)
            via = bridges[name]
            if there is None or described is not info or known.get(there.id) is not there or there.via != via:
                device = self._with_own_ids(self._continued(device_from_description(info, link, id_of)))
                there = known.get(device.id)
                if there is None or there != device:
                    made.append(device)
                    continue
                settled[info.uid] = info, there
            made.append(there)
        return tuple(made)

    def _id_of(self, link: Link) -> Callable[[str], DeviceId]:
        links = {one.id for one in self._session.twin.links} | self._trial.keys()
        return self._ids.of(link, self._session.twin, links, self._out.links)

    def _is_of_another(self, device: DeviceId, link: LinkId) -> bool:
        there = self._session.twin.device_of.get(device)
        return there is not None and there.link != link

    def _with_own_ids(self, device: Device) -> Device:
        """The device with another id for each point whose id goes by another device now: that one replaced it."""
        there = self._session.twin.device_of.get(device.id)
        if there is not None and {point.id for point in there.points}.issuperset(point.id for point in device.points):
            return device
        taken = self._session.twin.point_of
        if not any(point.id in taken and taken[point.id].device != device.id for point in device.points):
            return device
        mine, points = {point.id for point in device.points}, list[Point]()
        for point in device.points:
            id, units = point.id, (None, point.capability.unit)
            while (id in taken and taken[id].device != device.id) or (
                id != point.id and (id in mine or self._session.recording.unit_of(id) not in units)
            ):
                id = PointId(f"{id}~")
            mine.add(id)
            points.append(replace(point, id=id))
        return replace(device, points=tuple(points))

    def _continued(self, device: Device) -> Device:
        """The described device merged with the known one: the user's changes and the ids of its points are kept."""
        recorded = self._session.recording.unit_of
        if (known := self._session.twin.device_of.get(device.id)) is not None:
            merged = merged_description(known, device, recorded)
            self._report_changed(known, device, merged)
            return merged
        return described_anew(device, recorded)

    def _report_changed(self, known: Device, fresh: Device, merged: Device) -> None:
        for was, problem in changed_points(known, fresh, merged):
            if (was.id, problem.code) not in self._reported:
                self._reported.add((was.id, problem.code))
                self._session.context.raise_problem(problem)

    def _paired_devices(self, link: LinkId, infos: Iterable[DeviceInfo]) -> tuple[DeviceInfo, ...]:
        """The devices paired for this project, and those behind their bridges."""
        ours = {device.uid for device in self.devices_of(link)} | self._paired.get(link, set())
        infos = tuple(infos)
        fresh = self._pairing.fresh(link, (info.uid for info in infos))
        return tuple(info for info in infos if info.uid in ours | fresh or info.via in ours)


def described_again(device: Device, twin: Twin) -> DeviceInfo:
    """The description of a known device, for a link to start with before its peer answers."""
    bridge = twin.device_of.get(device.via) if device.via else None
    return DeviceInfo(
        uid=device.uid,
        name=device.reported_name or device.name,
        points=tuple(point.info for point in device.points),
        kind=device.reported_kind or device.kind,
        maker=device.maker,
        model=device.model,
        serial=device.serial,
        firmware=device.firmware,
        address=device.address,
        area=device.area,
        via=bridge.uid if bridge else "",
        interval_s=device.interval_s,
    )

"""Runs the edits of the open project one at a time on the thread pool and publishes each new snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial

from app.author import author
from twin.model.definition import StepCheck
from twin.model.device import Device, Link
from twin.model.ids import DeviceId, LinkId, PlaceholderId, RoomId
from twin.model.space import Position
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.project import Project, UndoEntry

PUT_IN, TAKE_OUT = Text("edit.put_in_some"), Text("edit.take_out_some")


class EditQueue:
    """Serialises edits. Calls `adopted(before, after, label)` for each new snapshot, in order. Event loop only."""

    def __init__(
        self,
        project: Project,
        pool: Executor,
        adopted: Callable[[Twin, Twin, Text | None], None],
    ) -> None:
        self.project = project
        self.twin = project.twin()
        self._labels, self._authors = project.undo_labels(), project.undo_authors()
        self._pool = pool
        self._adopted = adopted
        self._one = asyncio.Lock()
        self._last: tuple[object, UndoEntry] | None = None
        """Topic and undo step of the last edit; None where it had no topic."""

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """Labels of the edits that undo and redo would apply to, as of the newest edit (any thread); None for none."""
        return self._labels

    def undo_authors(self) -> tuple[str, str]:
        """Authors of the edits that undo and redo would apply to; empty where unknown (any thread)."""
        return self._authors

    async def edit(
        self,
        work: Callable[[Project], object],
        *,
        label: Text | None = None,
        entry: UndoEntry | None = None,
        topic: object = None,
    ) -> Twin:
        """Runs one edit after those before it; returns the new snapshot. Raises ProblemError where the project refuses. The
        edit is an undo step of its own, or part of `entry`; those of one person about one `topic`, without another edit
        between them, are one step.
        """

        into = entry or UndoEntry()
        into.author = into.author or author()

        def recorded(project: Project) -> object:
            last, self._last = self._last, None
            same = last is not None and last[0] == topic is not None and last[1].author == into.author
            step = last[1] if last is not None and same else into
            with project.recording(step):
                made = work(project)
            self._last = None if topic is None else (topic, step)
            return made

        return (await self._edited(recorded, label))[1]

    async def add_link(self, link: Link, entry: UndoEntry | None = None, *, label: Text | None = None) -> None:
        """Saves a link, new or with another address or options; `label` is the undo label, by default add or change."""
        known = any(one.id == link.id for one in self.twin.links)
        label = label or Text("edit.change" if known else "edit.add", name=link.title or link.address)
        await self.edit(lambda project: project.add_link(link, label=label), label=label, entry=entry)

    async def remove_link(self, link: LinkId, entry: UndoEntry | None = None) -> None:
        """Removes a link and its devices."""
        await self.edit(lambda project: project.remove_link(link), entry=entry)

    async def put_devices(self, devices: tuple[Device, ...], entry: UndoEntry | None = None) -> None:
        """Saves devices as described by their adapter."""
        await self.edit(lambda project: project.put_devices(devices), entry=entry)

    async def fill(self, places: Mapping[DeviceId, PlaceholderId], entry: UndoEntry | None = None) -> None:
        """Puts devices into the places of the building files' devices (placeholders)."""
        await self.edit(lambda project: project.fill(places), entry=entry)

    async def bind(
        self,
        devices: Iterable[DeviceId],
        room: RoomId,
        position_m: Position | None = None,
        entry: UndoEntry | None = None,
    ) -> None:
        """Puts devices into a room, as one edit."""
        which = tuple(devices)
        if len(which) == 1:
            await self.edit(lambda project: project.bind(which[0], room, position_m), entry=entry)
        elif which:
            await self.bind_all(dict.fromkeys(which, room), entry)

    async def bind_all(self, places: Mapping[DeviceId, RoomId], entry: UndoEntry | None = None) -> None:
        """Puts each device into its room, as one edit."""
        await self.edit(lambda project: project.bind_all(places), label=PUT_IN, entry=entry)

    async def undo(self, *, others: bool = False, allow: StepCheck | None = None) -> Text | None:
        """Undoes the last edit and returns its label, None where there is none. ProblemError where another person made
        it, unless `others` is set, and where `allow` raises it."""
        who, self._last = author(), None
        by = "" if others else who
        work = partial(Project.undo, by=by, who=who, allow=allow)
        return (await self._edited(work, Text("edit.undo")))[0]

    async def redo(self, *, allow: StepCheck | None = None) -> Text | None:
        """Redoes the edit that was undone last and returns its label, None where there is none. ProblemError where `allow`
        raises it."""
        self._last = None
        work = partial(Project.redo, who=author(), allow=allow)
        return (await self._edited(work, Text("edit.redo")))[0]

    async def remember(self, name: str, value: object) -> None:
        """Saves a project setting; no undo step."""
        await self._edited(lambda project: project.set_setting(name, value), None)

    async def forget_person(self, alarms: Collection[str], name: str) -> None:
        """Deletes what tells of a person's care, as `Project.forget_person`."""
        await self._edited(lambda project: project.forget_person(alarms, name), None)

    async def rewrite(self) -> None:
        """Writes the file anew, as `Project.rewrite`."""
        await self._edited(lambda project: project.rewrite(), None)

    async def _edited[T](self, work: Callable[[Project], T], label: Text | None) -> tuple[T, Twin]:
        async with self._one:

            def job() -> tuple[T, Twin, tuple[Text | None, Text | None], tuple[str, str]]:
                answer = work(self.project)
                return answer, self.project.twin(), self.project.undo_labels(), self.project.undo_authors()

            answer, twin, self._labels, self._authors = await self._off_loop(job)
            if twin is not self.twin:
                before, self.twin = self.twin, twin
                self._adopted(before, twin, label)
            return answer, twin

    async def _off_loop[T](self, job: Callable[[], T]) -> T:
        # An edit that was begun is finished: cancelling the wait must not leave its snapshot unseen.
        context = copy_context()  # who asked, and from where
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, context.run, job))

"""The pairing queue of a project: many devices are paired one after the other, also across a crash.

A fabric takes in one device at a time: two at once cannot be told apart after a crash, and Matter's controller refuses the
second. The jobs are a setting of the project; their codes lie with the passwords, encrypted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from app.engine import commissioning
from app.engine.pairing_codes import SETTING, PairingCodes, new_key, read_queue
from app.engine.pairing_problems import already_in, code_gone, in_copy, interrupted, listed_twice
from app.engine.setup_codes import SetupCodes
from devices.code_matching import MatchesCodes
from twin.model.candidate import CommissioningStage
from twin.model.change import PairingJobsChanged
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId
from twin.model.pairing_job import ENDED, PairingJob, PairingRequest, PairingState
from twin.model.problem import Problem, ProblemError, mistake
from twin.model.setup_code import plain_code
from twin.store.project import UndoEntry

if TYPE_CHECKING:
    from app.engine.session import ProjectSession

MOST_ATTEMPTS = 3
"""How often a job is begun again after crashes before it counts as failed."""


class PairingQueue:
    """Jobs of one project; event loop only, but for the constructor, which reads the project."""

    def __init__(self, session: ProjectSession) -> None:
        self._session = session
        project = session.edits.project
        self._key, jobs = read_queue(str(project.setting(SETTING, "")))
        self._jobs: dict[str, PairingJob] = {job.id: job for job in jobs}
        self._codes = PairingCodes(session.context, project.path, self._key)
        self.setup_codes = SetupCodes(session)
        """The codes by which devices were paired, for good."""
        self._task: asyncio.Task[object] | None = None
        self._changing = asyncio.Lock()

    @property
    def jobs(self) -> tuple[PairingJob, ...]:
        """All jobs in their order."""
        return tuple(self._jobs.values())

    @property
    def is_due(self) -> bool:
        """Whether jobs wait, or were cut off."""
        return any(job.state not in ENDED for job in self.jobs)

    def resume(self) -> None:
        """Begins to pair what waits; nothing to do where it is being paired."""
        if self._task is None and self.is_due and not self._session.closing:
            self._task = self._session.context.loop.spawn(self._work(), name="pair many")
            self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Stops pairing; a job that runs is cut off, and looked at when the project is opened again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def add(self, requests: Sequence[PairingRequest]) -> None:
        """Adds jobs; those whose code is known are not added again, and tried again where they failed. ProblemError where
        the codes cannot be kept.
        """
        adapters = await self._session.context.run_blocking(lambda: self._session.context.adapters)
        adapter = commissioning.commissioning(adapters)[1]
        async with self._changing:
            codes = await self._known_codes()
            known: dict[str, str] = {}
            for id, code in codes.items():
                known.setdefault(code, id)  # of a code that was listed twice, the one that is paired
            fresh: dict[str, PairingJob] = {}
            here = set[str]()
            for request in requests:
                code = plain_code(request.code)
                job = _job_of(request, self._number(len(fresh)))
                wrong = request.wrong or _refusal(adapter, code)
                if code in here:
                    if not self._told_twice(job, codes, code):
                        codes[job.id] = code
                        fresh[job.id] = replace(job, state=PairingState.FAILED, problem=wrong or listed_twice(job))
                elif (id := known.get(code)) in self._jobs:
                    self._again(str(id), job, wrong)
                else:
                    state = PairingState.FAILED if wrong else PairingState.WAITING
                    fresh[job.id] = replace(job, state=state, problem=wrong)
                    codes[job.id] = code
                here.add(code)
            await self._codes.keep((*self.jobs, *fresh.values()), fresh)
            self._jobs |= fresh
            await self._save()
        self.resume()

    async def retry(self, ids: Iterable[str]) -> None:
        """Puts jobs that failed or were cancelled back into the queue."""
        for id in ids:
            if id in self._jobs and self._jobs[id].can_retry:
                self._again(id, self._jobs[id])
        await self._save()
        self.resume()

    async def cancel(self, ids: Iterable[str]) -> None:
        """Cancels waiting jobs."""
        for id in ids:
            if id in self._jobs and self._jobs[id].state is PairingState.WAITING:
                self._jobs[id] = replace(self._jobs[id], state=PairingState.CANCELLED)
        await self._save()

    async def forget(self, ids: Iterable[str]) -> None:
        """Deletes ended jobs with their codes."""
        async with self._changing:
            codes = await self._known_codes()
            gone = [id for id in ids if id in self._jobs and self._jobs[id].state in ENDED]
            await self._codes.keep([job for job in self.jobs if job.id not in gone], gone)  # before what names them
            for id in gone:
                del self._jobs[id]
                codes.pop(id, None)
            await self._save()

    def _again(self, id: str, asked: PairingJob, wrong: Problem | None = None) -> None:
        """Tries a job again, as it is asked for now, unless it waits, runs or is done, or is known to be `wrong`. One whose
        devices were all removed since is not done any more.
        """
        job, there = self._jobs[id], self._session.twin.device_of
        removed = job.state is PairingState.DONE and not any(device in there for device in job.devices)
        if removed or job.state in (PairingState.FAILED, PairingState.CANCELLED):
            self._jobs[id] = replace(
                job, name=asked.name or job.name, room=asked.room or job.room, place=asked.place or job.place,
                state=PairingState.FAILED if wrong else PairingState.WAITING, stage=None, problem=wrong, attempts=0,
                devices=(),
            )  # fmt: skip

    def _told_twice(self, job: PairingJob, codes: Mapping[str, str], code: str) -> bool:
        """Whether the same line was told before as one whose code is listed twice."""
        same = (one for one in self.jobs if (one.name, one.room, codes.get(one.id)) == (job.name, job.room, code))
        return any(one.problem is not None and one.problem.code == "pair.listed_twice" for one in same)

    def _number(self, more: int) -> str:
        return str(1 + more + max((int(id) for id in self._jobs), default=0))

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is None:  # a fault would only come again, at once and for ever
            self.resume()  # one that was added between the last look and the end

    async def _work(self) -> None:
        codes, problem = dict[str, str](), None
        try:
            async with self._changing:
                codes = await self._known_codes()
        except ProblemError as error:
            problem = error.problems[0]
        for job in self.jobs:
            if job.state is PairingState.RUNNING:
                await self._look_after_cut(job, codes.get(job.id, ""))
        if problem is not None:
            await self._all_failed(problem)
            return
        while (job := next((one for one in self.jobs if one.state is PairingState.WAITING), None)) is not None:
            await self._pair(job, codes.get(job.id))

    async def _all_failed(self, problem: Problem) -> None:
        """Ends what is due: the codes cannot be read (a locked keyring asks once, not for each job)."""
        for job in self.jobs:
            if job.state not in ENDED:
                self._jobs[job.id] = replace(job, state=PairingState.FAILED, stage=None, problem=problem)
        await self._save()

    async def _pair(self, job: PairingJob, code: str | None) -> None:
        if code is None:
            await self._set(replace(job, state=PairingState.FAILED, problem=code_gone()))
            return

        async def begun(link: LinkId, before: tuple[str, ...]) -> None:
            now = self._jobs[job.id]
            await self._set(replace(now, link=str(link), before=before))

        async def found(devices: tuple[Device, ...], entry: UndoEntry) -> None:
            await self._finish(self._jobs[job.id], tuple(device.id for device in devices), entry, code)

        await self._set(replace(job, state=PairingState.RUNNING, attempts=job.attempts + 1, before=(), link=""))
        try:
            await commissioning.pair(
                self._session, code, None, staged=lambda stage: self._staged(job.id, stage), begun=begun, found=found
            )
        except ProblemError as error:
            if not self._session.closing:
                await self._failed(job.id, await self._explained(job, code, error.problems[0]))
        except Exception as error:
            await self._failed(job.id, mistake(error, "pairing"))

    async def _explained(self, job: PairingJob, code: str, problem: Problem) -> Problem:
        """The problem of a code to which no device answered: where its device is in the project already, that."""
        if not problem.code.endswith(".not_found"):
            return problem
        adapter = commissioning.commissioning(self._session.context.adapters)[1]
        is_same = adapter.is_same_code if isinstance(adapter, MatchesCodes) else str.__eq__
        there = await self.setup_codes.device_with(code, is_same)
        return problem if there is None else already_in(job, there.name)

    async def _look_after_cut(self, job: PairingJob, code: str) -> None:
        """Ends a job that was cut off: done where its device is there by now, else it waits again. The code is empty where
        it cannot be read.
        """
        async with self._session.registration.commissioning:  # a device that is paired meanwhile is not its own
            await self._end_cut(self._jobs[job.id], code)

    async def _end_cut(self, job: PairingJob, code: str) -> None:
        entry = UndoEntry()
        try:
            uids = await commissioning.arrived(self._session, LinkId(job.link), job.before) if job.link else ()
        except ProblemError:
            uids = ()
        found = (self._session.registration.device(LinkId(job.link), uid) for uid in uids)
        ids = tuple(device.id for device in found if device is not None)
        if ids:
            await self._finish(job, ids, entry, code)
        elif job.attempts >= MOST_ATTEMPTS:
            await self._set(replace(job, state=PairingState.FAILED, problem=interrupted(job.attempts)))
        else:
            await self._set(replace(job, state=PairingState.WAITING, stage=None))

    async def paired_alone(self, code: str, devices: Sequence[Device], entry: UndoEntry) -> None:
        """Keeps the code of devices that were paired by themselves, and notes that they came by none of the jobs that were
        cut off."""
        del entry
        await self.setup_codes.keep_or_tell(devices, plain_code(code))
        uids: dict[LinkId, set[str]] = {}
        for device in devices:
            uids.setdefault(device.link, set()).add(device.uid)
        for job in self.jobs:
            if job.state is PairingState.RUNNING and (others := uids.get(LinkId(job.link))):
                await self._set(replace(job, before=tuple(dict.fromkeys((*job.before, *sorted(others))))))

    async def _finish(self, job: PairingJob, ids: tuple[DeviceId, ...], entry: UndoEntry, code: str) -> None:
        """Names and places the devices of a job and keeps their code; may be done twice."""
        edits, there = self._session.edits, self._session.twin.device_of
        here = [there[id] for id in ids if id in there]
        if first := next((one for one in here if one.via is None), next(iter(here), None)):
            try:
                await self._name_and_place(first, job, entry)
            except ProblemError as error:  # the device is in, under its own name
                self._session.context.raise_problem(*error.problems)
        now = [found for id in ids if (found := self._session.twin.device_of.get(id)) is not None]
        await self.setup_codes.keep_or_tell(now, code)
        loose = [one.id for one in now if one.room is None]
        room = job.room or next((one.room for one in now if one.room is not None), None)
        if room is not None and room in self._session.twin.room_of:
            await edits.bind(loose, room, entry=entry)
        await self._set(replace(job, state=PairingState.DONE, stage=None, problem=None, devices=ids, before=()))

    async def _name_and_place(self, device: Device, job: PairingJob, entry: UndoEntry) -> None:
        edits = self._session.edits
        if job.name and device.name != job.name:
            await edits.edit(lambda project: project.rename(device.id, job.name), entry=entry)
        if job.place is not None and device.room is None:
            await edits.fill({device.id: job.place}, entry)

    async def _failed(self, id: str, problem: Problem) -> None:
        await self._set(replace(self._jobs[id], state=PairingState.FAILED, problem=problem, before=()))

    def _staged(self, id: str, stage: CommissioningStage) -> None:
        self._jobs[id] = replace(self._jobs[id], stage=stage.title)
        self._publish()

    async def _set(self, job: PairingJob) -> None:
        self._jobs[job.id] = job
        await self._save()

    async def _save(self) -> None:
        kept = {"key": self._key, "jobs": msgspec.to_builtins(self.jobs)}
        await self._session.edits.remember(SETTING, json.dumps(kept))
        self._publish()

    def _publish(self) -> None:
        self._session.context.bus.publish(PairingJobsChanged(self.jobs))

    async def _known_codes(self) -> dict[str, str]:
        """The code of each job. In a copy of a project what is due is put off: the original pairs it."""
        codes = await self._codes.known(self.jobs)
        if self._codes.key != self._key:
            self._key = self._codes.key
            for job in self.jobs:
                if job.state not in ENDED:
                    self._jobs[job.id] = replace(
                        job, state=PairingState.CANCELLED, stage=None, problem=in_copy(), before=(), link=""
                    )
            await self._save()
        return codes


def _job_of(request: PairingRequest, id: str) -> PairingJob:
    return PairingJob(id=id, name=request.name, room=request.room, place=request.place, code_key=new_key())


def _refusal(adapter: object, code: str) -> Problem | None:
    try:
        adapter.check(code)  # type: ignore[attr-defined]
    except ProblemError as error:
        return error.problems[0]
    return None

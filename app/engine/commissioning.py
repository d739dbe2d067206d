"""Commissioning: adding a gateway or candidate, pairing a device by code, removing a device."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from app.engine.device_room import DeviceRoom
from app.engine.given_link import adapter_for, changed_lists, joined, link_for, with_passwords
from app.engine.known_links import same_place
from app.engine.link_opening import await_online, opened, opened_again
from app.engine.problems import no_adapter, nothing_pairs, still_commanded, still_described, still_paired
from app.engine.registration import ONLY_PAIRED
from app.engine.session import ProjectSession
from app.jobs import Jobs
from devices.code_matching import MatchesCodes
from devices.contract import (
    Adapter,
    AuthError,
    Commissioner,
    EndsPairing,
    HasOptions,
    ManagesServer,
    ReleasesCommands,
    Secret,
)
from devices.link import LinkRunner, LinkState
from devices.secrets import split_url
from twin.files.errors import unexpected
from twin.model.candidate import Candidate, CommissioningStage, StageState
from twin.model.change import CommissioningStageChanged
from twin.model.definition import StepCheck
from twin.model.device import Device, Link
from twin.model.ids import DeviceId, LinkId, RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.project import UndoEntry

END_S = 20.0
"""Time (seconds) for a removed link's peer to be told that its pairing has ended."""
START_S = 90.0
"""Time (seconds) for a managed server to start; it may have to load its tables first."""


async def add(
    session: ProjectSession,
    target: Candidate | str,
    secret: Secret | None,
    place: DeviceRoom,
    options: Sequence[tuple[str, str]] = (),
    wait_s: float | None = None,
    jobs: Jobs | None = None,
) -> tuple[Device, ...]:
    """Adds a candidate or URL to the project and returns its devices; on failure the project is unchanged. Devices still
    being described are awaited for `wait_s` seconds, and a problem is raised on the bus where some are then missing; with
    None they are added later. A peer with a button is waited for as one of the `jobs`, which the user may cancel. Raises
    ProblemError."""
    await session.context.run_blocking(lambda: session.context.adapters)
    if isinstance(target, str):
        target, inside = split_url(target)
        secret = joined(inside, secret)
    options, secret = with_passwords(adapter_for(session, target), options, secret)
    link = link_for(session, target, options)
    if isinstance(target, Candidate):
        link = same_place(session.twin.links, target, link)
    if (there := session.link(link.id)) is not None:
        link = await _changed(session, there, link)
        return await _again(session, link, secret, place, wait_s, jobs)
    registration, entry = session.registration, UndoEntry()
    registration.begin_trial(link)
    try:
        if secret is not None:
            await _keep_secret(session, link, secret)
        runner = await session.start_link(link, asked=True)
        if runner is None:
            raise ProblemError(no_adapter(link.address))
        await opened(session, runner, jobs)
        await session.edits.add_link(link, entry)
    except BaseException:
        await _end_trial(session, link)
        raise
    with registration.recording(link.id, entry):
        devices = await registration.accept_trial(link.id, place)
        return await _complete(session, runner, place, wait_s) or devices


async def _end_trial(session: ProjectSession, link: Link) -> None:
    """Leaves nothing of a link that could not be added."""
    begun = session.links.runner(link.id)
    await session.links.stop(link.id)
    session.registration.end_trial(link.id)
    if begun is not None and begun.state is LinkState.ONLINE:
        await _release_commands(session, link)
    with contextlib.suppress(ProblemError):
        await session.context.run_blocking(lambda: session.context.forget_login(link.id))


async def _changed(session: ProjectSession, there: Link, link: Link) -> Link:
    """The project's link with the address and options that were given now; saved where they differ."""
    link = replace(link, options=link.options or there.options)
    if there.address != link.address or there.options != link.options:
        await session.edits.add_link(replace(link, title=there.title))
        await session.match_links()
        adapter = session.context.adapter(link.protocol)
        if isinstance(adapter, HasOptions):
            session.context.raise_problem(*changed_lists(adapter.options, there, link))
    return link


async def _again(
    session: ProjectSession,
    link: Link,
    secret: Secret | None,
    place: DeviceRoom,
    wait_s: float | None,
    jobs: Jobs | None,
) -> tuple[Device, ...]:
    """Adds a known link again: tries a new secret, and readmits devices that were taken out."""
    if secret is not None:
        secret = await _keep_secret(session, link, secret)
    runner = session.links.runner(link.id) or await session.start_link(link)
    if runner is None:
        raise ProblemError(no_adapter(link.address))
    if secret is not None:
        runner.login(secret)
    elif runner.state is LinkState.NEEDS_LOGIN:
        runner.ask()
    runner.wake()
    await opened_again(session, runner, jobs)
    with session.registration.recording(link.id, UndoEntry()):
        await session.registration.readmit(link.id, runner.devices)
        await session.registration.wait_written(link.id)
        devices = await session.registration.accept_trial(link.id, place)
        return await _complete(session, runner, place, wait_s) or devices


async def _complete(
    session: ProjectSession, runner: LinkRunner, place: DeviceRoom, wait_s: float | None
) -> tuple[Device, ...]:
    """Waits until the link has described all its devices and returns them; () where no waiting was needed or wanted."""
    if runner.complete or wait_s is None:
        return ()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            while not (runner.complete and runner.state is LinkState.ONLINE):
                await session.changed.wait()
    devices = await session.registration.accept_trial(runner.link.id, place)
    if not runner.complete:
        where = runner.link.title or runner.link.address
        session.context.raise_problem(still_described(where, len(devices)))
    return devices


async def _nothing_to_note(link: LinkId, before: tuple[str, ...]) -> None:
    del link, before


async def pair(
    session: ProjectSession,
    code: str,
    room: RoomId | None,
    *,
    staged: Callable[[CommissioningStage], None] | None = None,
    begun: Callable[[LinkId, tuple[str, ...]], Awaitable[None]] = _nothing_to_note,
    found: Callable[[tuple[Device, ...], UndoEntry], Awaitable[None]] | None = None,
) -> tuple[Device, ...]:
    """Commissions a device by its code, after those before it, and returns the new devices, put into `room`. Stages are
    published, or passed to `staged`; `begun` is awaited with the uids that the link has before any radio is used, `found`
    with the devices as long as an interruption is still noted. Raises ProblemError.
    """
    protocol, adapter = commissioning(await session.context.run_blocking(lambda: session.context.adapters))
    adapter.check(code)

    def publish(stage: CommissioningStage) -> None:
        session.context.bus.publish(CommissioningStageChanged(stage))

    async with session.registration.commissioning:
        return await _pair_alone(session, (protocol, adapter), code, room, staged or publish, begun, found)


async def _pair_alone(
    session: ProjectSession,
    by: tuple[str, ManagesServer],
    code: str,
    room: RoomId | None,
    staged: Callable[[CommissioningStage], None],
    begun: Callable[[LinkId, tuple[str, ...]], Awaitable[None]],
    found: Callable[[tuple[Device, ...], UndoEntry], Awaitable[None]] | None,
) -> tuple[Device, ...]:
    entry = UndoEntry()
    runner = await _commissioner_link(session, *by, entry, staged)
    link_session = runner.session
    if not isinstance(link_session, Commissioner):
        raise ProblemError(nothing_pairs())
    link_session.check(code)
    link, uids = runner.link, tuple[str, ...]()
    before = tuple({device.uid: None for device in (*runner.devices, *session.registration.devices_of(link.id))})
    await begun(link.id, before)
    await session.registration.begin_commissioning(link.id, (device.uid for device in runner.devices))
    with session.registration.recording(link.id, entry):
        try:
            uids = await link_session.pair(code, staged)
        except ProblemError:
            session.registration.commissioning_failed(link.id, known=runner.session is link_session)
            raise
        session.registration.end_commissioning(link.id, uids)
        if isinstance(adapter := by[1], MatchesCodes):
            session.registration.paired.append(adapter.announced_by(code))
        await _described(session, runner, uids)
        known = (session.registration.device(link.id, uid) for uid in uids)
        ids = [device.id for device in known if device is not None and device.id in session.twin.device_of]
        if found is not None:
            await found(tuple(session.twin.device_of[id] for id in ids), entry)
        await session.registration.wait_commissioned(link.id)
    if room is not None:
        await session.edits.bind(ids, room, entry=entry)
    return tuple(session.twin.device_of[id] for id in ids if id in session.twin.device_of)


async def arrived(session: ProjectSession, link: LinkId, before: Collection[str]) -> tuple[str, ...]:
    """Uids of the devices in the project that a link has besides those `before`, once it has described its devices; ()
    without the link. Raises ProblemError where it does not come online.
    """
    found = session.link(link)
    if found is None:
        return ()
    runner = session.links.runner(link) or await session.start_link(found)
    if runner is None:
        return ()
    runner.wake()
    await await_online(session, runner, START_S)
    await _described(session, runner, ())
    return tuple(one.uid for one in session.registration.devices_of(link) if one.uid not in before)


async def remove(session: ProjectSession, id: DeviceId) -> None:
    """Removes a device: decommissions it where it was commissioned, and removes its link where that has no other
    devices.
    """
    device = session.twin.device_of.get(id)
    if device is None:
        return
    runner = session.links.runner(device.link)
    link_session = runner.session if runner else None
    commissioned = isinstance(link_session, Commissioner)
    if isinstance(link_session, Commissioner):
        if (note := await link_session.remove(device.uid)) is not None:
            session.context.raise_problem(note)
    else:
        await session.registration.remove(device)
    entry = UndoEntry()
    await session.edits.edit(
        lambda project: project.remove_device(id), label=Text("edit.remove", name=device.name), entry=entry
    )
    link = session.link(device.link)
    if not commissioned and link is not None and not session.registration.devices_of(link.id):
        await remove_link(session, link, entry)


async def remove_link(session: ProjectSession, link: Link, entry: UndoEntry | None = None) -> None:
    """Removes a link by an edit; only once that is made, its commands are taken back, the pairing at its peer is ended and its
    secret deleted.
    Undo restores everything but these two: the link then needs a login. Raises ProblemError.
    """
    runner = session.links.runner(link.id)
    online = runner is not None and runner.state is LinkState.ONLINE
    await session.edits.remove_link(link.id, entry)
    await session.links.stop(link.id)
    await _release_commands(session, link)
    with contextlib.suppress(ProblemError):
        kept = await session.context.run_blocking(lambda: session.context.secrets.get(link.id))
        try:
            if kept is not None and kept.data:
                note = await _end_pairing(session, link, kept) if online else still_paired(link.title or link.address)
                if note is not None:
                    session.context.raise_problem(note)
        finally:
            await session.context.run_blocking(lambda: session.context.secrets.delete(link.id))


async def undone(session: ProjectSession, *, others: bool = False, allow: StepCheck | None = None) -> Text | None:
    """Undoes the last edit, as `EditQueue.undo`; what a link that is gone by it has commanded is taken back."""
    return await _without_gone(session, session.edits.undo(others=others, allow=allow))


async def redone(session: ProjectSession, *, allow: StepCheck | None = None) -> Text | None:
    """Redoes the edit that was undone last, as `EditQueue.redo`; what a link that is gone by it has commanded is taken back."""
    return await _without_gone(session, session.edits.redo(allow=allow))


async def _without_gone(session: ProjectSession, step: Awaitable[Text | None]) -> Text | None:
    before = session.twin.links
    label = await step
    for link in before:
        if session.link(link.id) is None:
            await session.links.stop(link.id)
            await _release_commands(session, link)
    return label


async def _release_commands(session: ProjectSession, link: Link) -> None:
    """Takes back what the devices of a link were commanded; raises a problem on the bus where they could not be told."""
    adapter = await session.context.run_blocking(lambda: session.context.adapter(link.protocol))
    where = link.title or link.address
    if not isinstance(adapter, ReleasesCommands):
        return
    try:
        async with asyncio.timeout(END_S):
            notes = await adapter.release_commands(link, session.links.adapter_context(link))
    except (ProblemError, OSError):
        notes = (still_commanded(where),)
    except Exception as error:
        notes = (unexpected(error, where),)
    session.context.raise_problem(*notes)


async def _end_pairing(session: ProjectSession, link: Link, keys: Secret) -> Problem | None:
    """Makes the peer forget the keys that it has handed out; a note where it could not be told."""
    adapter = session.context.adapter(link.protocol)
    if adapter is None:
        return still_paired(link.title or link.address)
    try:
        async with asyncio.timeout(END_S):
            link_session = await adapter.open(link, keys, session.links.adapter_context(link))
            try:
                if isinstance(link_session, EndsPairing):
                    return await link_session.end_pairing()
            finally:
                await link_session.close()
    except AuthError:
        return None  # it has forgotten them already
    except (ProblemError, OSError):
        pass
    except Exception as error:
        session.context.raise_problem(unexpected(error, link.title or link.address))
    return still_paired(link.title or link.address)


def commissioning(adapters: Mapping[str, Adapter]) -> tuple[str, ManagesServer]:
    """The first protocol that commissions devices by code, and its adapter. Raises ProblemError where there is none."""
    for protocol, adapter in adapters.items():
        if isinstance(adapter, ManagesServer):
            return protocol, adapter
    raise ProblemError(nothing_pairs())


async def _commissioner_link(
    session: ProjectSession,
    protocol: str,
    adapter: ManagesServer,
    entry: UndoEntry,
    staged: Callable[[CommissioningStage], None],
) -> LinkRunner:
    """The running link of this adapter; a managed one is made where the project has none."""
    started = time.monotonic()
    first = CommissioningStage(stage="server", title=Text("pair.stage.server"), state=StageState.STARTED, seconds=0.0)
    try:
        found = next((link for link in session.twin.links if link.protocol == protocol), None)
        running = session.links.runner(found.id) if found else None
        if running is not None and running.state is LinkState.ONLINE:
            return running
        staged(first)
        link: Link = found or replace(adapter.managed(), options=(ONLY_PAIRED,))
        if found is None:
            await session.edits.add_link(link, entry)
        runner = running or session.links.runner(link.id) or await session.start_link(link)
        if runner is None:
            raise ProblemError(no_adapter(link.address))
        runner.wake()
        await await_online(session, runner, START_S)
    except ProblemError as error:
        seconds = time.monotonic() - started
        staged(replace(first, state=StageState.FAILED, seconds=seconds, problem=error.problems[0]))
        raise
    staged(replace(first, state=StageState.DONE, seconds=time.monotonic() - started))
    return runner


async def _described(session: ProjectSession, runner: LinkRunner, uids: tuple[str, ...]) -> None:
    """Registers the link's devices, also those that its session has not announced yet."""
    link_session = runner.session
    if link_session is not None:
        session.registration.update_description(runner.link.id, await link_session.describe())
    await session.registration.wait_written(runner.link.id)


async def _keep_secret(session: ProjectSession, link: Link, secret: Secret) -> Secret:
    from app.engine.key_backup import note_login

    kept = await session.context.run_blocking(lambda: session.context.keep_secret(link.id, secret))
    await session.context.run_blocking(lambda: note_login(session.project, link.id, kept))
    return kept

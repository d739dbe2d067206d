"""Asks links for the radio links between their devices, keeps what they told with the project, and makes one map of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol, runtime_checkable

from app.engine.session import ProjectSession
from app.jobs import Jobs
from devices.contract import SurveysRadio
from devices.link import LinkRunner, LinkState
from twin.model.change import Progress
from twin.model.device import Device
from twin.model.ids import LinkId
from twin.model.observation import Quality, StringTable, decode
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import JOB, Radio, RadioLink, RadioMap, RadioNode, RadioRole, RadioSurvey, merged
from twin.model.state import State
from twin.model.text import Text, why
from twin.model.twin import Twin
from twin.store.project.kept_settings import RADIO_SURVEYS
from twin.store.project.radio_rows import KeptSurvey, survey_rows, surveys_in

ROUND_S = 0.1
"""Seconds between two looks at progress and cancel."""
TITLE = Text("job.radio")
ACCESS_POINT = "access point"


@runtime_checkable
class HasSignalRadio(Protocol):
    """An adapter whose points of the capability `signal` are a device's reception of its access point."""

    signal_radio: Radio


@runtime_checkable
class MaySurveyRadio(Protocol):
    """An adapter whose sessions tell radio links (SurveysRadio): one that is offline is missed in a survey."""

    surveys_radio: bool


async def radio_map(session: ProjectSession) -> RadioMap:
    """The map of what is kept, and of the signal strengths reported now, with the problems of the last survey."""
    twin = session.twin
    told = tuple(signal_links(twin, session.state, partial(_signal_radio, session)))
    can_ask = any(isinstance(runner.session, SurveysRadio) for runner in session.links.running)
    problems = tuple(one for id, one in session.links.survey_problems.items() if session.link(id) is not None)
    work = partial(_map_of, session, twin, told)
    return replace(await session.context.run_blocking(work), can_ask=can_ask, problems=problems)


def _map_of(session: ProjectSession, twin: Twin, told: Iterable[tuple[RadioLink, Device]]) -> RadioMap:
    links = {link.id: link for link in twin.links}
    kept = {id: one for id, one in surveys_in(session.project.setting(RADIO_SURVEYS)).items() if id in links}
    nodes: dict[str, RadioNode] = {}
    found: list[RadioLink] = []
    for id, one in kept.items():
        survey = placed(one.survey, id, twin)
        nodes |= {node.key: node for node in survey.nodes}
        found += survey.links
    for link, device in told:
        nodes.setdefault(
            link.end, RadioNode(key=link.end, name=device.name, role=RadioRole.END_DEVICE, device=device.id)
        )
        nodes.setdefault(ACCESS_POINT, RadioNode(key=ACCESS_POINT, role=RadioRole.ACCESS_POINT))
        found.append(link)
    return RadioMap(
        nodes=tuple(nodes.values()),
        links=merged(found),
        asked_ms=min((one.taken_ms for one in kept.values()), default=None),
        simulated=any(links[id].is_simulated and one.survey.links for id, one in kept.items()),
    )


async def survey(session: ProjectSession, jobs: Jobs) -> RadioMap:
    """Asks every link that can tell, side by side, and keeps the answers; those that fail keep what they told before. Raises
    ProblemError `radio.cancelled`, or `radio.running` where another survey is under way."""
    if jobs.runs(JOB):
        raise ProblemError(Problem(code="radio.running", retry=True))
    asked, publish = jobs.begin(JOB), session.context.bus.publish
    runners = [one for one in session.links.running if _can_tell(session, one)]
    shares = dict.fromkeys((one.link.id for one in runners), 0.0)
    publish(Progress(JOB, TITLE, 0.0))
    work = asyncio.gather(*(_ask(one, partial(shares.__setitem__, one.link.id)) for one in runners))
    try:
        while not (await asyncio.wait((work,), timeout=ROUND_S))[0]:
            publish(Progress(JOB, TITLE, min(0.99, sum(shares.values()) / max(len(shares), 1))))
            if asked.is_set():
                raise ProblemError(Problem(code="radio.cancelled", retry=True))
        answers = await work
        session.links.survey_problems = {id: one for id, one in answers if isinstance(one, Problem)}
        await _keep(session, {id: one for id, one in answers if isinstance(one, RadioSurvey)})
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        jobs.end(JOB)
        publish(Progress(JOB, TITLE, 1.0, done=True))
    return await radio_map(session)


def _can_tell(session: ProjectSession, runner: LinkRunner) -> bool:
    """Whether a link's devices can be asked, or could where it were online."""
    adapter = session.context.adapter(runner.link.protocol)
    return isinstance(runner.session, SurveysRadio) or (
        runner.session is None and isinstance(adapter, MaySurveyRadio) and adapter.surveys_radio
    )


async def _ask(runner: LinkRunner, progress: Callable[[float], None]) -> tuple[LinkId, RadioSurvey | Problem | None]:
    """What a link's devices tell, or why they could not be asked; None where none of them has such a radio."""
    link, session = runner.link, runner.session
    where = link.title or link.address
    if runner.state is not LinkState.ONLINE or not isinstance(session, SurveysRadio):
        return link.id, Problem(code="radio.offline", where=where, retry=True)
    try:
        return link.id, await session.survey_radio(progress)
    except ProblemError as error:
        return link.id, error.problems[0]
    except OSError as error:
        return link.id, Problem(code="radio.no_answer", where=where, retry=True, detail=str(why(error)))
    finally:
        progress(1.0)


async def _keep(session: ProjectSession, answers: dict[LinkId, RadioSurvey]) -> None:
    if not answers:
        return
    now_ms = session.context.now_ms()
    fresh = {id: KeptSurvey(now_ms, one) for id, one in answers.items()}

    def write() -> None:
        kept = surveys_in(session.project.setting(RADIO_SURVEYS)) | fresh
        there = {link.id for link in session.twin.links}
        rows = survey_rows({id: one for id, one in kept.items() if id in there})
        session.project.set_setting(RADIO_SURVEYS, rows)

    await session.context.run_blocking(write)


def placed(survey: RadioSurvey, link: LinkId, twin: Twin) -> RadioSurvey:
    """The survey with the link's devices of the twin in place of uids; other nodes get keys that no other link's have."""
    devices = {device.uid: device for device in twin.devices if device.link == link}
    keys: dict[str, str] = {}
    nodes: list[RadioNode] = []
    for node in survey.nodes:
        device = devices.get(node.key)
        keys[node.key] = device.id if device else f"{link} {node.key}"
        name = device.name if device else node.name or node.key
        nodes.append(
            RadioNode(
                key=keys[node.key],
                name=name,
                role=node.role,
                answered=node.answered,
                device=device.id if device else None,
            )
        )
    links = tuple(
        RadioLink(
            radio=one.radio,
            start=keys[one.start],
            end=keys[one.end],
            heard_ms=one.heard_ms,
            lqi=one.lqi,
            rssi_dbm=one.rssi_dbm,
        )
        for one in survey.links
        if one.start in keys and one.end in keys
    )
    return RadioSurvey(nodes=tuple(nodes), links=links)


def signal_links(
    twin: Twin, state: State, radio_of: Callable[[str], Radio | None]
) -> Iterator[tuple[RadioLink, Device]]:
    """Links to the access point of devices that report how strong they hear it. `radio_of` tells a protocol's radio."""
    strings, radios = (
        StringTable(),
        {protocol: radio_of(protocol) for protocol in {one.protocol for one in twin.devices}},
    )
    for device in twin.devices:
        radio = radios[device.protocol]
        points = [point for point in device.points if point.info.capability == "signal"] if radio else []
        if radio is None or len(points) != 1:
            continue  # several: which of them is the device's own link is not known
        row = state.index(points[0].id)
        if row is None or state.quality[row] >= Quality.OFFLINE or not state.time_ms[row]:
            continue
        value = decode(points[0], float(state.value[row]), strings)
        if isinstance(value, int | float) and value < 0:
            link = RadioLink(
                radio=radio, start=ACCESS_POINT, end=device.id, heard_ms=int(state.time_ms[row]), rssi_dbm=round(value)
            )
            yield link, device


def _signal_radio(session: ProjectSession, protocol: str) -> Radio | None:
    adapter = session.context.adapter(protocol)
    return adapter.signal_radio if isinstance(adapter, HasSignalRadio) else None

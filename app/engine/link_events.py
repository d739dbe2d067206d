"""Events of the open project's links: what they describe, report and complain of."""

from __future__ import annotations

from typing import Protocol

from app.engine.context import EngineContext
from app.engine.device_presence import DevicePresence
from app.engine.ingest import Ingest
from app.engine.registration import DeviceRegistration
from devices.link import LinkState
from twin.model.change import LinkChanged, LinkSkipped, ProblemsSolved
from twin.model.device import DeviceInfo
from twin.model.ids import LinkId
from twin.model.observation import Availability
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns
from twin.model.skipped import Skipped
from twin.model.text import Text


class LinkHost(Protocol):
    """Interface of the project session for the events of its links."""

    context: EngineContext
    registration: DeviceRegistration
    ingest: Ingest
    presence: DevicePresence
    last_problem: dict[LinkId, Problem]
    unsolved: dict[LinkId, dict[Problem, None]]
    closing: bool

    def state_of(self, link: LinkId) -> LinkState:
        """The state of a link; OFF where it does not run."""
        ...

    def wake_waiting(self) -> None:
        """Wakes the tasks that wait for a change of a link."""
        ...


class LinkEvents:
    """Receives the events of one of the project's links (devices.link.LinkSink)."""

    def __init__(self, session: LinkHost, link: LinkId) -> None:
        self._session = session
        self._link = link

    def described(self, link: LinkId, devices: tuple[DeviceInfo, ...]) -> None:
        """Passes the link's described devices on to registration."""
        self._session.registration.update_description(link, devices)

    def reported(self, link: LinkId, reports: ReportColumns) -> None:
        """Hands a link's report columns to the ingest."""
        self._session.ingest.report(link, reports)

    def available(self, link: LinkId, availability: Availability) -> None:
        """Records that a device or point went online or offline; ignored while the project closes."""
        session = self._session
        device = None if session.closing else session.registration.device(link, availability.uid)
        if device is not None:
            session.presence.set_online(device, availability, session.context.now_ms())

    def state(self, link: LinkId, state: LinkState, reason: Text | None) -> None:
        """Publishes the link's new state, solves its problems once online, and wakes tasks that wait for it."""
        session = self._session
        if state is LinkState.ONLINE:
            session.last_problem.pop(link, None)
            if solved := session.unsolved.pop(link, None):
                session.context.bus.publish(ProblemsSolved(tuple(solved)))
        session.context.bus.publish(LinkChanged(link, state.value, reason))
        session.wake_waiting()

    def skipped(self, link: LinkId, skipped: tuple[Skipped, ...]) -> None:
        """Publishes the entries that the link skipped, and wakes tasks that wait for its description."""
        self._session.context.bus.publish(LinkSkipped(link, skipped))
        self._session.wake_waiting()

    def problem(self, problem: Problem) -> None:
        """Raises a problem of the link; one raised while the link is not online is solved once it is. One of a link on
        trial is only kept, as the reason that `add` fails with."""
        session, link = self._session, self._link
        session.last_problem[link] = problem
        if session.registration.on_trial(link):
            return
        if session.state_of(link) is not LinkState.ONLINE:
            session.unsolved.setdefault(link, {})[problem] = None
        session.context.raise_problem(problem)

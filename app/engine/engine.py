"""The engine: runs the whole twin without a screen and implements the interface of window and command line (EngineApi).

Every method returns at once; the work runs on the loop, and what blocks on the pool.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from app.engine.access_api import AccessApi
from app.engine.approvals_api import ApprovalsApi
from app.engine.building_api import BuildingApi
from app.engine.care_api import PersonCareApi
from app.engine.comfort_api import ComfortApi
from app.engine.command_api import CommandApi
from app.engine.door_opening import ProjectDoor
from app.engine.edit_api import EditApi
from app.engine.energy_api import EnergyApi
from app.engine.event_bus import Unsubscribe
from app.engine.history_api import HistoryApi
from app.engine.home_api import HomePresenceApi
from app.engine.joining_api import DeviceJoiningApi
from app.engine.link_api import LinkApi
from app.engine.notification_api import NotificationsApi
from app.engine.pairing_api import PairingQueueApi
from app.engine.privacy_api import BuildingPrivacyApi
from app.engine.problems import still_ending
from app.engine.project_opening import ProjectOpening
from app.engine.radio_api import RadioMapApi
from app.engine.report_api import ReportsApi
from app.engine.rule_api import RuleApi
from app.engine.setup_code_api import DeviceSetupCodeApi
from app.engine.sharing_api import DeviceSharingApi
from app.engine.warning_api import WarningApi
from app.inbox import Inbox, NewsSink
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.server.door import Verbs
    from twin.store.file_lock import LockHolder

STOP_S = 15.0


class Engine(
    ProjectOpening,
    CommandApi,
    ApprovalsApi,
    EditApi,
    LinkApi,
    PairingQueueApi,
    DeviceSharingApi,
    DeviceSetupCodeApi,
    DeviceJoiningApi,
    RadioMapApi,
    BuildingApi,
    HistoryApi,
    EnergyApi,
    ComfortApi,
    WarningApi,
    PersonCareApi,
    HomePresenceApi,
    BuildingPrivacyApi,
    RuleApi,
    NotificationsApi,
    ReportsApi,
    AccessApi,
):
    """Implements app.api.EngineApi. Call `start`, then `open` a project; `stop` writes everything to disk.

    Links start `patience_s` seconds after a project is shown, or when `start_links` is called: loading protocols must
    not
    delay a window's first frame.
    """

    def listen(self, verbs: Callable[[], Verbs] | None = None) -> None:
        """Gives every project opened from now on a door for other programs; `verbs` makes the function that carries out
        verbs of the command line, when links start."""
        self._door = ProjectDoor(self.context, self, verbs)

    def wait_for_verbs(self, is_verb: Callable[[LockHolder], bool], longest_s: float) -> None:
        """Lets every opening from now on wait, at most so long, while the project's lock has a holder that is a verb which
        ends by itself; Progress shows it, and `cancel` ends it."""
        from app.engine.verb_wait import VerbWait

        self._verb_wait = VerbWait(context=self.context, jobs=self.jobs, is_verb=is_verb, longest_s=longest_s)

    def start(self) -> None:
        """Starts the loop thread."""
        self.context.loop.start()

    def stop(self) -> tuple[Problem, ...]:
        """Ends links, writes everything and ends all threads; returns the problems of what could not be written or
        ended. Links that do not end within STOP_S seconds are left; what they brought is written all the same. May be
        called twice.
        """
        session, late = self._session, False
        try:
            return self._run(self._close(), "close").result(STOP_S)
        except RuntimeError:  # it has stopped before
            return ()
        except TimeoutError:
            late = True
        finally:
            self.jobs.cancel_all()  # the pool waits for what it runs, and a bake takes minutes
            stuck = not self.context.loop.stop()
            for pool in (self.context.verb_pool, self.context.pool):
                pool.shutdown(wait=True, cancel_futures=True)
            if late and session is not None:
                session.close_files()
        unwritten = () if session is None else tuple(session.unwritten)
        running = [] if session is None else [runner.link.address for runner in session.links.running]
        # where neither is left, only the files took long: all is written by now
        return (*unwritten, still_ending(running, stuck=stuck)) if running or stuck else unwritten

    def attach(self, inbox: NewsSink) -> Future[Unsubscribe]:
        """Attaches one more client: its inbox gets the current state, then all news until the resulting function is
        called.
        """

        async def work() -> Unsubscribe:
            self._clients.show_all(inbox, self._session, self._discovery.candidates)
            return self._clients.subscribe(inbox)

        return self._run(work(), "attach")

    def resync(self, inbox: Inbox) -> Future[None]:
        """Puts the whole current state into a client's inbox, after a Resync."""

        async def work() -> None:
            self._clients.show_all(inbox, self._session, self._discovery.candidates)

        return self._run(work(), "resync")

    def show_again(self) -> None:
        """Publishes the whole state again to every inbox, for a screen that starts later."""
        if self._session is not None:
            self.context.loop.call(self._session.show_again, self.context.bus.publish)

"""The part of EngineApi for links: discovery, adding, login, trust, removal, commissioning."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial

from app.api import NO_OPTIONS
from app.author import client
from app.engine import commissioning, discovery, link_editing
from app.engine.device_room import DeviceRoom
from app.engine.engine_core import EngineCore
from app.engine.link_status import link_statuses
from app.engine.session import ProjectSession
from devices.contract import Secret
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.device import Device
from twin.model.ids import LinkId, RoomId
from twin.model.link_option import LinkSchema
from twin.model.link_status import LinkStatus
from twin.model.network_check import NetworkFinding
from twin.model.problem import Problem, ProblemError
from twin.model.table_changes import TableChanges


class LinkApi(EngineCore):
    """The part of EngineApi that discovers, adds and keeps links."""

    def links(self) -> Future[tuple[LinkStatus, ...]]:
        """Every link of the project with its state, counts and skipped entries."""

        async def work() -> tuple[LinkStatus, ...]:
            return await link_statuses(self.session)

        return self._run(work(), "links")

    def discover(self, on: bool) -> None:
        """Starts or stops discovery for this client; candidates arrive as CandidatesChanged."""
        self.context.loop.call(self._discovery.start if on else self._discovery.stop, client())

    def ignore_candidate(self, key: str, ignored: bool) -> Future[None]:
        """Marks a found device as unwanted in this project, or takes the mark away."""

        async def work() -> None:
            session = self.session
            await self.context.run_blocking(lambda: discovery.ignore(session, key, ignored))
            session.audit.add("request", {"what": "ignore_candidate", "candidate": key, "result": "done"})
            self._discovery.publish()

        return self._run(work(), "ignore")

    def add(
        self,
        target: Candidate | str,
        user: str = "",
        password: str = "",
        room: RoomId | None = None,
        trust: Mapping[str, str] = NO_OPTIONS,
        options: Mapping[str, str] = NO_OPTIONS,
        only_one: bool = False,
        wait_s: float | None = None,
    ) -> Future[tuple[Device, ...]]:
        """Adds a candidate or URL; the result is its devices, those without a room put into `room`, with `only_one` none
        where there are several. One undo step. `trust` has a `pin` (fingerprint) or a `ca` (file).
        Devices still being
        described are awaited for `wait_s` seconds; missing ones raise a problem.
        """
        secret = Secret(user=user, password=password) if user or password else None
        chosen = (*options.items(), *link_editing.trusted(trust))
        where = DeviceRoom(room, only_one=only_one)

        async def work(session: ProjectSession) -> tuple[Device, ...]:
            devices = await commissioning.add(session, target, secret, where, chosen, wait_s, self.jobs)
            if devices:
                await self.pairing.setup_codes.keep_paired(devices[0].link)
            return devices

        return self._run(self._edited(work), "add")

    def link_options(self, target: Candidate | LinkId | str) -> Future[LinkSchema]:
        """What the protocol of a link, candidate or URL takes from the user: login and options."""
        return self._run(self._edited(lambda session: link_editing.link_options(session, target)), "link options")

    def certificate(self, target: Candidate | LinkId | str) -> Future[Certificate | None]:
        """The certificate that the peer of a link, candidate or URL presents."""
        return self._run(self._edited(lambda session: link_editing.certificate(session, target)), "certificate")

    def log_in(self, link: LinkId, user: str, password: str, options: Mapping[str, str] = NO_OPTIONS) -> Future[None]:
        """Changes the login of a link, with those of its options that are passwords, and tries it at once; a peer with a
        button is waited for, as by `add`.
        """
        secret = Secret(user=user, password=password)
        log_in = partial(self._edit, lambda session: link_editing.log_in(session, link, secret, options, self.jobs))
        return self._run(self._logged(log_in, "log_in", link=link, user=user), "log in")

    def trust(self, link: LinkId, trust: Mapping[str, str]) -> Future[None]:
        """Sets another CA file (`ca`) or pinned certificate (`pin`) of a link."""
        return self._run(self._edit(lambda session: link_editing.trust(session, link, trust)), "trust")

    def table_changes(self, link: LinkId, options: Mapping[str, str] = NO_OPTIONS) -> Future[TableChanges]:
        """What a link's table would change if it were read now."""

        async def work() -> TableChanges:
            comparing = await self.context.imported("app.engine.table_comparing")
            found: TableChanges = await comparing.compared(self.session, link, options)
            return found

        return self._run(work(), "table changes")

    def remove_link(self, link: LinkId) -> Future[None]:
        """Removes a link, its devices and its secret; history stays."""
        return self._run(self._edit(lambda session: link_editing.remove_link(session, link)), "remove link")

    def check_network(self) -> Future[tuple[NetworkFinding, ...]]:
        """Checks whether devices can be found and reached from this computer; needs no project."""

        async def work() -> tuple[NetworkFinding, ...]:
            checking = await self.context.imported("app.engine.network_checking")
            return await checking.check_network(self.context, self.jobs)

        return self._run(work(), "check network")

    def check_code(self, code: str) -> Future[Problem | None]:
        """None where a pairing code is well formed, else the problem with it."""

        def check() -> Problem | None:
            try:
                commissioning.commissioning(self.context.adapters)[1].check(code)
            except ProblemError as error:
                return error.problems[0]
            return None

        return self._run(self.context.run_blocking(check), "check code")

    def pair(self, code: str, room: RoomId | None = None) -> Future[tuple[Device, ...]]:
        """Commissions a device by its code; stages come as CommissioningStageChanged."""
        return self._run(
            self._edited(
                lambda session: commissioning.pair(session, code, room, found=partial(self.pairing.paired_alone, code))
            ),
            "pair",
        )

"""One session with a KNX installation: values as they are written on the bus, and a question for each at the start."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable

from devices.contract import RefusedError, SessionEvent, SkippedChanged
from devices.protocols.knx.datapoint_codec import decoded
from devices.protocols.knx.group_points import GroupPoint, devices_of
from devices.protocols.knx.group_table import GroupAddress, address_text
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_options import KnxSettings
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.ids import clean_name
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text

READ_GAP_S = 0.1
"""Seconds between two questions at the start: half of the bus's rate, so that commands have the other half."""
ROUNDS = 2
"""How often an address without an answer is asked."""


class KnxSession:
    """A connection and the points behind its group addresses."""

    def __init__(
        self, connection: KnxConnection, link: Link, settings: KnxSettings, rows: Iterable[GroupAddress]
    ) -> None:
        self._connection, self._link, self._settings, self._rows = connection, link, settings, tuple(rows)
        self._infos: tuple[DeviceInfo, ...] = ()
        self._points: dict[tuple[str, str], GroupPoint] = {}
        self._by_address: dict[int, list[GroupPoint]] = {}
        self._unread: tuple[Skipped, ...] = ()
        self._misfits: dict[int, Skipped] = {}
        self._last: dict[tuple[str, str], Value] = {}
        self._table = ReportTable()
        self._watching: asyncio.Task[None] | None = None

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The interface, and the devices that the table of group addresses makes. Raises TimeoutError where the interface does
        not describe itself: all uids begin with its own id, in routing with the group's address.
        """
        about = await self._connection.description()
        where = self._link.address.partition("://")[2].partition("/")[0]
        serial = about.serial_number.replace(":", "").lower() if about else ""
        mac = about.mac_address.replace(":", "").lower() if about else ""
        uid = next((id for id in (serial, mac) if id.strip("0")), where)
        interface = DeviceInfo(
            uid=uid,
            name=clean_name(about.name if about else "") or f"KNX {where}",
            points=(),
            kind="bridge",
            serial=serial if serial.strip("0") else "",
            address=where,
        )
        infos, points, self._unread = await asyncio.to_thread(devices_of, self._rows, uid, uid)
        self._infos = (interface, *infos)
        self._points = {(point.uid, point.info.key): point for point in points}
        self._by_address = {}
        for point in points:
            self._by_address.setdefault(point.source, []).append(point)
        self._by_address.pop(0, None)
        return self._infos

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Addresses whose type is not read, those whose telegrams do not fit it, and a link without a table."""
        nothing = () if self._rows else (Skipped("", Text("knx.no_table")),)
        return (*nothing, *self._unread, *self._misfits.values())

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they come; raises OSError or TimeoutError where the interface is gone."""
        for info in self._infos:
            yield Availability(info.uid, online=True)
        loop = asyncio.get_running_loop()
        questions = deque(list(self._by_address) * ROUNDS)
        asked_s = -READ_GAP_S
        self._watching = asyncio.create_task(self._watched())  # noqa: TID251 - awaited in close
        answered: set[int] = set()
        while True:
            telegrams = await self._connection.telegrams(asked_s + READ_GAP_S - loop.time() if questions else None)
            misfits = len(self._misfits)
            reports = [report for address, payload in telegrams for report in self._reports(address, payload)]
            answered.update(address for address, _ in telegrams)
            if reports:
                yield ReportColumns.of(reports, self._table)
            if len(self._misfits) != misfits:
                yield SkippedChanged()
            if questions and loop.time() >= asked_s + READ_GAP_S:
                asked_s = loop.time()
                if (address := questions.popleft()) not in answered and not await self._asked(address):
                    questions.append(address)

    async def _watched(self) -> None:
        """Asks whether the other side is there, beside the telegrams: an answer takes seconds where there are no routers."""
        try:
            while True:
                await asyncio.sleep(self._settings.period_s)
                await self._connection.check()
        except Exception as error:
            self._connection.fail(error)

    async def _asked(self, address: int) -> bool:
        """Whether a question is on the bus. A bus without power, or too busy, confirms none, while its interface is there:
        whether that is gone, `check` finds out.
        """
        try:
            await self._connection.read(address)
        except TimeoutError:
            return False
        return True

    def _reports(self, address: int, payload: object) -> list[Report]:
        found: list[Report] = []
        for point in self._by_address.get(address, ()):
            try:
                value = point.shown(decoded(point.dpt, payload))
            except ValueError:
                self._misfits[address] = Skipped(address_text(address), Text("knx.misfit"))
                continue
            self._last[point.uid, point.info.key] = value
            found.append(Report(point.uid, point.info.key, value))
        return found

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Writes the command's group address where a person allowed it; its status address then confirms it. Raises
        RefusedError, OSError or TimeoutError.
        """
        point = self._points.get((uid, key))
        if point is None:
            raise RefusedError(Text("reason.gone_point"))
        first = uid.partition("/")[2]
        if not self._settings.may_write(first):
            raise RefusedError(Text("knx.writing_off", device=first))
        address, payload = point.telegram(verb, value, self._last.get((uid, key)))
        await self._connection.write(address, payload)
        if point.source == address:  # nobody will report it: what was written is what a toggle starts from
            self._last[uid, key] = point.shown(decoded(point.dpt, payload))

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this interface, or a router in the network where the link is their multicast."""
        if self._settings.transport.routes:
            network = dict(candidate.facts).get("network")
            here = not network or self._settings.network in ("", network)
            return candidate.protocol == "knx" and "routing" in candidate.evidence and here
        wanted = dict(candidate.facts).get("id") or candidate.addresses[:1]
        mine = self._infos[0].serial if self._infos else ""
        return candidate.protocol == "knx" and bool(mine) and wanted == mine

    async def close(self) -> None:
        """Ends the tunnel; may be called twice."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await self._connection.close()

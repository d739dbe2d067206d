"""One session with a Shelly that does not sleep: what it notifies, and a reading of all every `period` as heartbeat.

A device notifies changes over the WebSocket; one whose cable was cut notifies nothing, so it is asked.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator

from devices.contract import Redescribed, SessionEvent
from devices.json_document import Document
from devices.polling import Poller, PollItem, PollLimits, PollSchedule
from devices.protocols.shelly.described_device import DescribedDevice, DeviceDocuments, has_new_configuration
from devices.protocols.shelly.rpc_connection import RpcConnection
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_WAITING = 10_000
"""Notified values that wait to be handed out; of more than that the oldest are dropped."""
_STATUS = "status"
_UNASKED = "notification"


class ShellySession:
    """A connected device."""

    def __init__(self, connection: RpcConnection, link: Link, period_s: float) -> None:
        self._connection, self._link, self._period_s = connection, link, period_s
        self._table = ReportTable()
        self._device = DescribedDevice(documents_of(connection))
        self._notified: deque[Report] = deque(maxlen=MAX_WAITING)
        self._reconfigured = False
        self._poller = Poller[str](PollSchedule(PollLimits()), self._read)
        connection.on_status, connection.on_event = self._status_changed, self._event_fired
        connection.on_lost = lambda: self._poller.end(ConnectionResetError(Text("reason.connection_lost")))

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The device with its components. Raises OSError or TimeoutError where it has to be asked and is gone."""
        if self._reconfigured:
            self._reconfigured = False
            await self._connection.refresh_config()
            await self._connection.refresh()  # components that are new
            self._device = DescribedDevice(documents_of(self._connection))
        return (self._device.info(self._link, self._period_s),)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Components that are not read."""
        return self._device.skipped

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they are notified and read; raises OSError or TimeoutError where the device is gone."""
        if self._connection.is_lost:
            raise ConnectionResetError(Text("reason.connection_lost"))
        yield Availability(self._device.uid, online=True)
        yield self._columns(self._device.reports(self._connection.status, all=True))
        self._poller.set_items([PollItem(self._device.uid, _STATUS, self._period_s)])
        async for answer in self._poller.answers():
            if answer.answer is None:
                raise TimeoutError
            if self._notified:
                yield self._columns(self._drained())
            if answer.item.key == _STATUS:
                yield self._columns(self._device.reports(self._connection.status, all=True))
            if self._reconfigured:
                yield Redescribed()
                yield self._columns(self._device.reports(self._connection.status, all=True))

    async def _read(self, item: PollItem) -> str:
        await self._connection.refresh()
        return item.key

    def _status_changed(self) -> None:
        self._notified += self._device.reports(self._connection.status, all=False)
        self._wake()

    def _event_fired(self, params: Document) -> None:
        self._notified += self._device.event_reports(params)
        self._reconfigured |= has_new_configuration(params)
        self._wake()

    def _wake(self) -> None:
        self._poller.deliver(PollItem(self._device.uid, _UNASKED, 0.0), _UNASKED)

    def _drained(self) -> list[Report]:
        reports = list(self._notified)
        self._notified.clear()
        return reports

    def _columns(self, reports: list[Report]) -> ReportColumns:
        return ReportColumns.of(reports, self._table)

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Calls the component's method. Raises RefusedError, OSError or TimeoutError."""
        point = self._device.point(uid, key)
        method, params = point.call(verb, value, self._device.last(point))
        await self._connection.call(method, params)

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this device."""
        return candidate.protocol == "shelly" and dict(candidate.facts).get("id") == self._device.uid

    async def close(self) -> None:
        """Ends reading and the connection; may be called twice."""
        await self._poller.stop()
        await self._connection.close()


def documents_of(connection: RpcConnection) -> DeviceDocuments:
    """The last documents of a connected device."""
    return DeviceDocuments(
        information=dict(connection.information),
        config=dict(connection.config),
        status=dict(connection.status),
        told_ms=round(time.time() * 1000),
    )

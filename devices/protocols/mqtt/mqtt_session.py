"""Session with one broker: receives announcements, devices and reports, and sends commands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from devices.contract import AdapterContext, Redescribed, RefusedError, SessionEvent, SkippedChanged
from devices.event_columns import ParsedEvent, in_columns
from devices.protocols.mqtt.aiomqtt_client import BrokerMessage
from devices.protocols.mqtt.announcement_memory import AnnouncementMemory
from devices.protocols.mqtt.broker_options import OPTIONS, discovery_prefix
from devices.protocols.mqtt.components import SUBSCRIBED
from devices.protocols.mqtt.connection import MOST_TOGETHER, BrokerConnection
from devices.protocols.mqtt.discovery_payload import address
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry, ParsedMessage
from devices.protocols.mqtt.retained_snapshot import FilterPart, RetainedSnapshot
from devices.protocols.mqtt.tasmota_devices import FILTERS as TASMOTA
from devices.protocols.mqtt.zigbee2mqtt_control import FILTERS as TOLD_BY_BRIDGES
from devices.protocols.mqtt.zigbee2mqtt_control import Zigbee2MqttControl
from devices.protocols.mqtt.zigbee2mqtt_devices import FILTERS as BRIDGES
from devices.protocols.mqtt.zigbee2mqtt_devices import is_info, spoken_values
from devices.protocols.mqtt.zigbee_network_map import NetworkMaps
from twin.model.device import DeviceInfo, Link
from twin.model.device_sharing import SoftwareState, UpdateAct
from twin.model.ids import derived
from twin.model.joining import JoinNetwork
from twin.model.link_option import option_values
from twin.model.observation import Availability, Report, Value
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import RadioSurvey
from twin.model.report_columns import ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text, why

QUIET_S = 0.4
"""Seconds without a message after which all retained messages are taken to have arrived."""
SNAPSHOT_S = 30.0
"""Most seconds for reading the retained announcements; the rest is read while the link is online."""
DEBOUNCE_S = 0.3
BATCH = 50
_LOG = logging.getLogger("oikos.links.mqtt")
STILL_READING = Text("mqtt.still_reading")


class MqttSession:
    """One connection to a broker."""

    def __init__(self, connection: BrokerConnection, link: Link, adapter_context: AdapterContext) -> None:
        self._connection = connection
        options = option_values(OPTIONS, link.options)
        self._prefix = discovery_prefix(link)
        self._registry = DiscoveryRegistry(self._prefix, link.address)
        self._snapshot = RetainedSnapshot(self._prefix, SUBSCRIBED)
        self._parts: list[FilterPart] = []
        self._memory = AnnouncementMemory(adapter_context.folder / f"{derived('mqtt', link.id)}.json")
        self._asks = options["birth"] != "no"
        """Whether devices are asked to announce themselves and tell their state."""
        self._births = 2 if self._asks else 0
        """Number of birth messages still to send; the second one is sent where answers brought new topics."""
        self._subscribed: set[str] = set()
        self._asked: set[str] = set()
        """Topics on which devices were asked for their state."""
        self._unread: dict[str, bytes] = {}
        """Announcements by topic while the snapshot is read."""
        self._held: deque[BrokerMessage] = deque()
        """Messages that arrived while announcements were read."""
        self._due: list[tuple[float, int, ParsedEvent]] = []
        self._table = ReportTable()
        self._count = self._refusals = 0
        self._described = self._listens_to_bridges = False
        self._quiet_at = 0.0
        """Loop time at which QUIET_S have passed without an announcement."""
        self._network_maps = NetworkMaps(connection, self._registry)
        self._left_out: set[str] = set()
        """Topics of messages that the connection left out."""
        self._bridges = Zigbee2MqttControl(self._registry, connection.publish)
        self._logs: frozenset[str] = frozenset()
        """Topics of the logs that are subscribed to."""
        connection.on_unreadable(self._leave_out)

    async def begin(self) -> None:
        """Loads the stored announcements, which the broker may have lost."""
        self._memory.load(self._registry, *await asyncio.to_thread(self._memory.read))

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Every device announced or remembered; the first call reads the retained announcements."""
        if not self._described:
            await self._read_announcements()
            self._described = True
        devices = self._registry.rebuild_devices()
        self._table = ReportTable()  # of what is described now, whatever was there before
        if (due := self._memory.due(self._registry)) is not None:
            text, whole = due
            await asyncio.to_thread(self._memory.write, text, whole=whole)
        return devices

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Announcements and messages that could not be read."""
        return self._registry.skipped

    @property
    def complete(self) -> bool:
        """Whether every announcement retained by the broker was read."""
        return self._snapshot.complete

    async def _read_announcements(self) -> None:
        """Reads the retained announcements, subscribes to the states, and asks all devices to announce again."""
        end = asyncio.get_running_loop().time() + SNAPSHOT_S
        while not self._snapshot.complete and self._now() < end:
            await self._take_announcements(end)
            await self._advance()
        if await self._read_bridges():
            await self._take_announcements(end)
        if not self._snapshot.complete:
            self._registry.mark_unreadable("", STILL_READING)
        await self._apply_announcements()
        self._registry.rebuild_devices()
        await self._listen()
        if self._births:
            await self._publish_birth()
            self._quiet_at = self._now() + QUIET_S
            await self._take_announcements(end)
            await self._apply_announcements()

    async def _read_bridges(self) -> bool:
        """Subscribes to the lists of bridges once all announcements are read; returns whether it did so now. A broker that
        refuses them has none to be read."""
        if self._listens_to_bridges or not self._snapshot.complete:
            return False
        self._listens_to_bridges = True
        await self._connection.subscribe((*BRIDGES, *TOLD_BY_BRIDGES, *TASMOTA))
        self._quiet_at = self._now() + QUIET_S
        return True

    async def _publish_birth(self) -> None:
        """Publishes Home Assistant's birth message, upon which devices send discovery and states again; refusal is
        ignored.
        """
        self._births -= 1
        with contextlib.suppress(ConnectionError):
            await self._connection.publish(f"{self._prefix}/status", "online", qos=0)

    async def _take_announcements(self, end: float) -> None:
        """Receives announcements until none arrive or until `end` (loop time); other messages are kept in `_held`."""
        while (wait_s := min(self._silence_s(), end - self._now())) > 0:
            for message in await self._connection.receive(wait_s):
                if not self._registry.is_announcement(message.topic):
                    self._held.append(message)
                    continue
                self._saw(message.topic)
                self._unread[message.topic] = message.payload
                if is_info(message.topic):
                    self._held.append(message)

    async def _apply_announcements(self) -> None:
        """Stores the announcements received; done after reading, because brokers drop messages to slow readers."""
        unread, self._unread = self._unread, {}
        for n, (topic, payload) in enumerate(self._single(unread.items())):
            self._read(topic, partial(self._registry.store_config, topic, payload))
            if n % 50 == 49:
                await asyncio.sleep(0)

    def _single(self, messages: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        """The announcements of single entities and devices in these messages."""
        for topic, payload in messages:
            yield from (
                self._read(
                    topic, lambda topic=topic, payload=payload: tuple(self._registry.announcements(topic, payload))
                )
                or ()
            )

    def _saw(self, topic: str) -> None:
        if address(topic, self._prefix) is not None:
            self._snapshot.saw(topic)
        self._quiet_at = self._now() + QUIET_S

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _silence_s(self) -> float:
        """Seconds without announcements required before the next part is read; 0 between the parts of one round."""
        if self._parts:
            return 0.0
        return QUIET_S if self._connection.waiting else max(self._quiet_at - self._now(), 0.0)

    async def _advance(self) -> None:
        """Reads one more part of the snapshot, or begins its next round."""
        snapshot = self._snapshot
        if self._parts:
            part = self._parts.pop(0)
            await self._subscribe(part, keep=part in snapshot.coarse)
            self._quiet_at = self._now() + QUIET_S
            return
        self._parts = snapshot.next_round()
        self._quiet_at = self._now() + QUIET_S
        if snapshot.complete:
            self._registry.mark_readable("")
            self._report_skipped()
        if snapshot.unstable:
            self._registry.mark_unreadable("", Text("mqtt.incomplete", n=snapshot.count))

    def _announced(self, message: BrokerMessage) -> bool | None:
        """Whether an announcement changed anything; None where the message is not an announcement."""
        if not self._registry.is_announcement(message.topic):
            return None
        self._saw(message.topic)
        changed = False
        for topic, payload in self._single(((message.topic, message.payload),)):
            changed |= bool(self._read(topic, partial(self._registry.store_config, topic, payload)))
        return changed

    def _read[T](self, topic: str, read: Callable[[], T]) -> T | None:
        """The result of `read`; None where it raised: the message is then noted as unreadable."""
        try:
            return read()
        except Exception as error:
            _LOG.exception("a message on %s", topic)
            self._registry.mark_unreadable(topic, Text("mqtt.message", error=type(error).__name__))
            return None

    def _leave_out(self, topic: str, reason: Text) -> None:
        self._left_out.add(topic)
        self._network_maps.left_out(topic)
        self._registry.mark_unreadable(topic, reason)
        self._report_skipped()

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Yields reports and changes of availability until the connection is lost, then raises ConnectionError."""
        for availability in await self._listened():
            yield availability
        while True:
            now = asyncio.get_running_loop().time()
            while self._due and self._due[0][0] <= now:
                _, _, due = self._due.pop(0)
                for event in in_columns((due,), self._table):
                    yield event
                if isinstance(due, Redescribed):
                    for availability in await self._listened():
                        yield availability
            messages = await self._next(max(self._due[0][0] - now, 0.0) if self._due else None)
            for event in in_columns(self._parsed(messages), self._table):
                yield event
            await self._follow_logs()
            self._report_skipped()

    def _parsed(self, messages: Iterable[BrokerMessage]) -> Iterator[Report | Availability]:
        """The reports and availabilities of messages, in their order; announcements are stored in the registry."""
        for message in messages:
            self._read(message.topic, partial(self._bridges.hear, message.topic, message.payload))
            changed = self._announced(message)
            if changed:
                self._later(DEBOUNCE_S, Redescribed())
            if changed is None:
                yield from self._handle_message(message)
            elif is_info(message.topic):  # values of the bridge's own device, too
                yield from self._handle_message(replace(message, payload=spoken_values(message.payload)))

    def _handle_message(self, message: BrokerMessage) -> list[Report | Availability]:
        """The reports and availabilities of one message on a state or availability topic."""
        topic, payload, retained = message.topic, message.payload, message.retained
        if self._network_maps.take(topic, payload):
            return []
        if topic in self._left_out:
            self._left_out.remove(topic)
            self._registry.mark_readable(topic)
        parsed = (
            self._read(topic, lambda: self._registry.handle_message(topic, payload, retained=retained))
            or ParsedMessage()
        )
        for event in parsed.events:
            self._cancel(event)
        for delay, report in parsed.later:
            self._later(delay, report)
        return parsed.events

    async def _follow_logs(self) -> None:
        """Reads the logs of bridges while devices may join: only they tell why one failed."""
        wanted, known = self._bridges.log_topics, self._logs
        if wanted == known:
            return
        self._logs = wanted
        if new := wanted - known:
            await self._connection.subscribe(sorted(new))
        if old := known - wanted:
            await self._connection.unsubscribe(old)

    async def _listened(self) -> list[Availability]:
        """Subscribes to new topics, asks their devices for their state, and returns the availability of new and changed devices."""
        if await self._listen() and self._births:
            await self._publish_birth()
        return self._registry.untold_availability()

    async def _next(self, wait_s: float | None) -> list[BrokerMessage]:
        """The next messages, held ones first; while the snapshot is incomplete, silence starts its next round."""
        if self._held:
            await asyncio.sleep(0)  # others have work, too
            return [self._held.popleft() for _ in range(min(len(self._held), MOST_TOGETHER))]
        if self._snapshot.complete:
            return await self._connection.receive(wait_s)
        silence_s = self._silence_s()
        if silence_s <= 0:
            await self._advance()
            await self._read_bridges()
            silence_s = self._silence_s()
        return await self._connection.receive(silence_s if wait_s is None else min(wait_s, silence_s))

    def _report_skipped(self) -> None:
        if self._registry.refusals != self._refusals:
            self._refusals = self._registry.refusals
            self._later(DEBOUNCE_S, SkippedChanged())

    def _later(self, delay: float, event: ParsedEvent) -> None:
        if isinstance(event, Redescribed | SkippedChanged) and any(one == event for _, _, one in self._due):
            return
        self._count += 1
        self._due.append((asyncio.get_running_loop().time() + delay, self._count, event))
        self._due.sort(key=lambda one: one[:2])

    def _cancel(self, event: ParsedEvent) -> None:
        """Removes a pending report of the same point: a detector that reports again restarts its delay."""
        if isinstance(event, Report) and self._due:
            spoken = (event.uid, event.key)
            self._due = [
                one for one in self._due if not (isinstance(one[2], Report) and (one[2].uid, one[2].key) == spoken)
            ]

    async def _listen(self) -> bool:
        """Subscribes to new state and availability topics and unsubscribes from obsolete ones; whether any were new."""
        topics, gone = self._registry.other_topics(self._subscribed)
        for start in range(0, len(topics), BATCH):
            await self._subscribe(list(topics[start : start + BATCH]))
        if gone:
            self._subscribed -= gone
            await self._connection.unsubscribe(gone)
        self._subscribed |= set(topics)
        await self._ask_states()
        return bool(topics)

    async def _ask_states(self) -> None:
        """Asks each device once for its state, where it would tell it only minutes later; refusal is ignored."""
        for message in self._registry.state_requests if self._asks else ():
            if message.topic not in self._asked:
                self._asked.add(message.topic)
                with contextlib.suppress(ConnectionError, ValueError):
                    await self._connection.publish(message.topic, message.payload, qos=0)

    async def _subscribe(self, topics: FilterPart | list[str], *, keep: bool = True) -> None:
        for topic in await self._connection.subscribe(topics, keep=keep):
            self._registry.mark_unreadable(topic, Text("mqtt.topic_refused"))

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Sends a command; returns when the broker has taken the messages (QoS 1). Raises RefusedError or OSError."""
        for message in self._registry.encode_command(uid, key, verb, value):
            try:
                await self._connection.publish(message.topic, message.payload, retain=message.retain)
            except ValueError as error:
                raise RefusedError(Text("mqtt.topic_unusable", why=why(error))) from None

    def join_networks(self) -> tuple[JoinNetwork, ...]:
        """The networks of the bridges, with the devices that join."""
        return self._bridges.join_networks()

    async def permit_join(self, network: str, seconds: int, through: str = "") -> None:
        """Opens a bridge's network for some seconds, or closes it."""
        await self._bridges.permit_join(network, seconds, through)

    def software_states(self) -> Mapping[str, SoftwareState]:
        """The software of each device that can be updated."""
        return self._bridges.software_states()

    async def software_state(self, uid: str) -> SoftwareState:
        """The device's software as it was last told."""
        if (found := self._bridges.software_states().get(uid)) is None:
            raise ProblemError(Problem(code="update.unsupported", where=uid))
        return found

    async def change_software(self, uid: str, act: UpdateAct) -> None:
        """Checks for, installs or schedules newer software."""
        await self._bridges.change_software(uid, act)

    async def survey_radio(self, progress: Callable[[float], None]) -> RadioSurvey | None:
        """The networks of the broker's Zigbee bridges, each of which asks its routers one after the other."""
        return await self._network_maps.survey(progress)

    async def close(self) -> None:
        """Closes the connection; may be called twice."""
        await self._connection.close()

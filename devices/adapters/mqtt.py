"""MQTT: every device behind a broker that announces itself by Home Assistant's MQTT discovery.

URL: `mqtt://host[:1883]`, `mqtts://host[:8883]`, with `?ca=FILE&prefix=homeassistant&client=NAME&birth=no`.
aiomqtt needs `loop.add_reader`: the loop must be a selector loop (on Windows too).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import re
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import aiomqtt

from devices.adapter import (
    AuthError,
    Event,
    Redescribed,
    RefusedError,
    Secret,
    Service,
    Session,
    SkippedChanged,
    Surroundings,
)
from devices.mqtt.components import SUBSCRIBED
from devices.mqtt.discovery import address
from devices.mqtt.wire import probe
from devices.mqtt.world import World
from twin.files import atomic
from twin.model.candidate import Candidate, Need
from twin.model.device import DeviceInfo, Link
from twin.model.ident import LinkId, clean_name, derived
from twin.model.observation import Report, Value
from twin.model.problem import Problem, ProblemError
from twin.model.skipped import Skipped

QUIET_S = 0.4
"""A snapshot of retained messages is complete when nothing came for this long."""
SNAPSHOT_S = 10.0
DEBOUNCE_S = 0.3
BATCH = 50
_REFUSED = (4, 5, 134, 135)  # MQTT 3.1.1 table 3.1; MQTT 5 section 3.2.2.2
_OPTIONS = ("ca", "prefix", "client", "birth")
_PORT = {"mqtt": 1883, "mqtts": 8883}


def _discreet(record: logging.LogRecord) -> bool:
    """The library shouts about every lost connection; the link says it in words, so here it is only a detail."""
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    return True


_LIBRARY = logging.getLogger("oikos.links.mqtt")
_LIBRARY.addFilter(_discreet)


class MqttAdapter:
    """Brokers, as links; the devices behind them speak Home Assistant's discovery format."""

    protocol = "mqtt"
    title = "MQTT"
    service_types = ("_mqtt._tcp", "_secure-mqtt._tcp")
    schemes = ("mqtt", "mqtts")

    def claim(self, service: Service) -> Candidate | None:
        """A broker that announces itself; its plain and its TLS service are one candidate."""
        if service.type not in self.service_types or not service.port:
            return None
        secure = service.type == "_secure-mqtt._tcp"
        host = clean_name(service.host.rstrip("."), 128)
        slug = "-".join(clean_name(service.name).lower().split())
        return Candidate(
            key=f"mqtt:{slug}@{host}",
            name=service.name,
            protocol=self.protocol,
            product="MQTT broker",
            addresses=service.addresses,
            port=service.port,
            needs=Need.PASSWORD,
            evidence=(service.type,),
            facts=(("host", host), ("scheme", "mqtts" if secure else "mqtt")),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a broker; raises ProblemError for a URL that is none."""
        if isinstance(target, Candidate):
            facts = dict(target.facts)
            host = target.addresses[0] if target.addresses else facts.get("host", "")
            return _link(facts.get("scheme", "mqtt"), host, target.port, target.name, ())
        try:
            url = urlsplit(target.strip())
            port = url.port
        except ValueError:
            raise ProblemError(_bad_url("the port is not a number")) from None
        if url.scheme not in self.schemes or not url.hostname:
            raise ProblemError(_bad_url("it needs mqtt:// or mqtts:// and a host"))
        if url.password is not None:
            raise ProblemError(_bad_url("the password does not belong into the address; it is asked for"))
        options = tuple((name, value) for name, value in parse_qsl(url.query)[:16] if name in _OPTIONS and value)
        return _link(url.scheme, url.hostname, port or 0, "", options)

    async def open(self, link: Link, secret: Secret | None, surroundings: Surroundings) -> Session:
        """A connected session; raises AuthError, ProblemError, OSError or TimeoutError."""
        url = urlsplit(link.address)
        host, secure = url.hostname or "", url.scheme == "mqtts"
        if secret and secret.password and not secure and not _near(host):
            raise ProblemError(_in_the_clear(host))
        client = aiomqtt.Client(
            host,
            url.port or _PORT[url.scheme],
            username=secret.user if secret and secret.user else None,
            password=secret.password if secret and secret.user else None,
            identifier=link.option("client") or f"oikos-{secrets.token_hex(6)}",
            tls_context=await asyncio.to_thread(_trust, link.option("ca")) if secure else None,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            logger=_LIBRARY,
            keepalive=15,
            timeout=10,
            max_queued_incoming_messages=100_000,
        )
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            raise _understood(error, link, secure=secure) from None
        session = _Session(client, link, surroundings)
        try:
            await session.begin()
        except BaseException:
            await session.close()
            raise
        return session

    async def scan(self) -> AsyncIterator[Candidate]:
        """A broker on this machine, which rarely announces itself."""
        for host in ("127.0.0.1",):
            answer = await probe(host, 1883)
            if answer is None:
                continue
            yield Candidate(
                key="mqtt:localhost",
                name="Broker on this computer",
                protocol=self.protocol,
                product="MQTT broker",
                addresses=(host,),
                port=1883,
                needs=Need.NOTHING if answer == 0 else Need.PASSWORD,
                evidence=("answers MQTT on port 1883",),
                facts=(("host", "localhost"), ("scheme", "mqtt")),
            )


class _Session:
    """One connection to a broker."""

    def __init__(self, client: aiomqtt.Client, link: Link, surroundings: Surroundings) -> None:
        self._client = client
        self._messages = client.messages
        self._prefix = link.option("prefix", "homeassistant").strip("/")
        self._world = World(self._prefix)
        self._memory = surroundings.folder / f"{derived('mqtt', link.id)}.json"
        self._address = link.address
        self._birth = link.option("birth", "yes") != "no"
        self._subscribed: set[str] = set()
        self._next: asyncio.Future[aiomqtt.Message] | None = None
        self._due: list[tuple[float, int, Event]] = []
        self._count = self._refusals = 0
        self._described = self._closed = False

    async def begin(self) -> None:
        """Remembers what the broker may have forgotten, and subscribes to every component's announcements."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            self._world.load(await asyncio.to_thread(self._memory.read_text, "utf-8"))
        for component in SUBSCRIBED:
            await self._subscribe(f"{self._prefix}/{component}/+/config", f"{self._prefix}/{component}/+/+/config")
        if self._birth:
            # Publishers send discovery and states again when "Home Assistant" comes; not every user may publish.
            with contextlib.suppress(aiomqtt.MqttError):
                await self._client.publish(f"{self._prefix}/status", "online", qos=0)

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Every device announced or remembered."""
        if not self._described:
            await self._snapshot()
            self._described = True
        devices = self._world.settle()
        await asyncio.to_thread(_remember, self._memory, self._world.dump())
        return tuple(replace(device, address=self._address) for device in devices)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What of the announcements and messages could not be read."""
        return self._world.skipped

    async def _snapshot(self) -> None:
        """Takes announcements until they pause."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SNAPSHOT_S
        while loop.time() < end:
            message = await self._receive(QUIET_S)
            if message is None:
                return
            self._announced(message)

    def _announced(self, message: aiomqtt.Message) -> bool | None:
        """Whether an announcement changed anything; None where the message is none."""
        topic = message.topic.value
        if address(topic, self._prefix) is None:
            return None
        return self._world.take(topic, _bytes(message.payload))

    async def events(self) -> AsyncIterator[Event]:
        """Reports, comings and goings, until the broker is gone."""
        await self._listen()
        for availability in self._world.present():
            yield availability
        while True:
            now = asyncio.get_running_loop().time()
            while self._due and self._due[0][0] <= now:
                _, _, event = self._due.pop(0)
                yield event
                if isinstance(event, Redescribed):
                    await self._listen()
                    for availability in self._world.present():
                        yield availability
            wait = max(self._due[0][0] - now, 0.0) if self._due else None
            message = await self._receive(wait)
            if message is None:
                continue
            if (changed := self._announced(message)) is not None:
                if changed:
                    self._later(DEBOUNCE_S, Redescribed())
                self._tell_skipped()
                continue
            heard = self._world.hear(message.topic.value, _bytes(message.payload))
            for event in heard.events:
                self._cancel(event)
                yield event
            for delay, report in heard.later:
                self._later(delay, report)

    def _tell_skipped(self) -> None:
        if self._world.refusals != self._refusals:
            self._refusals = self._world.refusals
            self._later(DEBOUNCE_S, SkippedChanged())

    def _later(self, delay: float, event: Event) -> None:
        if isinstance(event, Redescribed | SkippedChanged) and any(one == event for _, _, one in self._due):
            return
        self._count += 1
        self._due.append((asyncio.get_running_loop().time() + delay, self._count, event))
        self._due.sort(key=lambda one: one[:2])

    def _cancel(self, event: Event) -> None:
        """A detector that spoke again starts its pause anew."""
        if isinstance(event, Report) and self._due:
            spoken = (event.uid, event.key)
            self._due = [
                one for one in self._due if not (isinstance(one[2], Report) and (one[2].uid, one[2].key) == spoken)
            ]

    async def _receive(self, wait_s: float | None) -> aiomqtt.Message | None:
        """The next message, or None after `wait_s`; waiting shorter never loses a message."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._messages))  # noqa: TID251 - ended in close()
        done, _ = await asyncio.wait((self._next,), timeout=wait_s)
        if not done:
            return None
        step, self._next = self._next, None
        try:
            return step.result()
        except aiomqtt.MqttError as error:
            raise ConnectionError(f"the broker is gone: {error}") from None

    async def _listen(self) -> None:
        topics = [topic for topic in self._world.topics if topic not in self._subscribed]
        for start in range(0, len(topics), BATCH):
            await self._subscribe(*topics[start : start + BATCH])
        gone = self._subscribed - set(self._world.topics)
        if gone:
            self._subscribed -= gone
            with contextlib.suppress(aiomqtt.MqttError):
                await self._client.unsubscribe(sorted(gone)[:1000])
        self._subscribed |= set(topics)

    async def _subscribe(self, *topics: str) -> None:
        # QoS 0: mosquitto cuts a QoS 1 snapshot of retained messages at its queue length (research 3, pitfall 4).
        try:
            await self._client.subscribe([(topic, 0) for topic in topics])
        except aiomqtt.MqttError as error:
            raise ConnectionError(f"the broker does not let us listen: {error}") from None

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Returns when the broker took the messages (QoS 1); raises RefusedError or OSError."""
        for message in self._world.wish(uid, key, verb, value):
            try:
                await self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)
            except aiomqtt.MqttError as error:
                raise ConnectionError(f"the broker did not take it: {error}") from None
            except ValueError as error:
                raise RefusedError(f"the device's topic cannot be used: {error}") from None

    async def close(self) -> None:
        """Says good-bye where the broker still listens; may be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)


def _link(scheme: str, host: str, port: int, title: str, options: tuple[tuple[str, str], ...]) -> Link:
    if scheme not in _PORT or not host:
        raise ProblemError(_bad_url("it needs mqtt:// or mqtts:// and a host"))
    shown = f"[{host}]" if ":" in host else host
    where = f"{scheme}://{shown}:{port or _PORT[scheme]}"
    prefix = dict(options).get("prefix", "")
    return Link(
        id=LinkId(derived("link", "mqtt", where, prefix)),
        protocol="mqtt",
        address=where,
        title=title or f"MQTT {shown}",
        options=options,
    )


def _bytes(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else b""


def _remember(file: Path, text: str) -> None:
    """Writes beside and renames, so that a crash leaves the old or the new, never half."""
    with contextlib.suppress(OSError):
        atomic.write(file, text, mode=0o600)


class _Closing(ssl.SSLSocket):
    """paho 2.2 leaves a socket open whose handshake failed (a certificate that is not trusted)."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            self.close()
            raise


def _trust(ca: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca or None)
        context.sslsocket_class = _Closing
        return context
    except (OSError, ssl.SSLError) as error:
        raise ProblemError(
            Problem(
                code="mqtt.ca",
                what="The certificate file of the broker cannot be read",
                where=ca,
                remedy="Name a PEM file that you may read: mqtts://host?ca=/path/ca.crt",
                detail=str(error),
            )
        ) from None


def _near(host: str) -> bool:
    """Whether the host is on this machine or in the local network, as far as its name tells."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home", ".home.arpa", ".internal", ".fritz.box"))
    return ip.is_private or ip.is_loopback or ip.is_link_local


def _understood(error: aiomqtt.MqttError, link: Link, *, secure: bool) -> Exception:
    """What a failed connection means."""
    code = getattr(error, "rc", None)
    number = getattr(code, "value", code)
    if number in _REFUSED:
        return AuthError("the broker wants another user name or password")
    if isinstance(error.__context__, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ProblemError(
            Problem(
                code="mqtt.certificate",
                what="The broker's certificate is not trusted",
                where=link.address,
                remedy="If the broker has a certificate of its own making, add its CA: mqtts://host?ca=/path/ca.crt",
                retry=True,
                detail=str(error)[:300],
            )
        )
    if secure and isinstance(error.__context__, ssl.SSLError):
        return ConnectionError("the broker does not speak TLS on this port")
    if "timed out" in str(error).lower():
        return TimeoutError("no answer from the broker")
    said = re.sub(r"^\[Errno -?\d+\] ", "", clean_name(error, 200))
    return ConnectionError(said or "the broker cannot be reached")


def _bad_url(why: str) -> Problem:
    return Problem(
        code="mqtt.url",
        what=f"This is no address of a broker: {why}",
        remedy="Write it like mqtts://broker.local:8883 or mqtt://192.168.1.10",
    )


def _in_the_clear(host: str) -> Problem:
    return Problem(
        code="mqtt.clear_password",
        what="The password would travel unencrypted over the internet",
        where=host,
        remedy="Use mqtts:// for this broker",
    )


ADAPTER = MqttAdapter()

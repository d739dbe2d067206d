"""MQTT adapter: every device behind a broker that is announced by Home Assistant's MQTT discovery.

URL: `mqtt://host[:1883]`, `mqtts://host[:8883]`, with
`?ca=FILE&pin=FINGERPRINT&prefix=homeassistant&client=NAME&birth=no`.
aiomqtt needs `loop.add_reader`: the loop must be a selector loop (on Windows too).
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

from devices.contract import (
    AdapterContext,
    AdapterSession,
    Secret,
    Service,
)
from devices.local_name import addresses_of, is_local
from devices.loopback_address import LOOPBACKS
from devices.protocols.mqtt.broker_options import OPTIONS, discovery_prefix
from devices.protocols.mqtt.connection import BrokerAddress, BrokerConnection, ConnectError
from devices.protocols.mqtt.mqtt_session import MqttSession
from devices.protocols.mqtt.probe import probe
from devices.tls import cleaned_fingerprint, explain_tls_error, fetched, no_fingerprint, trusting
from twin.model.candidate import Candidate, Need
from twin.model.certificate import Certificate
from twin.model.device import Link
from twin.model.ids import LinkId, clean_name, derived
from twin.model.link_option import checked_options, option_values
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_PORT = {"mqtt": 1883, "mqtts": 8883}


class MqttAdapter:
    """Adapter of MQTT brokers; each broker is one link."""

    protocol = "mqtt"
    title = "MQTT"
    service_types = ("_mqtt._tcp", "_secure-mqtt._tcp")
    schemes = ("mqtt", "mqtts")
    options = OPTIONS
    has_login = True
    surveys_radio = True
    scan_every_s = 30.0

    def claim(self, service: Service) -> Candidate | None:
        """A candidate for a broker announced by DNS-SD; None for other services. Plain and TLS services get the same
        key.
        """
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
        """The link to a broker. Raises ProblemError for an invalid URL or option, or a password in the URL."""
        if isinstance(target, Candidate):
            facts = dict(target.facts)
            name = facts.get("host", "").lower().rstrip(".")
            # the name stays when the address changes, and is what a certificate is for
            host = name if is_local(name) or not target.addresses else target.addresses[0]
            return _link(facts.get("scheme", "mqtt"), host, target.port, target.name, ())
        try:
            url = urlsplit(target.strip())
            port = url.port
        except ValueError:
            raise ProblemError(_bad_url(Text("url.port"))) from None
        if url.scheme not in self.schemes or not url.hostname:
            raise ProblemError(_bad_url(Text("mqtt.url_form")))
        if url.password is not None:
            raise ProblemError(_bad_url(Text("url.password")))
        options, problems = checked_options(OPTIONS, parse_qsl(url.query)[:16], target)
        if problems:
            raise ProblemError(*problems)
        options = tuple((name, _option(name, value)) for name, value in options)
        return _link(url.scheme, url.hostname, port or 0, "", options)

    def distinction(self, link: Link) -> str:
        """The prefix by which devices behind the broker are discovered."""
        return discovery_prefix(link)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A connected session. Raises AuthError, OSError, TimeoutError, or ProblemError (TLS error, password without
        TLS).
        """
        url = urlsplit(link.address)
        host, secure = url.hostname or "", url.scheme == "mqtts"
        if secret and secret.password and not secure and not _near(host):
            raise ProblemError(_in_the_clear(host))
        port = url.port or _PORT[url.scheme]
        tls, options = None, option_values(OPTIONS, link.options)
        if secure:
            tls = await asyncio.to_thread(trusting, host, ca=options["ca"], pin=options["pin"])
        hosts = await addresses_of(host)
        try:
            connection = await BrokerConnection.open(
                BrokerAddress(hosts=hosts, port=port, client=options["client"], tls=tls), secret
            )
        except ConnectError as error:
            if not isinstance(error.cause, ssl.SSLError):
                raise
            problem = explain_tls_error(error.cause, host, link.title or link.address, await fetched(hosts, port, host))
            if problem is None:
                raise ConnectionError(Text("mqtt.no_tls")) from None
            raise ProblemError(problem) from None
        session = MqttSession(connection, link, adapter_context)
        try:
            await session.begin()
        except BaseException:
            await session.close()
            raise
        return session

    async def certificate(self, link: Link) -> Certificate | None:
        """The broker's TLS certificate; None for a link without TLS or where no host answers."""
        url = urlsplit(link.address)
        if url.scheme != "mqtts" or not url.hostname:
            return None
        hosts = await addresses_of(url.hostname)
        return await fetched(hosts, url.port or _PORT["mqtts"], url.hostname)

    async def scan(self) -> AsyncIterator[Candidate]:
        """Yields a candidate where a broker answers on this machine at port 1883, since local brokers rarely announce
        themselves.
        """
        for host in LOOPBACKS:
            answer = await probe(host, 1883)
            if answer is not None:
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
                return


def _link(scheme: str, host: str, port: int, title: str, options: tuple[tuple[str, str], ...]) -> Link:
    if scheme not in _PORT or not host:
        raise ProblemError(_bad_url(Text("mqtt.url_form")))
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


def _option(name: str, value: str) -> str:
    """An option of the URL as it is stored. Raises ProblemError for an invalid fingerprint."""
    if name != "pin":
        return value
    pin = cleaned_fingerprint(value)
    if not pin:
        raise ProblemError(no_fingerprint(value))
    return pin


def _near(host: str) -> bool:
    """Whether the host is on this machine or in the local network, judged by its address or name only."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home", ".home.arpa", ".internal", ".fritz.box"))
    return ip.is_private or ip.is_loopback or ip.is_link_local


def _bad_url(why: Text) -> Problem:
    return Problem(code="mqtt.url", args={"why": why})


def _in_the_clear(host: str) -> Problem:
    return Problem(code="mqtt.clear_password", where=host)


ADAPTER = MqttAdapter()

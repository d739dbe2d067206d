"""Sends one message over one channel: SMTP (RFC 5321, STARTTLS RFC 3207), webhook, ntfy (JSON publishing), MQTT.

Every message carries the id of its delivery (`Message-ID`, `X-Oikos-Delivery`, `Idempotency-Key`, field `id`), which a
repetition after a crash has as well.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from devices.contract import Secret
from devices.tls import trusting
from twin.model.problem import ProblemError
from twin.model.text import LIBRARY, Text, why
from twin.rules.notification import (
    ChannelKind,
    ChannelSecurity,
    Message,
    MessageKind,
    NotificationChannel,
    is_mail_address,
)

TIMEOUT_S = 20.0
SMTP_PORTS = {ChannelSecurity.STARTTLS: 587, ChannelSecurity.TLS: 465, ChannelSecurity.NONE: 25}
NTFY_PRIORITY = {1: 5, 2: 4, 3: 3, 4: 2}
"""ntfy's priorities (5 is the most urgent) by ours."""
MOST_ANSWER = 300
"""Most characters of a server's answer that are kept; no more bytes of it are read."""
_TRY_AGAIN = frozenset((401, 403, 404, 407, 408, 423, 425, 429))
"""HTTP answers that a changed password or address, or time, may mend; other 4xx are final."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with an e-mail: its name, type (`application/pdf`) and content."""

    name: str
    media_type: str
    data: bytes


class NotSentError(Exception):
    """A message was not taken. `lasting`: no further try can succeed; `alone`: it concerns this delivery only, not the whole
    channel; `detail`: the server's own words."""

    def __init__(self, reason: Text, *, lasting: bool = False, alone: bool = False, detail: str = "") -> None:
        super().__init__(str(reason))
        self.reason, self.lasting, self.detail = reason, lasting, detail[:MOST_ANSWER]
        self.alone = alone or lasting


async def send(
    channel: NotificationChannel,
    secret: Secret,
    to: str,
    message: Message,
    id: str,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Sends a message, `id` being that of its delivery; only e-mails have attachments. Raises NotSentError."""
    match channel.kind:
        case ChannelKind.EMAIL:
            work = _email(channel, secret, to, message, id, attachments)
        case ChannelKind.WEBHOOK:
            work = _webhook(channel, secret, message, id)
        case ChannelKind.NTFY:
            work = _ntfy(channel, secret, to, message, id)
        case ChannelKind.MQTT:
            work = _mqtt(channel, secret, to, message, id)
    await _in_time(work)


async def _in_time(work: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await work
    except NotSentError:
        raise
    except TimeoutError as error:
        raise NotSentError(Text("reason.no_answer")) from error
    except ssl.SSLError as error:
        raise NotSentError(Text("notify.certificate"), detail=str(error)) from error
    except (OSError, ValueError) as error:
        raise NotSentError(why(error), detail=str(error)) from error


async def _trust(channel: NotificationChannel, host: str) -> ssl.SSLContext:
    """The TLS context of a channel's server. Raises NotSentError where its file of certificates cannot be read."""
    try:
        return await asyncio.to_thread(trusting, host, ca=channel.ca, pin=channel.pin)
    except ProblemError as error:
        raise NotSentError(Text("notify.certificate"), detail=str(error)) from error


def document(message: Message, id: str) -> dict[str, Any]:
    """A message as a JSON document, for webhooks and MQTT."""
    return {
        "id": id, "message": message.id, "kind": message.kind.value, "time_ms": message.time_ms, "title": message.title,
        "text": message.text, "alarm": message.alarm, "priority": message.priority, "class": message.category,
    }  # fmt: skip


# -- e-mail


async def _email(
    channel: NotificationChannel, secret: Secret, to: str, message: Message, id: str, attachments: Sequence[Attachment]
) -> None:
    aiosmtplib = await asyncio.to_thread(import_module, "aiosmtplib")  # not before the first message
    host, port = host_and_port(channel.address, SMTP_PORTS[channel.security])
    if not to:
        raise NotSentError(Text("notify.no_address"), lasting=True)
    mail = _well_formed(channel, to, message, id)
    for one in attachments:
        kind, _, subtype = one.media_type.partition("/")
        mail.add_attachment(one.data, maintype=kind, subtype=subtype, filename=one.name)
    context = await _trust(channel, host)
    client = aiosmtplib.SMTP(
        hostname=host, port=port, use_tls=channel.security is ChannelSecurity.TLS, start_tls=False,
        tls_context=context, timeout=TIMEOUT_S,
    )  # fmt: skip
    try:
        await client.connect()
        if channel.security is ChannelSecurity.STARTTLS:
            await _start_tls(client)
        if channel.user:
            if channel.security is ChannelSecurity.NONE and not is_loopback(host):
                raise NotSentError(Text("notify.clear_password"), lasting=True)
            await client.login(channel.user, secret.password)
        await client.send_message(mail)
    except aiosmtplib.SMTPException as error:
        raise _smtp_error(error) from error
    finally:
        client.close()


async def _start_tls(client: Any) -> None:  # noqa: ANN401 - aiosmtplib's client
    import aiosmtplib

    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise NotSentError(Text("notify.no_starttls"))
    try:
        await client.starttls()
    except aiosmtplib.SMTPException as error:
        raise NotSentError(Text("notify.certificate"), detail=str(error)) from error


def _well_formed(channel: NotificationChannel, to: str, message: Message, id: str) -> EmailMessage:
    """The e-mail of a message; NotSentError where an address is none."""
    for address in (channel.sender or channel.user, to):
        if not is_mail_address(address):
            raise NotSentError(Text("notify.bad_address", address=address), lasting=True)
    return composed(channel, to, message, id)


def composed(channel: NotificationChannel, to: str, message: Message, id: str) -> EmailMessage:
    """The e-mail of a message; that of an urgent alarm is marked as important."""
    sender = channel.sender or channel.user
    mail = EmailMessage()
    mail["Subject"] = " ".join(f"{message.title}".split())
    mail["From"], mail["To"] = sender, to
    mail["Date"] = formatdate(message.time_ms / 1000)
    domain = sender.rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<{id}@{domain}>" if domain.isascii() else make_msgid(id)
    mail["X-Oikos-Delivery"], mail["Auto-Submitted"] = id, "auto-generated"
    if message.priority <= 2 and message.kind is MessageKind.ALARM:
        mail["X-Priority"], mail["Importance"] = "1", "high"
    mail.set_content(f"{message.title}\n\n{message.text}\n")
    return mail


def _smtp_error(error: Exception) -> NotSentError:
    """The reason in an error of the SMTP library, with the server's own words."""
    import aiosmtplib

    code, said = getattr(error, "code", 0) or 0, str(getattr(error, "message", "") or error)
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return NotSentError(Text("notify.login_refused", text=f"{code} {said}"), detail=f"{code} {said}")
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            first = refused[0]
            text = f"{first.code} {first.message}"
            return NotSentError(Text("notify.recipient_refused", text=text), lasting=first.code >= 500, alone=True, detail=text)  # fmt: skip
        case aiosmtplib.SMTPConnectTimeoutError() | aiosmtplib.SMTPReadTimeoutError() | aiosmtplib.SMTPTimeoutError():
            return NotSentError(Text("reason.no_answer"), detail=said)
        case aiosmtplib.SMTPConnectError():
            cause = error.__cause__ or error.__context__
            if isinstance(cause, ssl.SSLError):
                return NotSentError(Text("notify.certificate"), detail=said)
            return NotSentError(why(cause) if isinstance(cause, OSError) else Text(LIBRARY, text=said), detail=said)
        case aiosmtplib.SMTPServerDisconnected():
            return NotSentError(Text("reason.connection_broken"), detail=said)
        case _:
            text = f"{code} {said}" if code else said
            alone = isinstance(error, aiosmtplib.SMTPDataError)
            return NotSentError(Text("notify.server_refused", text=text), lasting=code in (552, 554), alone=alone, detail=text)  # fmt: skip


def host_and_port(address: str, port: int) -> tuple[str, int]:
    """Host and port of `mail.example.org:587` or `[::1]:587`; ValueError for another form."""
    parts = urlsplit(f"//{address.partition('://')[2] or address}")
    if not parts.hostname:
        raise ValueError(f"{address} names no server")
    return parts.hostname, parts.port or port


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# -- HTTP


async def _webhook(channel: NotificationChannel, secret: Secret, message: Message, id: str) -> None:
    headers = {"X-Oikos-Delivery": id, "Idempotency-Key": id}
    await _post(channel, secret, channel.address, document(message, id), headers)


async def _ntfy(channel: NotificationChannel, secret: Secret, to: str, message: Message, id: str) -> None:
    topic = to or channel.topic
    if not topic:
        raise NotSentError(Text("notify.no_topic"), lasting=True)
    parts = urlsplit(channel.address)
    root = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    body = {
        "topic": topic, "title": message.title, "message": message.text or message.title,
        "priority": NTFY_PRIORITY[message.priority], "tags": [message.kind.value],
    }  # fmt: skip
    await _post(channel, secret, root, body, {"X-Oikos-Delivery": id, "Idempotency-Key": id})


async def _post(
    channel: NotificationChannel, secret: Secret, url: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    aiohttp = await asyncio.to_thread(import_module, "aiohttp")
    host = urlsplit(url).hostname or ""
    secure = urlsplit(url).scheme == "https"
    if channel.user:
        headers["Authorization"] = aiohttp.encode_basic_auth(channel.user, secret.password, encoding="utf-8")
    elif secret.password:
        headers["Authorization"] = f"Bearer {secret.password}"
    if secret.password and not secure and not is_loopback(host):
        raise NotSentError(Text("notify.clear_password"), lasting=True)
    own = secure and (channel.pin or channel.ca)
    context: Any = await _trust(channel, host) if own else True
    try:
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(url, json=body, headers=headers, ssl=context, allow_redirects=False) as answer,
        ):
            if answer.status >= 300:
                text = (await answer.content.read(MOST_ANSWER)).decode("utf-8", "replace")
                said = f"{answer.status} {answer.reason or ''} {text}".strip()
                final = 400 <= answer.status < 500 and answer.status not in _TRY_AGAIN
                code = "notify.login_refused" if answer.status in (401, 403) else "notify.server_refused"
                one_topic = channel.kind is ChannelKind.NTFY and answer.status < 500 and answer.status != 429
                raise NotSentError(Text(code, text=said), lasting=final, alone=one_topic, detail=said)
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
        raise NotSentError(Text("notify.certificate"), detail=str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise NotSentError(why(error.os_error), detail=str(error)) from error
    except aiohttp.ClientError as error:
        raise NotSentError(Text(LIBRARY, text=str(error) or type(error).__name__), detail=str(error)) from error


# -- MQTT


async def _mqtt(channel: NotificationChannel, secret: Secret, to: str, message: Message, id: str) -> None:
    aiomqtt = await asyncio.to_thread(import_module, "aiomqtt")
    parts = urlsplit(channel.address)
    secure, topic = parts.scheme == "mqtts", to or channel.topic
    if not parts.hostname or parts.scheme not in ("mqtt", "mqtts"):
        raise ValueError(f"{channel.address} is no mqtt:// or mqtts:// address")
    if not topic:
        raise NotSentError(Text("notify.no_topic"), lasting=True)
    if secret.password and not secure and not is_loopback(parts.hostname):
        raise NotSentError(Text("notify.clear_password"), lasting=True)
    try:
        async with aiomqtt.Client(
            parts.hostname, parts.port or (8883 if secure else 1883), username=channel.user or None,
            password=secret.password or None, timeout=TIMEOUT_S, identifier=f"oikos-{id[:16]}",
            tls_context=await _trust(channel, parts.hostname) if secure else None,
        ) as client:  # fmt: skip
            await client.publish(topic, msgspec.json.encode(document(message, id)), qos=1)
    except aiomqtt.MqttError as error:
        said = str(error)
        refused = any(word in said.lower() for word in ("not authorized", "bad user name", "authoris"))
        cause = error.__cause__ or error.__context__
        if refused:
            raise NotSentError(Text("notify.login_refused", text=said), detail=said) from error
        raise NotSentError(why(cause) if isinstance(cause, OSError) else Text(LIBRARY, text=said), detail=said) from error  # fmt: skip

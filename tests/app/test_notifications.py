"""Notifications on real servers of this machine: e-mail with STARTTLS and login, webhook, ntfy's JSON publishing, MQTT."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from msgspec.structs import replace

from app.engine import notification_sending, notifier
from app.loop import Loop
from devices.contract import Secret
from devices.lab.mosquitto import Mosquitto, write_certificates
from devices.tls import fingerprint
from tests.app.conftest import Desk, rooms_building
from tests.app.test_rules_at_work import define, freezing, frost, house, passes, says
from twin.model.change import ProblemRaised
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError
from twin.rules.alarm_act import Acknowledge
from twin.rules.alarm_definition import MINUTE_MS, AlarmPriority
from twin.rules.automation import Automation, Notify
from twin.rules.definition_body import definition_of
from twin.rules.notification import (
    GIVE_UP_TRIES,
    MOST_DELIVERIES,
    ChannelKind,
    ChannelSecurity,
    ChannelUse,
    Delivery,
    Message,
    MessageKind,
    NotificationChannel,
    Outbox,
    QuietHours,
    Recipient,
    failed,
    is_mail_address,
    put,
    shifted,
)

__all__ = ("house",)
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
def loop() -> Iterator[Loop]:
    """The loop of the servers."""
    one = Loop(lambda error, where: None)
    one.start()
    yield one
    one.stop()


@dataclass
class MailServer:
    """What a mail server took, and whether it takes anything."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusal: str = ""
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (b"oikos", b"right")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def mail(loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that wants STARTTLS and a login."""
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)
    write_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    one = MailServer()

    def session() -> SMTP:
        return SMTP(
            one, hostname="mail", tls_context=context, require_starttls=True, authenticator=login, auth_required=True
        )

    async def begin() -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)

    server = loop.submit(begin(), name="mail").result(60)
    one.port = server.sockets[0].getsockname()[1]
    yield one

    async def end() -> None:
        server.close()

    loop.submit(end(), name="mail").result(60)


@dataclass
class HttpServer:
    """What was posted to a web server, and what it answers."""

    posts: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    status: int = 200
    url: str = ""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """What requests of /slow wait for."""

    async def take(self, request: web.Request) -> web.Response:
        if request.path == "/slow":
            self.posts.append((request.path, dict(request.headers), await request.json()))
            await self.answers.wait()
            return web.Response(status=self.status)
        self.posts.append((request.path, dict(request.headers), await request.json()))
        return web.Response(status=self.status, text="so it is")


@pytest.fixture
def http(loop: Loop) -> Iterator[HttpServer]:
    one = HttpServer()

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", one.take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        return runner

    runner = loop.submit(begin(), name="http").result(60)
    yield one
    loop.submit(runner.cleanup(), name="http").result(60)


def email(mail: MailServer, tmp_path: Path, **more: Any) -> NotificationChannel:
    fields = {
        "kind": ChannelKind.EMAIL,
        "address": f"127.0.0.1:{mail.port}",
        "user": "oikos",
        "sender": "house@example.org",
        "ca": str(tmp_path / "ca.crt"),
    }
    return NotificationChannel(id="mail", title="Mail", **(fields | more))  # type: ignore[arg-type]


def webhook(http: HttpServer, id: str = "hook") -> NotificationChannel:
    return NotificationChannel(id=id, title="Hook", kind=ChannelKind.WEBHOOK, address=f"{http.url}{id}")


def somebody(id: str = "anna", *uses: ChannelUse, **more: Any) -> Recipient:
    return Recipient(id=id, title=id.title(), uses=uses or (ChannelUse(channel="hook"),), **more)


KINDS = {NotificationChannel: DefinitionKind.CHANNEL, Recipient: DefinitionKind.RECIPIENT}


def notify(api: Desk, *values: NotificationChannel | Recipient) -> None:
    edits = [DefinitionEdit(KINDS[type(one)], one.id, definition_of(one)) for one in values]
    api.engine.change_definitions(edits).result(60)


def told(api: Desk) -> list[str]:
    """The codes of the deliveries' log, oldest first."""
    return [one.reason.code for one in reversed(api.engine.run_log(0, 1 << 60, 500, "notify").result(60))]


def waiting(api: Desk) -> int:
    return len(api.engine.notifications().result(60).waiting)


def delivered(api: Desk, count: int) -> None:
    """Waits until so many deliveries ended well."""
    api.until(lambda: told(api).count("notify.delivered") == count, f"{count} delivered")


def test_an_alarm_is_mailed_once_over_starttls_with_login_and_says_what_where_when_and_what_to_do(
    house: Desk, mail: MailServer, tmp_path: Path
) -> None:
    notify(house, email(mail, tmp_path), somebody("anna", ChannelUse(channel="mail", to="anna@example.org")))
    house.engine.keep_channel_password("mail", "right").result(60)
    freezing(house, title="Pipes may freeze", what_to_do="Close the window")
    delivered(house, 1)
    (one,) = mail.mails
    assert (mail.recipients, mail.encrypted) == (["anna@example.org"], [True])
    assert (one["Subject"], one["From"], one["X-Priority"]) == ("Pipes may freeze", "house@example.org", "1")
    text = one.get_content()
    for part in ("Pipes may freeze", "Time: 2026", "Place: Lamp", "What to do: Close the window"):
        assert part in text, (part, text)
    assert waiting(house) == 0
    assert house.engine.notifications().result(60).with_password == ("mail",)
    passes(house, HOUR_MS)
    assert len(mail.mails) == 1, "one message for each annunciation"


@pytest.mark.parametrize(
    ("more", "password", "code", "said"),
    [
        ({}, "wrong", "notify.login_refused", "535"),
        ({"ca": ""}, "right", "notify.certificate", ""),
        ({"security": ChannelSecurity.NONE, "user": ""}, "right", "notify.server_refused", "530"),
        ({"address": "127.0.0.1:1"}, "right", "reason.connection_refused", ""),
        ({"address": "no-such-host.invalid:25"}, "right", "reason.unknown_name", ""),
    ],
)
def test_a_test_that_fails_says_why_in_the_servers_own_words(
    house: Desk, mail: MailServer, tmp_path: Path, more: dict[str, Any], password: str, code: str, said: str
) -> None:
    channel = definition_of(email(mail, tmp_path, **more))
    with pytest.raises(ProblemError) as refused:
        house.engine.test_channel(channel, "anna@example.org", password).result(60)
    (problem,) = refused.value.problems
    assert problem.code == "notify.not_sent"
    assert (problem.args["why"]["code"], said in problem.detail) == (code, True), problem


def test_a_test_that_is_not_saved_arrives_and_an_address_that_nobody_has_is_refused_for_good(
    house: Desk, mail: MailServer, tmp_path: Path
) -> None:
    channel = definition_of(email(mail, tmp_path))
    house.engine.test_channel(channel, "anna@example.org", "right").result(60)
    assert [one["Subject"] for one in mail.mails] == ["Test from house"]
    notify(house, email(mail, tmp_path))
    house.engine.keep_channel_password("mail", "right").result(60)
    notify(house, somebody("bob", ChannelUse(channel="mail", to="nobody@example.org")))
    freezing(house)
    house.until(lambda: told(house) == ["notify.given_up"], "given up")
    assert waiting(house) == 0
    assert any(_why(one.problem) == "notify.recipient_refused" for one in house.seen(ProblemRaised))


def _why(problem: Problem) -> str:
    return problem.args["why"]["code"] if problem.code == "notify.not_sent" else ""


@pytest.fixture
def https(loop: Loop, tmp_path: Path, mail: MailServer) -> Iterator[HttpServer]:
    """A web server with the certificate of the mail server."""
    one = HttpServer()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", one.take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        one.url = f"https://127.0.0.1:{runner.addresses[0][1]}/"
        return runner

    runner = loop.submit(begin(), name="https").result(60)
    yield one
    loop.submit(runner.cleanup(), name="https").result(60)


@pytest.mark.parametrize("typed", ["{}", "sha256:{}", "AA:AA"])
@pytest.mark.parametrize("kind", [ChannelKind.EMAIL, ChannelKind.WEBHOOK])
def test_only_the_pinned_certificate_is_given_a_password(
    house: Desk, mail: MailServer, https: HttpServer, tmp_path: Path, kind: ChannelKind, typed: str
) -> None:
    """One that an authority has signed is refused like any other; a pin that is no fingerprint trusts nothing."""
    right = fingerprint(ssl.PEM_cert_to_DER_cert((tmp_path / "server.crt").read_text()))
    server, took = (mail, mail.mails) if kind is ChannelKind.EMAIL else (https, https.posts)
    address = f"127.0.0.1:{mail.port}" if server is mail else https.url
    channel = email(mail, tmp_path, kind=kind, address=address, ca="")
    wrong = replace(channel, pin=typed.format(":".join(["AA"] * 32)))
    with pytest.raises(ProblemError) as refused:
        house.engine.test_channel(definition_of(wrong), "anna@example.org", "right").result(60)
    assert (_why(refused.value.problems[0]), took) == ("notify.certificate", [])
    if "{}" in typed:
        pinned = replace(channel, pin=typed.format(right.lower()))
        house.engine.test_channel(definition_of(pinned), "anna@example.org", "right").result(60)
        assert len(took) == 1


def test_no_more_of_an_answer_is_read_than_is_shown(house: Desk, loop: Loop) -> None:
    asked, given = 0, 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked, given
        asked += 1
        endless = web.StreamResponse(status=500)
        await endless.prepare(request)
        with contextlib.suppress(ConnectionError):
            while given < 2**26:
                await endless.write(b"no " * 2**14)
                given += 3 * 2**14
        return endless

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = loop.submit(begin(), name="http").result(60)
    hook = NotificationChannel(
        id="hook", kind=ChannelKind.WEBHOOK, address=f"http://127.0.0.1:{runner.addresses[0][1]}/"
    )
    with pytest.raises(ProblemError) as refused:
        house.engine.test_channel(definition_of(hook)).result(60)
    loop.submit(runner.cleanup(), name="http").result(60)
    assert (_why(refused.value.problems[0]), asked) == ("notify.server_refused", 1)
    assert given < 2**26, "the rest was read as well"


@pytest.mark.parametrize("address", ["anna@", "<", "b@[", "@example.org", ""])
def test_an_address_that_is_half_typed_is_refused_for_good_before_the_server_is_asked(
    house: Desk, mail: MailServer, tmp_path: Path, address: str
) -> None:
    for sender, to in (("house@example.org", address), (address or "<", "anna@example.org")):
        channel = definition_of(email(mail, tmp_path, sender=sender))
        with pytest.raises(ProblemError) as refused:
            house.engine.test_channel(channel, to, "right").result(60)
        assert _why(refused.value.problems[0]) in ("notify.bad_address", "notify.no_address")


@pytest.mark.parametrize("address", ["anna@example.org", "Anna <anna@example.org>", "a@b.org, c@d.org", "root"])
def test_an_address_of_any_form_is_taken(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.expects_log
def test_a_delivery_that_fails_as_no_other_does_is_given_up_and_the_others_go_out(
    house: Desk, http: HttpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain, tried = notifier.send, list[str]()

    async def broken(channel: NotificationChannel, secret: Secret, to: str, message: Message, id: str) -> None:
        tried.append(to)
        if to == "broken":
            raise RuntimeError("no such thing")
        await plain(channel, secret, to, message, id)

    monkeypatch.setattr(notifier, "send", broken)
    people = [somebody(id, ChannelUse(channel="hook", to=id)) for id in ("broken", "bob")]
    notify(house, webhook(http), *people)
    freezing(house)
    delivered(house, 1)
    assert (sorted(tried), sorted(told(house)), waiting(house)) == (
        ["bob", "broken"], ["notify.delivered", "notify.given_up"], 0,
    )  # fmt: skip
    assert [one.levelname for one in caplog.records if one.name == notifier.__name__] == ["ERROR"]


def test_a_full_mailbox_is_tried_again_and_keeps_nobody_else_from_their_mail(
    house: Desk, mail: MailServer, tmp_path: Path
) -> None:
    notify(house, email(mail, tmp_path))
    house.engine.keep_channel_password("mail", "right").result(60)
    people = [somebody(id, ChannelUse(channel="mail", to=f"{id}@example.org")) for id in ("full", "bob")]
    notify(house, *people)
    freezing(house)
    delivered(house, 1)
    assert (mail.recipients, waiting(house), told(house)) == (
        ["bob@example.org"], 1, ["notify.failed", "notify.delivered"],
    )  # fmt: skip


def raised(house: Desk, id: str, priority: AlarmPriority) -> None:
    """Another alarm of the cold lamp stands at once."""
    define(house, replace(frost(house, on_ms=0, priority=priority), id=id))
    house.until(lambda: any(one.id == id and one.active for one in house.engine.alarms().result(60)), f"{id} raised")


def test_a_slow_channel_holds_up_no_other_and_what_is_most_urgent_leaves_next(
    house: Desk, http: HttpServer, loop: Loop
) -> None:
    notify(house, webhook(http, "slow"), webhook(http, "fast"), somebody("anna", ChannelUse(channel="slow")))
    freezing(house)
    house.until(lambda: len(http.posts) == 1, "the slow one is asked")
    notify(house, somebody("bob", ChannelUse(channel="fast")))
    raised(house, "low", AlarmPriority.LOW)
    raised(house, "urgent", AlarmPriority.CRITICAL)
    delivered(house, 2)
    assert {(path, body["alarm"]) for path, _, body in http.posts[1:]} == {("/fast", "low"), ("/fast", "urgent")}
    loop.asyncio.call_soon_threadsafe(http.answers.set)
    delivered(house, 5)
    assert [body["alarm"] for path, _, body in http.posts if path == "/slow"] == ["frost:t", "urgent", "low"]


def test_a_server_that_is_away_is_asked_once_for_all_that_is_due_and_the_log_says_so_once(
    house: Desk, http: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    http.status = 503
    encoded = list[int]()

    class Counting:
        def encode(self, value: object) -> bytes:
            if isinstance(value, Outbox):
                encoded.append(len(value.deliveries))
            return msgspec.json.encode(value, order="deterministic")

    monkeypatch.setattr("app.engine.rule_saving._JSON", Counting())
    notify(house, webhook(http), *(somebody(f"p{number}") for number in range(50)))
    freezing(house)
    house.until(lambda: told(house) != [], "failed")
    assert (len(http.posts), told(house), waiting(house)) == (1, ["notify.failed"], 50)
    assert len(encoded) <= 2, "once when it was put, once when it failed"


def test_a_server_that_does_not_answer_does_not_hold_up_the_end(
    house: Desk, http: HttpServer, loop: Loop, monkeypatch: pytest.MonkeyPatch, make_desk: Callable[..., Desk]
) -> None:
    monkeypatch.setattr(notification_sending, "TIMEOUT_S", 86_400.0)
    notify(house, webhook(http, "slow"), somebody("anna", ChannelUse(channel="slow")))
    freezing(house)
    house.until(lambda: len(http.posts) == 1, "asked")
    house.engine.stop()
    loop.asyncio.call_soon_threadsafe(http.answers.set)
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(again.path).result(60)
    delivered(again, 1)
    assert len({body["id"] for _, _, body in http.posts}) == 1


@pytest.mark.blocks
def test_webhook_ntfy_and_mqtt_get_the_same_alarm_in_their_own_form(
    house: Desk, http: HttpServer, loop: Loop, tmp_path: Path, mosquitto: None
) -> None:
    broker = Mosquitto(tmp_path / "lab")
    facts = loop.submit(broker.start(), name="broker").result(60)
    ready, heard = asyncio.Event(), list[tuple[str, Any]]()

    async def listen() -> None:
        context = ssl.create_default_context(cafile=facts.ca)
        async with aiomqtt.Client(
            facts.host, facts.port, username=facts.user, password=facts.password, tls_context=context
        ) as client:
            await client.subscribe("building/#", qos=1)
            ready.set()
            async for one in client.messages:
                heard.append((str(one.topic), json.loads(bytes(one.payload))))  # type: ignore[arg-type]
                return

    listening = loop.submit(listen(), name="listen")
    loop.submit(ready.wait(), name="ready").result(60)
    ntfy = NotificationChannel(id="ntfy", kind=ChannelKind.NTFY, address=http.url, topic="site")
    mqtt = NotificationChannel(
        id="mqtt", kind=ChannelKind.MQTT, address=f"mqtts://{facts.host}:{facts.port}", user=facts.user, ca=facts.ca,
        topic="building/alarms",
    )  # fmt: skip
    uses = [ChannelUse(channel=one) for one in ("hook", "ntfy", "mqtt")]
    notify(house, webhook(http), ntfy, mqtt, somebody("anna", *uses))
    house.engine.keep_channel_password("ntfy", "tk_secret").result(60)
    house.engine.keep_channel_password("mqtt", facts.password).result(60)
    freezing(house, title="Pipes may freeze")
    delivered(house, 3)
    listening.result(60)
    by_path = {path: (headers, body) for path, headers, body in http.posts}
    headers, body = by_path["/hook"]
    assert (body["title"], body["priority"], body["class"], body["alarm"]) == ("Pipes may freeze", 2, "service", "frost:t")  # fmt: skip
    assert headers["Idempotency-Key"] == headers["X-Oikos-Delivery"] == body["id"]
    headers, body = by_path["/"]
    assert (body["topic"], body["title"], body["priority"]) == ("site", "Pipes may freeze", 4)
    assert headers["Authorization"] == "Bearer tk_secret"
    assert [(topic, document["title"]) for topic, document in heard] == [("building/alarms", "Pipes may freeze")]
    loop.submit(broker.stop(), name="stop").result(60)


def test_who_is_told_depends_on_priority_class_and_place(house: Desk, http: HttpServer) -> None:
    hooks = [webhook(http, id) for id in ("all", "grave", "safety", "kitchen", "attic")]
    people = [
        somebody("all", ChannelUse(channel="all")),
        somebody("grave", ChannelUse(channel="grave"), priority=1),
        somebody("safety", ChannelUse(channel="safety"), classes=("safety",)),
        somebody("kitchen", ChannelUse(channel="kitchen"), places=("room-Kitchen",)),
        somebody("attic", ChannelUse(channel="attic"), places=("room-Attic",)),
    ]
    notify(house, *hooks, *people)
    freezing(house)
    delivered(house, 2)
    assert sorted(path for path, _, _ in http.posts) == ["/all", "/kitchen"]


def test_an_alarm_that_nobody_acknowledges_goes_on_to_the_next_and_an_acknowledged_one_does_not(
    house: Desk, http: HttpServer
) -> None:
    second = somebody("boss", ChannelUse(channel="boss"), after_ms=10 * MINUTE_MS)
    notify(house, webhook(http), webhook(http, "boss"), somebody(), second)
    freezing(house, off_ms=0)
    delivered(house, 1)
    assert waiting(house) == 1
    passes(house, 10 * MINUTE_MS)
    delivered(house, 2)
    assert [path for path, _, _ in http.posts] == ["/hook", "/boss"]
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    passes(house, 15 * MINUTE_MS)
    delivered(house, 3)
    house.engine.act_on_alarms(["frost:t"], Acknowledge()).result(60)
    assert (waiting(house), told(house)[-1]) == (0, "notify.withdrawn")
    passes(house, HOUR_MS)
    assert [path for path, _, _ in http.posts] == ["/hook", "/boss", "/hook"]


def test_quiet_hours_are_those_of_the_site_and_only_what_is_urgent_comes_through(house: Desk, http: HttpServer) -> None:
    """It is 0:00 UTC, 8:00 in the house."""
    house.engine.context.loop.submit(_zone(house, "Asia/Shanghai"), name="zone").result(60)
    asleep = QuietHours(begin=22 * 60, end=8 * 60 + 30)
    awake = QuietHours(begin=0, end=6 * 60)
    urgent = QuietHours(begin=22 * 60, end=8 * 60 + 30, through=2)
    people = [
        somebody(id, ChannelUse(channel=id), quiet=quiet)
        for id, quiet in (("asleep", asleep), ("awake", awake), ("urgent", urgent))
    ]
    notify(house, *(webhook(http, one.id) for one in people), *people)
    freezing(house)  # at 8:15
    delivered(house, 2)
    assert sorted(path for path, _, _ in http.posts) == ["/awake", "/urgent"]
    passes(house, 15 * MINUTE_MS)
    delivered(house, 3)
    assert http.posts[-1][0] == "/asleep"


async def _zone(api: Desk, zone: str) -> None:
    building = rooms_building("Kitchen")
    site = dataclasses.replace(building.site, time_zone=zone)
    await api.engine.session.edits.edit(lambda project: project.set_building(dataclasses.replace(building, site=site)))


def test_what_is_over_before_quiet_hours_end_is_not_sent(house: Desk, http: HttpServer) -> None:
    notify(house, webhook(http), somebody(quiet=QuietHours(begin=0, end=12 * 60)))
    freezing(house, off_ms=0)
    assert waiting(house) == 1
    says(house, "t", 20.0)
    house.until(lambda: told(house) == ["notify.withdrawn"], "withdrawn")
    passes(house, 13 * HOUR_MS)
    assert (http.posts, waiting(house)) == ([], 0)


def test_a_server_that_is_away_is_asked_again_later_and_later_also_after_a_restart(
    house: Desk, http: HttpServer, make_desk: Callable[..., Desk]
) -> None:
    http.status = 503
    notify(house, webhook(http), somebody())
    freezing(house)
    house.until(lambda: told(house) == ["notify.failed"], "failed once")
    (waits,) = house.engine.notifications().result(60).waiting
    assert waits.due_ms - house.now[0] == 30_000
    passes(house, 30_000)
    house.until(lambda: told(house) == ["notify.failed"] * 2, "failed twice")
    (waits,) = house.engine.notifications().result(60).waiting
    assert (waits.tries, waits.due_ms - house.now[0]) == (2, 60_000)
    assert [_why(one.problem) for one in house.seen(ProblemRaised) if _why(one.problem)] == ["notify.server_refused"]
    house.engine.stop()
    http.status = 200
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(again.path).result(60)
    delivered(again, 1)
    assert waiting(again) == 0
    assert len({body["id"] for _, _, body in http.posts}) == 1, "each try has the same id"


def test_a_flood_is_summarised(house: Desk, http: HttpServer) -> None:
    notify(house, webhook(http), somebody())
    low = frost(house, on_ms=0, priority=AlarmPriority.LOW)
    define(house, *(replace(low, id=f"cold:{number}", title=f"Cold {number}") for number in range(40)))
    says(house, "t", 3.0)
    delivered(house, 1)
    (post,) = http.posts
    assert (post[2]["kind"], post[2]["title"]) == ("flood", "Flood of alarms")
    assert "40" in post[2]["text"]


def test_the_message_of_an_automation_goes_the_same_road_and_only_to_whom_it_names(
    house: Desk, http: HttpServer
) -> None:
    people = [
        somebody(), somebody("boss", ChannelUse(channel="boss")), somebody("off", ChannelUse(channel="off"), notices=False)
    ]  # fmt: skip
    notify(house, *(webhook(http, id) for id in ("hook", "boss", "off")), *people)
    define(
        house,
        Automation(id="all", title="All", actions=(Notify(text="The bin goes out"),)),
        Automation(id="one", title="One", actions=(Notify(text="Only you", to=("off",)),)),
    )
    house.engine.run_rule("all").result(60)
    delivered(house, 2)
    house.engine.run_rule("one").result(60)
    delivered(house, 3)
    said = [(path, body["title"], body["text"]) for path, _, body in http.posts]
    assert sorted(said[:2]) == [("/boss", "All", "The bin goes out"), ("/hook", "All", "The bin goes out")]
    assert said[2:] == [("/off", "One", "Only you")]


def test_the_end_of_an_alarm_is_sent_to_those_who_want_it(house: Desk, http: HttpServer) -> None:
    notify(
        house, webhook(http), webhook(http, "all"), somebody(), somebody("b", ChannelUse(channel="all"), returns=True)
    )
    freezing(house, off_ms=0, title="Cold")
    delivered(house, 2)
    says(house, "t", 20.0)
    delivered(house, 3)
    assert (http.posts[-1][0], http.posts[-1][2]["title"]) == ("/all", "Over: Cold")


def test_what_waits_follows_the_recipient_who_was_removed_or_has_another_address_or_is_asleep_by_then(
    house: Desk, http: HttpServer
) -> None:
    """It is 0:15 UTC when the alarm comes, and 0:25 when what waits is due."""
    notify(house, webhook(http), webhook(http, "b"), *(somebody(id, after_ms=10 * MINUTE_MS) for id in ("gone", "asleep", "moved")))  # fmt: skip
    freezing(house)
    assert waiting(house) == 3
    house.engine.change_definitions([DefinitionEdit(DefinitionKind.RECIPIENT, "gone")]).result(60)
    asleep = QuietHours(begin=20, end=60)
    notify(house, somebody("asleep", after_ms=10 * MINUTE_MS, quiet=asleep), somebody("moved", ChannelUse(channel="hook", to="x")))  # fmt: skip
    passes(house, 10 * MINUTE_MS)
    delivered(house, 1)
    house.until(lambda: told(house).count("notify.not_asked") == 1, "dropped")
    (waits,) = house.engine.notifications().result(60).waiting
    assert (waits.recipient, waits.due_ms - house.now[0]) == ("asleep", 35 * MINUTE_MS)


def test_a_recipient_whose_channel_is_gone_is_told_of_by_a_problem_and_in_the_log(house: Desk) -> None:
    notify(house, somebody("anna", ChannelUse(channel="gone")))
    freezing(house)
    assert (told(house), waiting(house)) == (["notify.no_channel"], 0)
    assert [one.problem.args for one in house.seen(ProblemRaised) if one.problem.code == "notify.channel_missing"] == [
        {"who": "Anna"}
    ]


def test_a_repetition_says_that_the_alarm_is_over_and_waits_for_the_end_of_quiet_hours(
    house: Desk, http: HttpServer
) -> None:
    http.status = 503
    notify(house, webhook(http), somebody(quiet=QuietHours(begin=16, end=60)))
    freezing(house, off_ms=0, title="Cold")  # at 0:15
    house.until(lambda: told(house) == ["notify.failed"], "failed")
    http.status = 200
    says(house, "t", 20.0)
    passes(house, MINUTE_MS)
    house.until(lambda: waiting_until(house) == [44 * MINUTE_MS], "put off")
    passes(house, 44 * MINUTE_MS)
    delivered(house, 1)
    assert [body["title"] for _, _, body in http.posts] == ["Cold", "Over: Cold"]
    assert len({body["id"] for _, _, body in http.posts}) == 1


def waiting_until(api: Desk) -> list[int]:
    """In how many ms each of what waits is due."""
    return [one.due_ms - api.now[0] for one in api.engine.notifications().result(60).waiting]


def delivery(number: int, kind: MessageKind, priority: int, **more: Any) -> Delivery:
    message = Message(id=f"m{number}", kind=kind, time_ms=number, title="", priority=priority)
    return Delivery(
        id=f"d{number}", message=message, recipient="anna", use=ChannelUse(channel="hook"), due_ms=number, **more
    )


def test_a_full_outbox_loses_the_oldest_of_what_is_least_urgent() -> None:
    full = put(Outbox(), (delivery(number, MessageKind.NOTICE, 3) for number in range(MOST_DELIVERIES)))
    smoke = delivery(MOST_DELIVERIES, MessageKind.ALARM, 1)
    after = put(full, [smoke])
    assert len(after.deliveries) == MOST_DELIVERIES
    assert (after.deliveries[0].id, after.deliveries[-1]) == ("d1", smoke)


def test_a_delivery_is_given_up_after_a_day_of_tries_and_not_for_a_day_without_an_engine() -> None:
    outbox = Outbox(deliveries=(delivery(1, MessageKind.ALARM, 2),))
    now_ms, tries, day_ms = 30 * 24 * HOUR_MS, 0, 24 * HOUR_MS  # a month after the message
    gone = tuple[Delivery, ...]()
    for _ in range(2):
        outbox, gone = failed(outbox, {"d1"}, now_ms, lasting=False)
        assert not gone
        now_ms += day_ms  # the engine was off
    while not gone:
        now_ms, tries = outbox.deliveries[0].due_ms, tries + 1
        outbox, gone = failed(outbox, {"d1"}, now_ms, lasting=False)
    assert (tries, [one.id for one in gone], outbox.deliveries) == (GIVE_UP_TRIES - 1, ["d1"], ())


def test_a_step_of_the_clock_moves_what_waits() -> None:
    (moved,) = shifted(Outbox(deliveries=(delivery(5, MessageKind.ALARM, 2, first_try_ms=3),)), 100).deliveries
    assert (moved.due_ms, moved.first_try_ms) == (105, 103)


def test_a_stored_password_goes_to_the_server_that_it_was_entered_for_alone(
    house: Desk, mail: MailServer, http: HttpServer, tmp_path: Path
) -> None:
    """Neither a test nor a changed channel sends it elsewhere; it goes with the channel."""
    notify(house, email(mail, tmp_path))
    house.engine.keep_channel_password("mail", "right").result(60)
    elsewhere = replace(webhook(http), id="mail")
    house.engine.test_channel(definition_of(elsewhere)).result(60)
    assert "Authorization" not in http.posts[0][1]
    for more in ({"address": "127.0.0.1:1"}, {"user": "another"}, {"kind": ChannelKind.WEBHOOK, "address": http.url}):
        with pytest.raises(ProblemError) as refused:
            house.engine.test_channel(definition_of(email(mail, tmp_path, **more)), "anna@example.org").result(60)
        assert _why(refused.value.problems[0]) == "notify.other_server"
    house.engine.test_channel(definition_of(email(mail, tmp_path)), "anna@example.org").result(60)
    notify(house, elsewhere)
    assert house.engine.notifications().result(60).with_password == ()
    notify(house, email(mail, tmp_path))
    assert house.engine.notifications().result(60).with_password == ("mail",)
    house.engine.change_definitions([DefinitionEdit(DefinitionKind.CHANNEL, "mail")]).result(60)
    notify(house, email(mail, tmp_path))
    assert house.engine.notifications().result(60).with_password == ()
    assert (len(http.posts), len(mail.mails)) == (1, 1)


def test_a_password_of_a_channel_that_is_not_there_is_refused(house: Desk) -> None:
    with pytest.raises(ProblemError) as refused:
        house.engine.keep_channel_password("pager", "right").result(60)
    assert refused.value.problems[0].code == "unknown.channel"


def test_a_password_stands_in_no_file_of_the_project_and_an_empty_one_is_forgotten(
    house: Desk, http: HttpServer
) -> None:
    notify(house, webhook(http), somebody())
    house.engine.keep_channel_password("hook", "tk_very_secret").result(60)
    assert house.engine.notifications().result(60).with_password == ("hook",)
    freezing(house)
    delivered(house, 1)
    assert http.posts[0][1]["Authorization"] == "Bearer tk_very_secret"
    house.engine.keep_channel_password("hook", "").result(60)
    assert house.engine.notifications().result(60).with_password == ()
    house.engine.stop()
    assert not [file for file in house.folder.glob("house.oikos*") if b"tk_very_secret" in file.read_bytes()]

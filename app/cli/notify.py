"""`oikos notify`: who is told of alarms and how: channels, recipients, a test, what waits, and what was delivered."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.named_files import absolute
from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate

if TYPE_CHECKING:
    from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
    from twin.model.notification_status import NotificationStatus
    from twin.model.twin import Twin
    from twin.rules.notification import ChannelUse, NotificationChannel, QuietHours, Recipient

LIST, CHANNEL, RECIPIENT, TEST, LOG, REMOVE = "list", "channel", "recipient", "test", "log", "remove"
ACTIONS = (LIST, CHANNEL, RECIPIENT, TEST, LOG, REMOVE)
WAYS = ("email", "webhook", "ntfy", "mqtt")
LOG_ROWS = 200


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the action, a channel or recipient, and what it is like."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("action", nargs="?", default=LIST, choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="title or id of a channel or recipient; a new one is made"
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--email", metavar="HOST:PORT", help="with channel: an SMTP server (STARTTLS, port 587)")
    way.add_argument("--webhook", metavar="URL", help="with channel: where a JSON document is posted")
    way.add_argument("--ntfy", metavar="URL", help="with channel: an ntfy server; needs --topic")
    way.add_argument("--mqtt", metavar="URL", help="with channel: mqtts://broker:8883; needs --topic")
    parser.add_argument("--security", choices=("starttls", "tls", "none"), help="with --email: how it is encrypted")
    parser.add_argument("--user", metavar="NAME", help="with channel: the login")
    parser.add_argument("--from", dest="sender", metavar="ADDRESS", help="with --email: where mails come from")
    parser.add_argument("--topic", metavar="TOPIC", help="with --ntfy, --mqtt")
    parser.add_argument("--ca", metavar="FILE", help="with channel: certificates of an authority of your own")
    parser.add_argument("--trust", metavar="SHA256", help="with channel: the server's own certificate")
    parser.add_argument(
        "--secret-from", metavar="FILE", help="with channel: password or token, from a file or - (stdin)"
    )
    parser.add_argument("--to", default="", metavar="ADDRESS", help="with test: where the e-mail goes")
    _recipient_arguments(parser)


def _recipient_arguments(parser: argparse.ArgumentParser) -> None:
    from app.cli.framework.parsing import duration, whole_number

    parser.add_argument("--by", action="append", metavar="CHANNEL[=TO]", help="with recipient: a way, Mail=anna@x.org")
    parser.add_argument("--priority", type=whole_number, metavar="N", help="with recipient: least urgent, 1 to 4 (4)")
    parser.add_argument(
        "--class", dest="classes", action="append", metavar="C", help="with recipient: only these alarms"
    )
    parser.add_argument("--place", action="append", metavar="ROOM", help="with recipient: only these rooms or storeys")
    parser.add_argument("--quiet", metavar="22:00-07:00", help="with recipient: only what is urgent; - for none")
    parser.add_argument(
        "--through", type=whole_number, metavar="N", help="with --quiet: priority that is sent anyway (1)"
    )
    parser.add_argument(
        "--after", type=duration, metavar="10m", help="with recipient: only if nobody acknowledged by then"
    )
    parser.add_argument(
        "--returns", action="store_true", default=None, help="with recipient: also when an alarm is over"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Lists channels, recipients and what waits, or carries out the action."""
    from app.cli.framework.project_access import working
    from twin.model.definition import DefinitionKind

    if args.action not in (LIST, LOG) and not args.name:
        args.refuse(translate("cli.usage.notify"))
    with working(args.project, links=()) as engine:
        if args.action == LOG:
            rows = engine.run_log(0, 1 << 53, LOG_ROWS, "notify").result()
            document = [{"time": utc(one.time_ms), "reason": reason_json(one.reason)} for one in rows]
            lines = columns([(utc(one.time_ms), sentence(one.reason)) for one in rows])
            return Outcome({"log": document}, tuple(lines))
        twin = engine.twin
        if args.action == TEST:
            tested = _channel_named(twin, args.name)
            engine.test_channel(tested, args.to).result()
            return Outcome({"tested": tested.id}, (translate("cli.notify.tested", name=tested.title or tested.id),))
        if args.action == REMOVE:
            engine.change_definitions([_removal(twin, args.name)]).result()
        elif args.action == CHANNEL:
            channel = channel_of(args, twin)
            engine.change_definitions([_saved(DefinitionKind.CHANNEL, channel)]).result()
            if args.secret_from:
                engine.keep_channel_password(channel.id, _secret(args.secret_from)).result()
        elif args.action == RECIPIENT:
            engine.change_definitions([_saved(DefinitionKind.RECIPIENT, recipient_of(args, twin))]).result()
        return _listed(engine.twin, engine.notifications().result())


def _secret(source: str) -> str:
    from app.cli.framework.secret_input import secret_from

    return secret_from(source)[1]


def _find(kind: DefinitionKind, twin: Twin, name: str) -> Definition | None:
    """The definition with this id, else the only one with this title."""
    there = twin.definitions.of(kind)
    titled = [one for one in there if one.title.casefold() == name.casefold()]
    return next((one for one in there if one.id == name), titled[0] if len(titled) == 1 else None)


def _channel_named(twin: Twin, name: str) -> Definition:
    from app.engine.problems import unknown
    from twin.model.definition import DefinitionKind
    from twin.model.problem import ProblemError

    found = _find(DefinitionKind.CHANNEL, twin, name)
    if found is None:
        raise ProblemError(unknown("channel", name))
    return found


def _removal(twin: Twin, name: str) -> DefinitionEdit:
    from app.engine.problems import unknown
    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.model.problem import ProblemError

    for kind in (DefinitionKind.RECIPIENT, DefinitionKind.CHANNEL):
        if (found := _find(kind, twin, name)) is not None:
            return DefinitionEdit(kind, found.id)
    raise ProblemError(unknown("recipient", name))


def _new_id(kind: str) -> str:
    from secrets import randbits

    return f"{kind}-{randbits(32):08x}"


def channel_of(args: argparse.Namespace, twin: Twin) -> NotificationChannel:
    """The named channel as the options change it, or a new one."""
    from msgspec.structs import replace

    from twin.model.definition import DefinitionKind
    from twin.rules.definition_body import read_body
    from twin.rules.notification import ChannelKind, ChannelSecurity, NotificationChannel

    way = next(((one, str(text)) for one in WAYS if (text := getattr(args, one))), None)
    found = _find(DefinitionKind.CHANNEL, twin, args.name)
    known = read_body(DefinitionKind.CHANNEL, found) if found is not None else None
    if way is None and known is None:
        args.refuse(translate("cli.usage.notify"))
    kind, address = way or ("email", "")
    new = NotificationChannel(id=_new_id("channel"), title=args.name, kind=ChannelKind(kind), address=address)
    channel = known if isinstance(known, NotificationChannel) else new
    if way is not None:
        channel = replace(channel, kind=ChannelKind(kind), address=address)
    ca = args.ca and absolute(args.ca)
    more = {"user": args.user, "sender": args.sender, "topic": args.topic, "ca": ca, "pin": _pin(args.trust)}
    more["security"] = ChannelSecurity(args.security) if args.security else None
    return replace(channel, **{name: value for name, value in more.items() if value is not None})


def _pin(text: str | None) -> str | None:
    """The fingerprint of `--trust`; ProblemError where it is none. An empty one trusts the authorities again."""
    from devices.tls import cleaned_fingerprint, no_fingerprint
    from twin.model.problem import ProblemError

    if text and not cleaned_fingerprint(text):
        raise ProblemError(no_fingerprint(text))
    return text and cleaned_fingerprint(text)


def recipient_of(args: argparse.Namespace, twin: Twin) -> Recipient:
    """The named recipient as the options change it, or a new one."""
    from msgspec.structs import replace

    from twin.model.definition import DefinitionKind
    from twin.rules.definition_body import read_body
    from twin.rules.notification import Recipient

    found = _find(DefinitionKind.RECIPIENT, twin, args.name)
    known = read_body(DefinitionKind.RECIPIENT, found) if found is not None else None
    recipient = known if isinstance(known, Recipient) else Recipient(id=_new_id("recipient"), title=args.name)
    more: dict[str, object] = {}
    if args.by:
        more["uses"] = tuple(_use(one, twin) for one in args.by)
    if args.priority is not None:
        more["priority"] = args.priority
    if args.classes:
        more["classes"] = tuple(_class(args, one) for one in args.classes)
    if args.place:
        more["places"] = tuple(_place(one, twin) for one in args.place)
    if args.quiet:
        more["quiet"] = None if args.quiet == "-" else _quiet(args)
    if args.after is not None:
        more["after_ms"] = round(args.after * 1000)
    if args.returns:
        more["returns"] = True
    recipient = replace(recipient, **more)
    if not recipient.uses:
        args.refuse(translate("cli.usage.notify"))
    return recipient


def _use(text: str, twin: Twin) -> ChannelUse:
    from twin.rules.notification import ChannelUse

    name, _, to = text.partition("=")
    return ChannelUse(channel=_channel_named(twin, name).id, to=to)


def _class(args: argparse.Namespace, text: str) -> str:
    from twin.rules.alarm_definition import AlarmClass

    if text not in [*AlarmClass]:
        args.refuse(translate("cli.usage.notify"))
    return text


def _place(text: str, twin: Twin) -> str:
    from app.cli.framework.project_access import missing

    for one in (*twin.rooms, *twin.storeys):
        if text.casefold() in (one.id.casefold(), one.name.casefold(), getattr(one, "title", one.name).casefold()):
            return one.id
    raise missing("room", text, twin)


def _quiet(args: argparse.Namespace) -> QuietHours:
    from app.cli.framework.schedule_parsing import minute_of
    from twin.rules.notification import QuietHours

    begin, dash, end = args.quiet.partition("-")
    hours = (minute_of(begin), minute_of(end))
    if not dash or None in hours or hours[0] == hours[1]:
        args.refuse(translate("cli.usage.notify"))
    return QuietHours(begin=hours[0] or 0, end=hours[1] or 0, through=1 if args.through is None else args.through)


def _saved(kind: DefinitionKind, value: NotificationChannel | Recipient) -> DefinitionEdit:
    from twin.model.definition import DefinitionEdit
    from twin.rules.definition_body import definition_of

    return DefinitionEdit(kind, value.id, definition_of(value))


def _listed(twin: Twin, status: NotificationStatus) -> Outcome:
    from twin.rules.definition_body import read_rules

    rules = read_rules(twin.definitions)
    ways = {id: one.title or id for id, one in rules.channels.items()}
    people = {id: one.title or id for id, one in rules.recipients.items()}

    def hours(quiet: QuietHours | None) -> str:
        from app.cli.framework.schedule_parsing import clock_text

        return "" if quiet is None else f"{clock_text(quiet.begin)}-{clock_text(quiet.end)}"

    channels = [
        {"id": one.id, "title": one.title, "kind": one.kind.value, "address": one.address, "user": one.user,
         "topic": one.topic, "password": one.id in status.with_password}
        for one in rules.channels.values()
    ]  # fmt: skip
    recipients = [
        {"id": one.id, "title": one.title, "by": [{"channel": ways.get(use.channel, use.channel), "to": use.to} for use in one.uses],
         "priority": one.priority, "classes": one.classes, "places": one.places, "quiet": hours(one.quiet),
         "after_s": one.after_ms // 1000, "returns": one.returns}
        for one in rules.recipients.values()
    ]  # fmt: skip
    waiting = [
        {"title": one.title, "recipient": people.get(one.recipient, one.recipient), "due": utc(one.due_ms), "tries": one.tries}
        for one in status.waiting
    ]  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (one.title, one.kind.value, one.address, one.id) for one in rules.channels.values()
    ]
    for one in rules.recipients.values():
        by = " ".join(ways.get(use.channel, use.channel) for use in one.uses)
        rows.append((one.title, by, f"≤ {one.priority}", one.id))
    rows += [
        (one.title, people.get(one.recipient, one.recipient), utc(one.due_ms), one.tries) for one in status.waiting
    ]
    document = {"channels": channels, "recipients": recipients, "waiting": waiting}
    return Outcome(document, tuple(columns(rows)) if rows else (translate("cli.notify.none"),))


VERB = Verb(sentence="who is told of alarms and how: e-mail, webhook, ntfy, MQTT", arguments=arguments, run=run)

"""`oikos add`: adds a candidate or gateway to a project."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, kind_word
from app.cli.framework.running_engine import running
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.candidate import Candidate
    from twin.model.device import Device


WAIT_S = 120.0
"""Default time (seconds) to wait for devices that the gateway is still describing."""
_TELL_S = 0.5
"""Interval (seconds) of progress on the terminal."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: project, target, room, secret, trust and options of the link, waiting times."""
    from app.cli.framework.parsing import option, seconds

    parser.add_argument("project")
    parser.add_argument("target", help="key from `oikos discover`, or a URL such as mqtts://broker:8883")
    parser.add_argument("--room", metavar="R", help="room for its devices")
    parser.add_argument("--secret-from", metavar="FILE", help="file with `user:password`; - is standard input")
    parser.add_argument(
        "--table-password-from",
        metavar="FILE",
        help="KNX: file with the password of the ETS project, where it has its own",
    )
    parser.add_argument("--trust", metavar="FINGERPRINT", help="SHA-256 of the certificate to trust, as shown before")
    parser.add_argument(
        "--option",
        dest="options",
        type=option,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="option of the link, such as units=1,2 or writable=yes; again for another; NAME= is its default; a list "
        "adds to the present one, NAME==LIST replaces it",
    )
    parser.add_argument("--for", dest="time_s", type=seconds, default=15.0, metavar="S", help="to look for a key (15)")
    parser.add_argument(
        "--wait",
        dest="wait_s",
        type=seconds,
        default=WAIT_S,
        metavar="S",
        help="for devices that are still being announced (120)",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Connects a link and adds its devices; on failure the project stays unchanged."""
    from app.cli.framework.named_files import absolute_options
    from app.cli.framework.project_access import missing, raised, working
    from app.cli.framework.secret_input import further_password, secret_from
    from app.cli.framework.skipped_report import skipped_lines, skipped_rows
    from app.server.file_references import without_files

    user, password = secret_from(args.secret_from)
    table_password = further_password("table_password", args.table_password_from)
    trust: dict[str, str] = {"pin": pin_of(args.trust)} if args.trust else {}
    with working(args.project, links=[]) as engine:
        room = engine.twin.find_room(args.room) if args.room else None
        if args.room and room is None:
            raise missing("room", args.room, engine.twin)
        address, files = without_files(args.target)
        target = address if "://" in address else _candidate(engine, address, args.time_s)
        options = absolute_options((*files.items(), *args.options))
        _refuse_passwords(engine, target, options)
        adding = partial(
            engine.add,
            room=room.id if room else None,
            trust=trust,
            options=options | table_password,
            wait_s=args.wait_s,
        )
        if sys.stderr.isatty() and running() is None and engine.link_options(target).result().has_button:
            print(translate("link.press_button"), file=sys.stderr)
        devices = _added(lambda user, password: _wait_added(engine, adding(target, user, password)), user, password)
        problems, skipped = raised(engine), skipped_rows(engine)
    rows = [row(device) for device in devices]
    shown = columns(((d.name, kind_word(d.kind), len(d.points)) for d in devices), ("device", "kind", "points"))
    lines = (*(shown or (translate("cli.add.no_devices"),)), *skipped_lines(skipped))
    return Outcome({"devices": rows, "skipped": skipped}, lines, problems)


def row(device: Device) -> dict[str, object]:
    """A device as JSON for `--json`."""
    return {
        "id": device.id,
        "name": device.name,
        "kind": device.kind,
        "protocol": device.protocol,
        "address": device.address,
        "room": device.room,
        "points": [point.id for point in device.points],
    }


def pin_of(text: str) -> str:
    """A fingerprint in the form that is stored; raises ProblemError where the text is none."""
    from devices.tls import cleaned_fingerprint, no_fingerprint

    pin = cleaned_fingerprint(text)
    if not pin:
        raise ProblemError(no_fingerprint(text))
    return pin


def _refuse_passwords(engine: Engine, target: Candidate | str, options: Mapping[str, str]) -> None:
    """Raises ProblemError for an option that is a password: what is typed there, other programs can read."""
    from twin.model.link_option import OptionKind, secret_option

    where = target.partition("?")[0] if isinstance(target, str) else target.name
    for option in engine.link_options(target).result().options:
        if option.kind is OptionKind.SECRET and option.name in options:
            raise ProblemError(secret_option(option, where))


def _added(add: Callable[[str, str], tuple[Device, ...]], user: str, password: str) -> tuple[Device, ...]:
    """Adds; if a login is needed and none was given, asks for it on the terminal."""
    from app.cli.framework.secret_input import ask_secret
    from app.engine.problems import LOGIN

    try:
        return add(user, password)
    except ProblemError as error:
        if error.problems[0].code.startswith("certificate."):
            raise ProblemError(*(_with_fingerprint(problem) for problem in error.problems)) from None
        if user or password or error.problems[0].code != LOGIN:
            raise
        typed = ask_secret(error.problems[0].where)
        if typed is None:
            raise
    return add(*typed)


def _wait_added(engine: Engine, adding: Future[tuple[Device, ...]]) -> tuple[Device, ...]:
    """Waits for the added devices; a terminal shows their number meanwhile."""
    if not sys.stderr.isatty() or running() is not None:
        return adding.result()
    clear = ""
    try:
        while not wait((adding,), _TELL_S).done:
            if late := [one for one in engine.links().result() if not one.complete]:
                clear = "\r\x1b[2K"
                reading = translate("cli.add.reading", n=sum(one.devices for one in late))
                print(f"{clear}{reading}", end="", file=sys.stderr, flush=True)
    finally:
        print(clear, end="", file=sys.stderr, flush=True)
    return adding.result()


def _with_fingerprint(problem: Problem) -> Problem:
    """A certificate problem whose remedy contains the `--trust` option to use."""
    if not problem.detail.startswith("SHA-256 "):
        return problem
    pin = problem.detail.removeprefix("SHA-256 ")
    return replace(problem, remedy=Text("certificate.trust", remedy=problem.to_do, pin=pin))


def _candidate(engine: Engine, key: str, time_s: float) -> Candidate:
    from app.cli.discover import discover_for
    from app.engine.problems import unknown

    if sys.stderr.isatty() and running() is None:
        print(translate("cli.add.looking", key=key), file=sys.stderr)
    found = discover_for(engine, time_s, enough=lambda found: any(candidate.key == key for candidate in found))
    for candidate in found:
        if candidate.key == key:
            return candidate
    raise ProblemError(unknown("candidate", key))


VERB = Verb(sentence="take a device or gateway into a project", arguments=arguments, run=run)

"""Runs verbs in a running engine, through its door. Imports only the standard library, for fast answers."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.cli.framework.named_files import absolute, named_files, with_files
from app.cli.framework.verb import Outcome
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.door_address import DoorAddress
    from twin.store.file_lock import LockHolder

BESIDE: Mapping[str, str] = {
    "add": "add",
    "alarms": "alarms",
    "ask": "columns",
    "bind": "bind",
    "care": "care",
    "codes": "setup_codes",
    "checkout": "columns",
    "comfort": "comfort",
    "confirm": "approvals",
    "energy": "energy",
    "export": "export",
    "get": "columns",
    "grant": "grants",
    "home": "home_presence",
    "import": "import_building",
    "join": "join_networks",
    "links": "links",
    "meter": "columns",
    "notify": "notifications",
    "pair": "pair",
    "plan": "columns",
    "privacy": "privacy",
    "radio": "radio_map",
    "redo": "redo",
    "remove": "remove",
    "replace": "replace_device",
    "report": "report_schedules",
    "rules": "rules",
    "scene": "rules",
    "security": "security_events",
    "schedule": "rules",
    "serve": "serve",
    "set": "command",
    "share": "memberships",
    "software": "software_states",
    "unbind": "unbind",
    "undo": "undo",
    "warn": "warnings",
    "work": "rules",
}
"""Verbs that a running engine carries out, and the EngineApi method whose role each needs at least."""
_ACTS = ("ack", "reset", "shelve", "unshelve", "out_of_service", "in_service")
_ANSWERS = ("seen", "plausible", "right_room", "verdict", "note", "photo", "reset")
MORE: Mapping[str, Mapping[str, str]] = {
    "alarms": {"accept": "change_definitions", **dict.fromkeys(_ACTS, "act_on_alarms")},
    "checkout": {**dict.fromkeys(_ANSWERS, "check_out"), "photo_out": "checkout_photo"},
    "energy": {"file": "keep_energy_setup"},
    "confirm": {"number": "decide_command", "require": "require_approval", "lift": "require_approval"},
    "security": {"on": "watch_security", "off": "watch_security"},
    "privacy": dict.fromkeys(("shared", "home", "grouped", "places"), "set_privacy"),
    "home": {"mode": "set_home_presence"},
    "care": {
        "agree": "agree_to_care",
        "withdraw": "withdraw_care",
        "well": "answer_care",
        **dict.fromkeys(("pause", "resume"), "pause_care"),
    },
    "plan": {"room": "plan_device", "device": "take_place", "remove": "unplan_device"},
    "radio": {"refresh": "survey_radio"},
    "warn": {"dismiss": "dismiss_warning", "restore": "restore_warning"},
    "meter": {"changed": "mark_meter", "back": "unmark_meter"},
    "codes": {"device": "setup_code", "keep": "keep_setup_code", "forget": "forget_setup_code"},
    "links": {"changes": "table_changes"},
    "share": {"device": "share_device", "leave": "end_membership"},
    "join": {"time_s": "permit_join", "stop": "permit_join"},
    "software": {"act": "change_software", "file": "load_software"},
    "rules": {"start": "run_rule", **dict.fromkeys(("on", "off", "remove", "file"), "change_definitions")},
}
SCENE_ACTIONS: Mapping[str, str] = {
    "list": "rules", "show": "rules", "apply": "set_scene", "put-back": "put_back_scene",
    **dict.fromkeys(("capture", "rename", "remove"), "change_definitions"),
}  # fmt: skip
"""By action of the verb `scene`, the EngineApi method whose role it needs; any other word is a scene to apply."""
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "schedule": dict.fromkeys(("add", "set", "exception", "remove", "import"), "change_definitions"),
    "notify": {"test": "test_channel", **dict.fromkeys(("channel", "recipient", "remove"), "change_definitions")},
    "work": dict.fromkeys(("add", "set", "note", "remove"), "change_work_orders"),
    "report": {
        "run": "run_report",
        "folder": "change_engine_setting",
        **dict.fromkeys(("add", "set", "remove", "on", "off"), "change_definitions"),
    },
}
"""By verb: its actions that change something, and the EngineApi method whose role each needs."""
"""By verb: arguments that make it change something, and the EngineApi method whose role it then needs."""
FROM_AFAR: Mapping[str, str] = {"history": "columns", "info": "columns"}
"""Verbs that the engine of another machine carries out as well; on its own they read the files."""
NEVER_FROM_AFAR = frozenset({"serve"})
"""Verbs that name ports of the engine's machine."""
SOON_S = 2.0
"""Time (seconds) to wait for the door of a program that has the project locked."""
OPENING_S = 60.0
"""The same of an engine without a window, from when it took the lock: it is opening the project, and then its door."""
TAKE_URLS = frozenset({"attach", "open", "report", "shot"})
"""Verbs that attach to the engine of another machine themselves: what they write is made on this one."""
SCHEMES = ("https://", "oikos://")
ONLY: Mapping[str, tuple[str, ...]] = {"export": ("gltf", "ifc")}
"""Verbs that the engine carries out only with one of these options; otherwise they read the files beside it."""


def _by_itself(name: str, args: argparse.Namespace) -> bool:
    """Whether a verb reads the files beside the engine although the engine carries out others of its actions."""
    if name == "report":
        return args.kind != "schedule"
    return name in ONLY and not any(getattr(args, option, None) for option in ONLY[name])


def is_url(project: str) -> bool:
    """Whether a project's name is the URL of an engine on another machine."""
    return project.lower().startswith(SCHEMES)


def need_of(name: str, args: argparse.Namespace) -> str:
    """The EngineApi method whose role a verb needs, given its arguments: that of the highest role of all of them."""
    if name == "comfort":
        return "comfort_evidence" if args.evidence else "comfort"
    if name == "scene" and args.action is not None and not args.dry_run:
        return SCENE_ACTIONS.get(args.action, SCENE_ACTIONS["apply"])
    if (method := ACTIONS.get(name, {}).get(str(getattr(args, "action", "")))) is not None:
        return method
    if name in FROM_AFAR:
        return FROM_AFAR[name]
    if name not in MORE or getattr(args, "dry_run", False):
        return BESIDE[name]
    from app.server.roles import NEED  # for the engine, which asks

    given = {argument for argument in MORE[name] if _given(getattr(args, argument, None))}
    return max((BESIDE[name], *(MORE[name][argument] for argument in given)), key=NEED.__getitem__)


def _given(value: object) -> bool:
    """Whether an argument was given; 0 and an empty text were."""
    return value is not None and value is not False


def beside_engine(name: str, arguments: Sequence[str], args: argparse.Namespace) -> Outcome | None:
    """Outcome of a verb run by the project's running engine; None where no engine has a door. Prints intermediate
    lines at once.
    """
    project = getattr(args, "project", None)
    if isinstance(project, str) and is_url(project):
        return _from_afar(project, name, arguments, args)
    if name not in BESIDE or not isinstance(project, str):
        return None
    if _by_itself(name, args):
        return None
    from app.server.door_address import door_of
    from twin.store.file_names import project_file

    address = door_of(project_file(Path(project)))
    if address is None:
        return None
    return _with_secret(args, lambda: _asking(address, with_files(arguments, args, absolute), args))


def _from_afar(url: str, name: str, arguments: Sequence[str], args: argparse.Namespace) -> Outcome | None:
    """Outcome of a verb run by an engine of another machine; None for verbs that take a URL themselves. Raises
    ProblemError where the verb is not supported there."""
    if name in TAKE_URLS and (name not in BESIDE or _by_itself(name, args)):
        return None
    from app.engine.machine_secrets import open_secrets
    from app.server.known_engines import known_engine
    from app.server.problems import only_here
    from app.settings import home

    if (name not in BESIDE and name not in FROM_AFAR) or name in NEVER_FROM_AFAR:
        raise ProblemError(only_here(f"oikos {name}"))
    address = known_engine(url, home(), open_secrets)
    if not named_files(args):
        return _with_secret(args, lambda: _asking(address, arguments, args))
    from app.cli.framework.files_from_afar import FilesFromAfar

    files = FilesFromAfar(address, name, args)
    asked = files.words(arguments)
    outcome = _with_secret(args, lambda: _asking(address, asked, args))
    return outcome and files.received(outcome)


def beside_engine_soon(name: str, arguments: Sequence[str], args: argparse.Namespace) -> Outcome | None:
    """Like `beside_engine`, for a locked project: its engine may be about to open its door."""
    if name not in BESIDE or "-" in _sources(args):  # what came on standard input is read already
        return None
    from twin.store.file_lock import read_holder
    from twin.store.file_names import project_file

    path = project_file(Path(args.project))
    pause, began, told = threading.Event(), time.monotonic(), False
    while (holder := read_holder(path)) is None or not holder.doorless:
        waited, longest = time.monotonic() - began, SOON_S
        if holder is not None and _is_opening(holder):
            longest = max(SOON_S, OPENING_S - max(0.0, time.time() - holder.since_s - waited))
            told = told or _tell_wait(holder)
        if waited >= longest:
            return None
        pause.wait(0.1)
        if (outcome := beside_engine(name, arguments, args)) is not None:
            return outcome
    return None


def _is_opening(holder: LockHolder) -> bool:
    """Whether it is an engine without a window that has no door yet."""
    from app.server.door_address import ENGINE_PROGRAMS

    return holder.here and holder.alive and not holder.door and holder.program in ENGINE_PROGRAMS


def _tell_wait(holder: LockHolder) -> bool:
    """Prints on stderr which program the verb waits for; True."""
    from app.i18n import translate

    print(translate("cli.run.waiting", holder=holder.text), file=sys.stderr, flush=True)
    return True


def _sources(args: argparse.Namespace) -> tuple[str | None, ...]:
    return getattr(args, "secret_from", None), getattr(args, "table_password_from", None)


type _Ask = Callable[[Mapping[str, str]], Outcome]


def _with_secret(args: argparse.Namespace, connect: Callable[[], _Ask | None]) -> Outcome | None:
    """Reads the login, if the verb takes one and an engine is there; prompts on the terminal where the engine needs
    one.
    """
    ask = connect()
    if ask is None or not hasattr(args, "secret_from"):
        return ask({}) if ask else None
    from app.cli.framework.secret_input import ask_secret, further_password, secret_from

    user, password = secret_from(args.secret_from)
    further = further_password("table_password", getattr(args, "table_password_from", None))
    outcome = ask({"user": user, "password": password, **further})
    wanted = next((problem for problem in outcome.problems if problem.code == "link.login"), None)
    if wanted is None or user or password or (typed := ask_secret(wanted.where)) is None:
        return outcome
    again = connect()
    return again({"user": typed[0], "password": typed[1], **further}) if again else outcome


def _asking(address: DoorAddress, arguments: Sequence[str], args: argparse.Namespace) -> _Ask | None:
    """Function that sends the verb to the engine; None where none listens any more."""
    from app.i18n import current_language
    from app.server.thin_client import ask, connected

    connection = connected(address)
    if connection is None:
        return None
    spoken = [arguments[0], "--lang", current_language(), *arguments[1:]]  # our language, not that of the engine
    return lambda given: _outcome(ask(connection, address, spoken, given), args)


def _outcome(lines: Iterable[Mapping[str, Any]], args: argparse.Namespace) -> Outcome:
    for line in lines:
        if "line" in line:
            print(line["line"], flush=True)
        elif "usage" in line:
            cast("Callable[[str], None]", getattr(args, "refuse", _refuse))(str(line["usage"]))
        else:
            problems = _problems(line.get("problems", ()))
            return Outcome(line.get("document", {}), tuple(line.get("lines", ())), problems)
    from app.server.problems import engine_gone

    return Outcome(problems=(engine_gone(),))


def _refuse(message: str) -> None:
    raise SystemExit(f"oikos: {message}")


def _problems(answer: object) -> tuple[Problem, ...]:
    if not answer:
        return ()
    import msgspec

    return msgspec.convert(answer, tuple[Problem, ...])

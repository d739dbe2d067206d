"""`oikos software`: the software of devices, and a newer one where it is asked for."""

from __future__ import annotations

import argparse
import threading
import time
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, dumped
from app.cli.framework.running_engine import print_line
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate
from twin.model.device_sharing import UpdateAct, UpdatePhase
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.device import Device
    from twin.model.device_sharing import SoftwareState

BEAT_S = 0.25
TOLD_S = 3.0
"""How long (seconds) devices are given to tell about themselves after their links are online."""
BEGIN_S = 120.0
"""How long (seconds) an update may take to begin, for which the bridge reads the device and the image, or be silent."""
ASK_S = 3700.0
"""How long (seconds) a device is waited for that begins by itself: Matter's offers stand for an hour."""
_PAUSE = threading.Event()
"""Never set: waiting on it is a pause that Ctrl+C interrupts."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, a device, and what to do with its software."""
    parser.set_defaults(refuse=parser.error, act=None)
    parser.add_argument("project")
    parser.add_argument("device", nargs="?", metavar="DEVICE", help="id or name of a device")
    what = parser.add_mutually_exclusive_group()
    for act, help_ in (
        (UpdateAct.CHECK, "ask whether there is a newer one"),
        (UpdateAct.INSTALL, "install the newer one now, and wait until it is done"),
        (UpdateAct.SCHEDULE, "install the newer one when the device asks for it next, as sleeping devices do"),
        (UpdateAct.UNSCHEDULE, "do not install it after all"),
        (UpdateAct.STOP, "break off an update"),
    ):
        what.add_argument(f"--{act.value}", dest="act", action="store_const", const=act, help=help_)
    parser.add_argument("--file", metavar="FILE", help="take the newer one from this image (Matter)")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the software of the devices that can be updated, or of one, after what was asked of it."""
    from app.cli.framework.project_access import missing, raised, reading, working
    from app.cli.links import wait_settled

    if (args.act is not None or args.file is not None) and args.device is None:
        args.refuse(translate("cli.usage.software_which"))
    with reading(args.project) as project:
        device = project.twin.find_device(args.device) if args.device else None
        if args.device and device is None:
            raise missing("device", args.device, project.twin)
    with working(args.project, links=[device.link] if device else None) as engine:
        wait_settled(engine, 15.0)
        problems: tuple[Problem, ...] = ()
        if device is not None and args.file is not None:
            engine.load_software(device.id, args.file).result()
        if device is not None and args.act is not None:
            before = _states(engine).get(device.id)
            engine.change_software(device.id, args.act).result()
            if args.act is UpdateAct.INSTALL:
                problems = _followed(engine, device, before, as_json=args.json)
        outcome = _listed(engine, device)
        problems = (*problems, *raised(engine))
    return Outcome(outcome.document, outcome.lines, problems)


def _states(engine: Engine) -> dict[str, SoftwareState]:
    return {one.device: one.state for one in engine.software_states().result()}


def _followed(engine: Engine, device: Device, before: SoftwareState | None, *, as_json: bool) -> tuple[Problem, ...]:
    """Prints how an update goes on until it ends; the problem where it failed, or where the bridge reports nothing for BEGIN_S."""
    shown: tuple[object, ...] | None = None
    began = time.monotonic()
    end = began + BEGIN_S
    while time.monotonic() < end:
        state = _states(engine).get(device.id)
        if state is not None and state.phase in (UpdatePhase.UPDATING, UpdatePhase.SCHEDULED):
            is_waiting = state.phase is UpdatePhase.SCHEDULED
            end = began + ASK_S if is_waiting else time.monotonic() + BEGIN_S
            if (now := (state.phase, state.percent, state.remaining_s, state.stage)) != shown:
                shown = now
                print_line(dumped(_json(device, state)) if as_json else _line(device, state))
        elif state is not None and (shown is not None or _is_over(state, before)):
            break
        _PAUSE.wait(BEAT_S)
    else:
        return (Problem(code="update.no_answer", where=device.name, retry=True),)
    _PAUSE.wait(2 * BEAT_S)  # the reason of a failure follows the state
    state = _states(engine).get(device.id)
    if state is not None and state.stage is not None:
        return (Problem(code="update.broken", where=device.name, args={"why": state.stage}, retry=True),)
    return ()


def _is_over(state: SoftwareState, before: SoftwareState | None) -> bool:
    """Whether an update that was never seen under way has ended: it failed, or the newer software is there."""
    return state.stage is not None or (before is not None and state.installed != before.installed)


def _listed(engine: Engine, device: Device | None) -> Outcome:
    end = time.monotonic() + TOLD_S
    while True:
        states = _states(engine)
        mine = {id: one for id, one in states.items() if device is None or id == device.id}
        if mine and all(one.phase is not UpdatePhase.UNKNOWN for one in mine.values()):
            break
        if time.monotonic() >= end:
            break
        _PAUSE.wait(BEAT_S)
    rows = [(one, mine[one.id]) for one in engine.twin.devices if one.id in mine]
    lines = columns(
        ((one.name, state.installed, sentence(state.newer_text), _phase(state)) for one, state in rows),
        ("device", "installed", "newer", "state"),
    )
    document = {"devices": [_json(one, state) for one, state in rows]}
    return Outcome(document, tuple(lines) if rows else (translate("cli.software.none"),))


def _line(device: Device, state: SoftwareState) -> str:
    return f"{device.name}  {_phase(state)}"


def _phase(state: SoftwareState) -> str:
    said = translate(f"update.phase.{state.phase.value}")
    if state.percent is not None:
        said = translate("cli.software.percent", state=said, percent=f"{state.percent:.1f}")
    if state.remaining_s is not None:
        said = translate("cli.software.remaining", state=said, seconds=state.remaining_s)
    return f"{said}: {sentence(state.stage)}" if state.stage is not None else said


def _json(device: Device, state: SoftwareState) -> dict[str, object]:
    return {
        "device": device.id,
        "name": device.name,
        "installed": state.installed or None,
        "newer": state.newer or None,
        "notes": state.notes or None,
        "from_file": state.from_file,
        "state": state.phase.value,
        "percent": state.percent,
        "remaining_s": state.remaining_s,
        "can": [act.value for act in state.acts],
        **reason_json(state.stage or state.unchecked),
    }


VERB = Verb(sentence="see devices' software, and install a newer one where asked", arguments=arguments, run=run)

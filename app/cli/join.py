"""`oikos join`: opens a network for new devices for some time, and prints who joins it."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cli.framework.output import dumped
from app.cli.framework.running_engine import print_line
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.joining import JoiningDevice, JoinNetwork

BEAT_S = 0.25
KNOWN_S = 5.0
"""How long (seconds) a bridge is given to tell of itself after its link is online."""
_PAUSE = threading.Event()
"""Never set: waiting on it is a pause that Ctrl+C interrupts."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the network, and how long it is open."""
    from app.cli.framework.parsing import duration

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("network", nargs="?", metavar="NETWORK", help="which one, where there are several")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--for", dest="time_s", type=duration, metavar="TIME", help="open it for this time: 120, 2m")
    what.add_argument("--stop", action="store_true", help="close it")
    parser.add_argument("--through", metavar="DEVICE", help="let devices join by this router only")


def run(args: argparse.Namespace) -> Outcome:
    """Lists the networks, or opens one and follows it until it closes; Ctrl+C closes it."""
    from app.cli.framework.project_access import raised, working
    from app.cli.links import wait_settled

    if args.through and args.time_s is None:
        args.refuse(translate("cli.usage.join_through"))
    with working(args.project) as engine:
        wait_settled(engine, 15.0)
        networks = _known(engine)
        if args.time_s is None and not args.stop:
            outcome = _listed(networks)
        else:
            outcome = _opened(engine, _chosen(networks, args.network), args)
        problems = (*outcome.problems, *raised(engine))
    return Outcome(outcome.document, outcome.lines, problems)


def _known(engine: Engine) -> tuple[JoinNetwork, ...]:
    end = time.monotonic() + KNOWN_S
    while not (found := engine.join_networks().result()) and time.monotonic() < end:
        _PAUSE.wait(BEAT_S)
    return found


def _listed(networks: Sequence[JoinNetwork]) -> Outcome:
    lines = [_state(one) for one in networks] or [translate("cli.join.none")]
    lines += [_line(device) for one in networks for device in reversed(one.devices)]
    return Outcome({"networks": [network_json(one) for one in networks]}, tuple(lines))


def _state(network: JoinNetwork) -> str:
    routers = len(network.routers)
    if network.is_open:
        return translate("cli.join.open", network=network.name, n=routers)
    return translate("cli.join.closed", network=network.name, n=routers)


def _chosen(networks: Sequence[JoinNetwork], name: str | None) -> JoinNetwork:
    """The network that is meant. Raises ProblemError where there is none, or several."""
    fitting = [one for one in networks if name is None or name in (one.id, one.name, one.link)]
    if len(fitting) == 1:
        return fitting[0]
    if not networks:
        raise ProblemError(Problem(code="join.none"))
    names = tuple(one.name for one in networks)
    raise ProblemError(Problem(code="join.which", where=name or "", args={"networks": names}))


def _router(engine: Engine, network: JoinNetwork, name: str) -> str:
    """The address of a router, by its address, its name in its system or in the project. Raises ProblemError."""
    device = engine.twin.find_device(name)
    for one in network.routers:
        named = name.casefold() in (one.address.casefold(), one.name.casefold())
        if named or (device is not None and device.uid.endswith(one.address)):
            return one.address
    raise ProblemError(Problem(code="join.no_router", where=name))


def _opened(engine: Engine, network: JoinNetwork, args: argparse.Namespace) -> Outcome:
    if args.stop:
        engine.permit_join(network.link, network.id, 0).result()
        return Outcome({"network": network.id, "open": False}, (translate("cli.join.stopped", network=network.name),))
    through = _router(engine, network, args.through) if args.through else ""
    engine.permit_join(network.link, network.id, round(args.time_s), through).result()
    print_line(
        dumped({"network": network.id, "open": True, "seconds": round(args.time_s), "through": through})
        if args.json
        else translate("cli.join.opened", network=network.name, seconds=round(args.time_s))
    )
    try:
        devices = _followed(engine, network, args.time_s, as_json=args.json)
    except BaseException:
        engine.permit_join(network.link, network.id, 0).result()
        raise
    document = {"network": network.id, "open": False, "devices": [device_json(one) for one in devices]}
    return Outcome(document, (translate("cli.join.over", n=len(devices)),))


def _followed(engine: Engine, network: JoinNetwork, time_s: float, *, as_json: bool) -> tuple[JoiningDevice, ...]:
    """Prints each change of a joining device until the network is closed; what joined."""
    told: dict[str, JoiningDevice] = {}
    end, was_open = time.monotonic() + time_s + 1.0, False
    while True:
        _PAUSE.wait(BEAT_S)
        found = engine.join_networks().result()
        now = next((one for one in found if (one.link, one.id) == (network.link, network.id)), None)
        for device in reversed(now.devices) if now else ():
            before, told[device.address] = told.get(device.address), device
            if before is None or _line(before) != _line(device):
                print_line(dumped(device_json(device)) if as_json else _line(device))
        was_open |= now is not None and now.is_open
        if time.monotonic() > end or (was_open and now is not None and not now.is_open):
            return tuple(told.values())


def _line(device: JoiningDevice) -> str:
    stage = translate(f"join.stage.{device.stage.value}")
    parts = (device.name, device.product, stage, sentence(device.reason) if device.reason else "")
    return "  ".join(part for part in parts if part)


def device_json(device: JoiningDevice) -> dict[str, object]:
    """A joining device as JSON for `--json`."""
    return {
        "address": device.address,
        "name": device.name,
        "uid": device.uid,
        "product": device.product,
        "stage": device.stage.value,
        **reason_json(device.reason),
    }


def network_json(network: JoinNetwork) -> dict[str, object]:
    """A network with its routers and joining devices, for `--json`."""
    return {
        "id": network.id,
        "link": network.link,
        "open": network.is_open,
        "ends": network.ends_ms,
        "through": network.through,
        "routers": [{"address": one.address, "name": one.name} for one in network.routers],
        "devices": [device_json(one) for one in network.devices],
    }


VERB = Verb(sentence="open a network for new devices, and see who joins it", arguments=arguments, run=run)

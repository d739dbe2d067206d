"""`oikos lab`: virtual devices with the real protocols on this machine's loopback."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

from app.cli.framework.output import columns, dumped
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

_LOOK_S = 0.1
"""Seconds between looks whether a signal has come."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: number of each device, duration."""
    from app.cli.framework.parsing import seconds, whole_number

    parser.add_argument("--matter", type=whole_number, default=0, metavar="N", help="Matter devices")
    parser.add_argument("--mqtt", type=whole_number, default=0, metavar="N", help="MQTT devices at a broker")
    parser.add_argument("--modbus", type=whole_number, default=0, metavar="N", help="Modbus devices behind one gateway")
    parser.add_argument(
        "--tls",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the broker wants TLS and a password (it does)",
    )
    parser.add_argument(
        "--every", dest="every_s", type=seconds, default=5.0, metavar="S", help="seconds between reports"
    )
    parser.add_argument("--for", dest="time_s", type=seconds, metavar="S", help="seconds; until Ctrl+C without")
    parser.add_argument("--folder", metavar="DIR", help="where the devices keep their state (a temporary folder)")


def run(args: argparse.Namespace) -> Outcome:
    """Starts the devices, prints ports, codes and addresses, and runs until Ctrl+C or the given time."""
    from app.cli.run import stopping

    with stopping() as stop, tempfile.TemporaryDirectory(prefix="oikos-lab-") as temporary:
        folder = Path(args.folder) if args.folder else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            facts = runner.run(_living(args, folder, stop))
    return Outcome(None if args.json else facts, (translate("cli.lab.closed"),))


async def _living(args: argparse.Namespace, folder: Path, stop: threading.Event) -> dict[str, Any]:
    from devices.lab import Lab, not_fetched

    if not_fetched(matter=args.matter, modbus=args.modbus):
        print(translate("cli.lab.fetching"), file=sys.stderr, flush=True)
    async with Lab() as lab:
        facts = await _unless_stopped(
            lab.start(
                matter=args.matter,
                mqtt=args.mqtt,
                modbus=args.modbus,
                tls=args.tls,
                folder=folder,
                every_s=args.every_s or 5.0,
            ),
            stop,
        )
        if facts is None:
            return {}
        _print(facts, as_json=args.json)
        end = None if args.time_s is None else asyncio.get_running_loop().time() + args.time_s
        while not stop.is_set() and (end is None or asyncio.get_running_loop().time() < end):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)  # a signal sets the event, which is no event of this loop
    return facts


async def _unless_stopped[T](work: Coroutine[object, object, T], stop: threading.Event) -> T | None:
    """The result of the work, which is cancelled by a signal; None then."""
    task = asyncio.ensure_future(work)  # noqa: TID251 - awaited here
    while not task.done():
        await asyncio.wait((task,), timeout=_LOOK_S)
        if stop.is_set():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return None
    return task.result()


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(dumped(facts), flush=True)
        return
    print(*lines(facts), sep="\n")
    print(translate("cli.lab.stop"), file=sys.stderr, flush=True)


def lines(facts: Mapping[str, Any]) -> list[str]:
    """What `Lab.start` tells, for people: an address to add for each peer, a code to pair with for each Matter device."""
    from twin.model.setup_code import printed_code

    said: list[str] = []
    if broker := facts.get("mqtt"):
        said.append(translate("cli.lab.broker", url=broker["url"]))
        if broker["user"]:
            said.append(translate("cli.lab.login", user=broker["user"], password=broker["password"]))
        said += [f"  {device['name']}" for device in broker["devices"]]
    if gateway := facts.get("modbus"):
        said.append(translate("cli.lab.gateway", url=gateway["url"], rtu_url=gateway["rtu_url"]))
        said += [f"  {device['name']}" for device in gateway["devices"]]
    if devices := facts.get("matter"):
        said.append(translate("cli.lab.codes"))
        said += [
            f"  {line}" for line in columns((one["name"], printed_code(one["manual"]), one["code"]) for one in devices)
        ]
    return said


VERB = Verb(sentence="virtual devices with real protocols, for training and tests", arguments=arguments, run=run)

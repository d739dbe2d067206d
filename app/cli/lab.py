"""`oikos lab`: virtual devices with the real protocols on this machine's loopback."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.cli.framework.output import columns, dumped
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate


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
    from devices.lab import Lab

    async with Lab() as lab:
        facts = await lab.start(
            matter=args.matter,
            mqtt=args.mqtt,
            modbus=args.modbus,
            tls=args.tls,
            folder=folder,
            every_s=args.every_s or 5.0,
        )
        _print(facts, as_json=args.json)
        end = None if args.time_s is None else asyncio.get_running_loop().time() + args.time_s
        while not stop.is_set() and (end is None or asyncio.get_running_loop().time() < end):  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # a signal sets the event, which is no event of this loop
    return facts


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(dumped(facts), flush=True)
        return
    print(*lines(facts), sep="\n")
    print(translate("cli.lab.stop"), file=sys.stderr, flush=True)


def lines(facts: Mapping[str, Any]) -> list[str]:
    """What `Lab.start` tells, for people: an address to add for each peer, a code to pair with for each Matter device."""
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
        said += [f"  {line}" for line in columns((one["name"], printed(one["manual"]), one["code"]) for one in devices)]
    return said


def printed(code: str) -> str:
    """The eleven digits of a manual pairing code as they are printed on labels: 0005-491-2336."""
    return f"{code[:4]}-{code[4:7]}-{code[7:]}"


VERB = Verb(sentence="virtual devices with real protocols, for training and tests", arguments=arguments, run=run)

"""A network of four hosts with many services and one with avahi, in network namespaces; prints a JSON object for each round.

Runs inside a private network: `python -m devices.lab.netlab -- python -m app.bench.harness.many_services COUNT ROUNDS`. The rounds
alternate between avahi-browse on its host and our discovery on this one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

HOSTS = 4
TYPES = (
    "_hue._tcp", "_shelly._tcp", "_esphomelib._tcp", "_hap._tcp", "_mqtt._tcp", "_wled._tcp", "_http._tcp", "_ipp._tcp",
    "_printer._tcp", "_googlecast._tcp", "_airplay._tcp", "_raop._tcp", "_sonos._tcp", "_matter._tcp", "_matterc._udp",
    "_homekit._tcp", "_ssh._tcp", "_workstation._tcp", "_axis-video._tcp", "_daap._tcp",
)  # fmt: skip
LIMIT_S = 120.0
AVAHI_S = 60
"""Seconds after which avahi-browse is ended, and by force five seconds later."""

ADVERTISER = """
import asyncio, sys
from ipaddress import ip_address
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf
first, last, types, address = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(','), sys.argv[4]
async def main():
    zc = AsyncZeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
    await zc.zeroconf.async_wait_for_start()
    for n in range(first, last):
        kind = types[n % len(types)] + '.local.'
        info = ServiceInfo(kind, f'bench {n}.{kind}', addresses=[ip_address(address).packed], port=2000 + n,
                           server=f'bench-{n}.local.', properties={'id': f'{n:012x}', 'md': 'bench', 'note': 'x' * 150})
        zc.zeroconf.registry.async_add(info)
    print('ready', flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""
HOST = """
read go
ip link set lo up; ip link set e0 up; ip addr add "$0/24" dev e0; ip route add 224.0.0.0/4 dev e0
exec "$@"
"""
"""What a host does with its address once its interface is there."""
AVAHI = """
printf 'root:x:0:0::/:/bin/sh\\navahi:x:0:0::/:/bin/false\\n' > "$1/passwd"; printf 'root:x:0:\\navahi:x:0:\\n' > "$1/group"
mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group; mount -t tmpfs tmpfs /run
dbus-daemon --config-file="$1/bus.conf" --nofork & bus=$!
trap 'kill $bus $avahi' EXIT
for n in 1 2 3 4 5 6 7 8 9 10; do [ -S "$1/bus" ] && break; sleep 0.2; done
avahi-daemon -f "$1/avahi.conf" --no-drop-root --no-chroot --no-rlimits & avahi=$!
for n in 1 2 3 4 5 6 7 8 9 10; do [ -S /run/avahi-daemon/socket ] && break; sleep 0.2; done
sleep 1; echo ready
while read round; do
  began=$(date +%s.%N); timeout -k 5 $2 avahi-browse -artp > "$1/found" 2> /dev/null; ended=$(date +%s.%N)
  echo "$began $ended $(grep '^=' "$1/found" | cut -d';' -f4,5 | sort -u | grep -c '^bench')"
done
"""
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true"/><allow receive_requested_reply="true"/></policy></busconfig>
"""
LIMITS = "objects-per-client-max=16384\ncache-entries-max=16384\n"
"""Without these (1,024 and 4,096 by default, avahi-daemon.conf(5)) avahi-browse stops at a fifth of 2,000 services."""
NEEDED = ("ip", "unshare", "dbus-daemon", "avahi-daemon", "avahi-browse", "mount")


@contextlib.contextmanager
def host(number: int, *command: str, **environment: str) -> Generator[subprocess.Popen[str]]:
    """A host at 10.77.0.NUMBER that runs a command; its first line has been read."""
    apart = ["unshare", "-n", "-m", "-p", "--fork", "--kill-child"]  # what a host has started ends with it
    line = [*apart, "sh", "-c", HOST, f"10.77.0.{number}", *command]
    pipe, around = subprocess.PIPE, os.environ | environment
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=around) as process:
        try:
            ip = ["ip", "link", "add", f"v{number}", "type", "veth", "peer", "name", "e0", "netns", str(process.pid)]
            until_apart(process.pid)
            subprocess.run(ip, check=True)
            subprocess.run(["ip", "link", "set", f"v{number}", "master", "br0", "up"], check=True)
            if asked(process, "go").strip() != "ready":
                raise OSError(f"host {number} did not start")
            yield process
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate("", timeout=5)
            process.kill()


def until_apart(pid: int) -> None:
    """Waits until a process is in a network of its own."""
    mine = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == mine:
        time.sleep(0.01)  # noqa: TID251 - the kernel tells no event here, and nothing else runs in this process


def asked(process: subprocess.Popen[str], line: str) -> str:
    """The line with which a process answers one."""
    if process.stdin is None or process.stdout is None:
        return ""
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def ours(count: int) -> tuple[float, int]:
    """Seconds until all services are resolved and identified, and how many are."""
    from devices.contract import Service
    from devices.discovery import Discovery
    from devices.protocol_registry import adapters

    known = adapters()  # their modules are loaded, as avahi's daemon runs

    async def look() -> tuple[float, int]:
        complete = asyncio.Event()
        heard: set[tuple[str, str]] = set()

        def identified(service: Service) -> None:
            if service.name.startswith("bench"):
                heard.add((service.type, service.name))
            if len(heard) >= count:
                complete.set()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(Discovery(known, lambda found: None, on_service=identified).run())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LIMIT_S):
                    await complete.wait()
            spent = time.perf_counter() - began
            looking.cancel()
        return spent, len(heard)

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(look())


def main(count: int, rounds: int) -> None:
    """Builds the network, measures, and prints what was measured."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        print(json.dumps({"missing": missing}))  # noqa: T201 - the bench reads it
        return
    share = count // HOSTS
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="oikos-bench-"))
        subprocess.run(["ip", "link", "set", "br0", "type", "bridge", "mcast_snooping", "0"], check=True)
        subprocess.run(["ip", "route", "add", "224.0.0.0/4", "dev", "br0"], check=False)
        Path(folder, "bus.conf").write_text(BUS.format(folder=folder), "utf-8")
        Path(folder, "avahi.conf").write_text(
            "[server]\nhost-name=browser\nuse-ipv4=yes\nuse-ipv6=yes\n" + LIMITS, "utf-8"
        )
        for n in range(HOSTS):
            span = (str(n * share), str((n + 1) * share if n < HOSTS - 1 else count))
            stack.enter_context(
                host(10 + n, sys.executable, "-c", ADVERTISER, *span, ",".join(TYPES), f"10.77.0.{10 + n}")
            )
        address = f"unix:path={folder}/bus"
        avahi = stack.enter_context(
            host(20, "sh", "-c", AVAHI, "sh", folder, str(AVAHI_S), DBUS_SYSTEM_BUS_ADDRESS=address)
        )
        for _ in range(rounds):
            began, ended, found = asked(avahi, "round").split()
            theirs = float(ended) - float(began), int(found)
            print(json.dumps({"ours": ours(count), "avahi": theirs}), flush=True)  # noqa: T201 - the bench reads it


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

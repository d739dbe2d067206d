"""`discover`: a thousand services listed and identified, compared with avahi-browse (or bare zeroconf) listing them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import interleaved
from devices.contract import Service

GOAL = 1.2
TYPES = ("_hue._tcp", "_shelly._tcp", "_esphomelib._tcp", "_hap._tcp", "_mqtt._tcp")
LIMIT_S = 60.0

ADVERTISER = """
import asyncio, sys
from ipaddress import ip_address
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf
first, last, types = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(',')
async def main():
    zc = AsyncZeroconf(interfaces=['127.0.0.1'], ip_version=IPVersion.V4Only)
    for n in range(first, last):
        kind = types[n % len(types)] + '.local.'
        info = ServiceInfo(kind, f'bench {n}.{kind}', addresses=[ip_address('127.0.0.1').packed], port=2000 + n,
                           server=f'bench-{n}.local.', properties={'id': f'{n:012x}', 'md': 'bench', 'app': 'x'})
        zc.zeroconf.registry.async_add(info)
    print('ready', flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await zc.async_close()
asyncio.run(main())
"""
"""Script of the advertiser: answers queries but never announces, which makes both sides ask the same questions."""

BARE = """
import asyncio, sys, time
from zeroconf import IPVersion, ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf
wanted, types = int(sys.argv[1]), [t + '.local.' for t in sys.argv[2].split(',')]
async def main():
    zc = AsyncZeroconf(interfaces=['127.0.0.1'], ip_version=IPVersion.V4Only)
    await zc.zeroconf.async_wait_for_start()
    import socket
    for s in (*zc.zeroconf.engine.readers, ):
        s.transport.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
    begun, seen, done, gate = time.perf_counter(), set(), asyncio.Event(), asyncio.Semaphore(50)
    tasks = []
    async def resolve(kind, name):
        async with gate:
            for _ in range(5):
                if await AsyncServiceInfo(kind, name).async_request(zc.zeroconf, 3000):
                    seen.add(name)
                    break
        if len(seen) >= wanted:
            done.set()
    def heard(zeroconf, service_type, name, state_change):
        if state_change is ServiceStateChange.Added:
            tasks.append(asyncio.ensure_future(resolve(service_type, name)))
    browser = AsyncServiceBrowser(zc.zeroconf, types, handlers=[heard])
    try:
        await asyncio.wait_for(done.wait(), 60)
    except TimeoutError:
        pass
    spent = time.perf_counter() - begun
    await browser.async_cancel(); await zc.async_close()
    print(len(seen), spent)
asyncio.run(main())
"""
"""The yardstick where no avahi daemon runs: the bare library browsing and resolving, nothing identified."""


def run(quick: bool) -> Result:
    """Wall seconds until all advertised services are found, ours against the yardstick."""
    wanted = 200 if quick else 1000
    with _advertised(wanted):
        found = interleaved({"ours": lambda: _ours(wanted), "yard": lambda: _bare(wanted)}, 1 if quick else 3)
    ratio = found["ours"] / found["yard"]
    ok = ratio <= GOAL
    note = "the yardstick is bare zeroconf browsing and resolving: no avahi daemon is asked"
    return Result(
        figure=found["ours"],
        unit="s",
        yardstick=found["yard"],
        ratio=ratio,
        goal=f"≤ {GOAL} ×",
        ok=ok,
        note=note if ok else f"{note}; resolve more at a time where the network is quiet",
    )


@contextmanager
def _advertised(count: int, advertisers: int = 4) -> Generator[None]:
    share = count // advertisers
    command = [sys.executable, "-c", ADVERTISER]
    peers = [
        subprocess.Popen(
            [*command, str(n * share), str(count if n == advertisers - 1 else (n + 1) * share), ",".join(TYPES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(advertisers)
    ]
    try:
        for peer in peers:
            if peer.stdout is None or peer.stdout.readline().strip() != "ready":
                raise UnmeasurableError("multicast does not work on loopback here")
        yield
    finally:
        for peer in peers:
            peer.communicate("")


def _ours(wanted: int) -> float:
    from devices.discovery import Discovery
    from devices.protocol_registry import adapters

    spent = 0.0

    async def look() -> None:
        nonlocal spent
        begun = time.perf_counter()
        heard: set[tuple[str, str]] = set()
        complete = asyncio.Event()

        def service(one: Service) -> None:
            heard.add((one.type, one.name))
            if len(heard) >= wanted:
                complete.set()

        discovery = Discovery(adapters(), lambda found: None, on_service=service, interfaces=("127.0.0.1",))
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(discovery.run())
            try:
                async with asyncio.timeout(LIMIT_S):
                    await complete.wait()
            except TimeoutError:
                raise UnmeasurableError(f"only {len(heard)} of {wanted} services were found") from None
            finally:
                spent = time.perf_counter() - begun
                looking.cancel()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(look())
    return spent


def _bare(wanted: int) -> float:
    done = subprocess.run(
        [sys.executable, "-c", BARE, str(wanted), ",".join(TYPES)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    words = done.stdout.split()
    if len(words) != 2 or int(words[0]) < wanted:
        raise UnmeasurableError(f"bare zeroconf found {words[0] if words else 'nothing'} of {wanted} services")
    return float(words[1])

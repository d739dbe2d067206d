# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false
"""Device discovery: one mDNS browser shared by all protocols, plus the adapters' own scans. Input is untrusted.

zeroconf is used with a large receive buffer, at most 50 resolves at a time and 20 per sender, and retries (measured:
without them two to four of a hundred services are lost in a burst).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from devices.candidate_merge import Sighting, identify_service, merged
from devices.contract import Adapter, ScansNetwork, Service
from devices.link_local import zoned
from devices.network_scans import NetworkScans
from devices.products import TYPES
from devices.resolve_queue import FairQueue
from devices.zeroconf_interfaces import follow_interfaces, interfaces_from_environment, open_zeroconf
from twin.model.candidate import Candidate
from twin.model.ids import clean_name
from twin.model.problem import Problem, Severity

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    from devices.mdns import MdnsBorder

_LOG = logging.getLogger("oikos.discover")

META = "_services._dns-sd._udp.local."
AT_A_TIME = 50
FIRST_RESOLVE_MS = 1500
RESOLVE_MS = 3000
"""Time-out of later resolves, ms. Devices that are present answer in a tenth of it."""
TRIES = 5
GONE_S = 5.0
"""Seconds without a sign of life before a goodbye takes effect: any host can send one for another."""
ASK_AGAIN_S = 1.0
TELL_S = 0.25
MOST_GONE = 200
"""Services that are kept after they are gone, the latest."""
MAX_PER_TYPE = 2_000
MAX_INSTANCES = 5_000
MAX_PER_SOURCE = 1_500
"""Most unresolved and listed services per sender; a reflector between two networks has all those of the other one."""
MAX_UNKNOWN_TYPES = 50
MAX_UNKNOWN_TYPES_PER_SOURCE = 25
MAX_KEYS = 64
MAX_VALUE = 1024


type _Key = tuple[str, str]
"""(service type, instance name) as announced."""


@dataclass(slots=True)
class _Wanted:
    """An announced instance to resolve: the address that announced it, and the number of failed attempts."""

    source: str
    tries: int = 0


class Discovery:
    """Merges announcements into candidates and reports the whole list whenever it changes, with those that are gone
    marked; `on_service` is called for each resolved service.
    """

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        on_found: Callable[[tuple[Candidate, ...]], None],
        *,
        on_service: Callable[[Service], None] | None = None,
        on_problem: Callable[[Problem], None] | None = None,
        interfaces: tuple[str, ...] | None = None,
        scans: Mapping[str, ScansNetwork] | None = None,
    ) -> None:
        self._adapters = adapters
        self._on_found = on_found
        self._on_service = on_service
        self._on_problem: Callable[[Problem], None] = on_problem or (lambda problem: None)
        self._interfaces = interfaces_from_environment() if interfaces is None else interfaces
        self._sightings: dict[_Key, Sighting] = {}
        self._lost: dict[_Key, Sighting] = {}
        self._wanted: dict[_Key, _Wanted] = {}
        self._per_type: Counter[str] = Counter()
        self._per_source: Counter[str] = Counter()
        self._types_from: Counter[str] = Counter()
        self._types: dict[str, str] = {}
        self._queue: FairQueue[_Key] = FairQueue()
        self._gone: dict[_Key, asyncio.TimerHandle] = {}
        self._border: MdnsBorder | None = None
        self._asking: set[str] = set()
        self._changed = asyncio.Event()
        own = {name: adapter for name, adapter in adapters.items() if isinstance(adapter, ScansNetwork)}
        self._scans = NetworkScans({**own, **(scans or {})}, self._changed.set, self._on_problem)
        self._browsers: list[AsyncServiceBrowser] = []
        self._taught = 0
        self._warned: set[str] = set()
        self.zeroconf: AsyncZeroconf | None = None
        """The program's only zeroconf instance, while running."""

    async def run(self) -> None:
        """Runs discovery until cancelled; without mDNS it reports a Problem and continues the scans."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._publish())
                self._scans.start(tasks)
                tasks.create_task(self._browse())
        finally:
            for timer in self._gone.values():
                timer.cancel()

    # -- mDNS --------------------------------------------------------------------------------------------------------

    async def _browse(self) -> None:
        from zeroconf.asyncio import AsyncServiceBrowser

        from devices.mdns import MdnsBorder, widen

        try:
            zeroconf = open_zeroconf(self._interfaces)  # on the loop: elsewhere it would start a thread of its own
            await zeroconf.zeroconf.async_wait_for_start()
        except OSError as error:
            self._on_problem(_deaf(error))
            return
        self.zeroconf = zeroconf
        widen(zeroconf)
        self._border = MdnsBorder()
        self._border.install(zeroconf)
        mine = {type for adapter in self._adapters.values() for type in adapter.service_types}
        self._types = {type.lower() + ".local.": type for type in (*TYPES, *mine)}
        self._taught = len(self._types)
        self._browsers = [
            AsyncServiceBrowser(zeroconf.zeroconf, sorted(self._types), handlers=[self._instance]),
            AsyncServiceBrowser(zeroconf.zeroconf, [META], handlers=[self._type]),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(AT_A_TIME):
                    tasks.create_task(self._resolve(zeroconf))
                if not self._interfaces:
                    tasks.create_task(follow_interfaces(zeroconf, self._interfaces_changed))
        finally:
            self.zeroconf = self._border = None
            for browser in self._browsers:
                await browser.async_cancel()
            await zeroconf.async_close()

    def _interfaces_changed(self) -> None:
        """Guards the sockets of new interfaces, and asks at once who is there: browsers ask ever more seldom."""
        from devices.mdns import ask_who_is_there, widen

        if self.zeroconf is not None and self._border is not None:
            widen(self.zeroconf)
            self._border.guard(self.zeroconf)
            ask_who_is_there(self.zeroconf.zeroconf, META, *self._types)

    def _type(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        """Browses a newly announced service type that no adapter or product names, within bounds."""
        from zeroconf import BadTypeInNameException
        from zeroconf.asyncio import AsyncServiceBrowser

        low = name.lower()
        if low in self._types or state_change.name != "Added":
            return
        if not low.endswith(("._tcp.local.", "._udp.local.")):
            return
        source = self._border.source if self._border else ""
        full = len(self._types) - self._taught >= MAX_UNKNOWN_TYPES
        if full or self._types_from[source] >= MAX_UNKNOWN_TYPES_PER_SOURCE:
            self._warn("discover.types")
            return
        with contextlib.suppress(BadTypeInNameException, ValueError, OSError):
            self._browsers.append(AsyncServiceBrowser(zeroconf, [name], handlers=[self._instance]))
            self._types[low] = clean_name(name.removesuffix(".local."), 80)
            self._types_from[source] += 1

    def _instance(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        key = (service_type, name)
        if state_change.name == "Removed":
            if key in self._wanted and key not in self._gone:
                self._gone[key] = asyncio.get_running_loop().call_later(GONE_S, self._forget, key)
                self._ask_again(zeroconf, service_type)
            return
        if (timer := self._gone.pop(key, None)) is not None:
            timer.cancel()
        source = self._border.source if self._border else ""
        if key not in self._wanted and not (self._has_room(service_type, source) or self._made_room(zeroconf, key)):
            self._warn("discover.instances")
            return
        if key not in self._wanted:
            self._wanted[key] = _Wanted(source)
            self._per_type[service_type] += 1
            self._per_source[source] += 1
        if not self._known(zeroconf, key) and not self._queue.put(key, source):
            self._forget(key)

    def _ask_again(self, zeroconf: Zeroconf, service_type: str) -> None:
        """After a goodbye (maybe forged), queries the type for live instances, at most once per second."""
        from devices.mdns import ask_who_is_there

        def ask() -> None:
            self._asking.discard(service_type)
            if self.zeroconf is not None:
                ask_who_is_there(zeroconf, service_type)

        if service_type not in self._asking:
            self._asking.add(service_type)
            asyncio.get_running_loop().call_later(ASK_AGAIN_S, ask)

    def _has_room(self, service_type: str, source: str) -> bool:
        return (
            self._per_type[service_type] < MAX_PER_TYPE
            and self._per_source[source] < MAX_PER_SOURCE
            and len(self._wanted) < MAX_INSTANCES
        )

    def _made_room(self, zeroconf: Zeroconf, key: _Key) -> bool:
        """One that came with its address takes the place of one that was only announced."""
        from devices.mdns import described

        with contextlib.suppress(Exception):
            if described(key).load_from_cache(zeroconf):
                silent = next((one for one in self._wanted if one[0] == key[0] and one not in self._sightings), None)
                if silent is not None:
                    self._forget(silent)
                    return True
        return False

    def _forget(self, key: _Key) -> None:
        self._gone.pop(key, None)
        if (wanted := self._wanted.pop(key, None)) is not None:
            self._per_type[key[0]] -= 1
            self._per_source[wanted.source] -= 1
        if (sighting := self._sightings.pop(key, None)) is not None:
            self._lost[key] = replace(sighting, gone=True)
            if len(self._lost) > MOST_GONE:
                del self._lost[next(iter(self._lost))]
            self._changed.set()

    def _known(self, zeroconf: Zeroconf, key: _Key) -> bool:
        """Whether everything about it came with the packet that announced it, as it does from most devices."""
        from devices.mdns import described

        try:
            info = described(key)
            if not info.load_from_cache(zeroconf):
                return False
            self._service_seen(key, info)
        except Exception as error:
            _LOG.debug("service left out: %s", type(error).__name__)
            return False
        return True

    async def _resolve(self, zeroconf: AsyncZeroconf) -> None:
        """One worker: resolves queued services and queues again the ones that did not answer."""
        while True:
            key = await self._queue.get()
            try:
                done = key not in self._wanted or await self._asked(zeroconf, key)
            except Exception as error:
                # What strangers announce breaks libraries in any way it likes (BadTypeInNameException is only one):
                # that service is left out, the others are still looked at.
                _LOG.debug("service left out: %s", type(error).__name__)
                self._forget(key)
                done = True
            finally:
                self._queue.done(key)
            if not done:
                self._later(key)

    async def _asked(self, zeroconf: AsyncZeroconf, key: _Key) -> bool:
        from devices.mdns import askable, described

        info, tries = described(key), self._wanted[key].tries
        known = info.load_from_cache(zeroconf.zeroconf) or (
            askable(key[1]) and await info.async_request(zeroconf.zeroconf, RESOLVE_MS if tries else FIRST_RESOLVE_MS)
        )
        if known:
            self._service_seen(key, info)
        return known

    def _later(self, key: _Key) -> None:
        """Tries it again after a while; one that was announced and never answers makes room for others in the end."""
        wanted = self._wanted.get(key)
        if wanted is None:
            return
        wanted.tries += 1
        if wanted.tries < TRIES:
            loop = asyncio.get_running_loop()
            loop.call_later(0.25 * 2**wanted.tries, lambda: self._queue.put(key, wanted.source, again=True))
        elif key not in self._sightings:
            self._forget(key)

    def _service_seen(self, key: _Key, info: AsyncServiceInfo) -> None:
        service = cleaned(key, info, self._types.get(key[0].lower(), key[0].removesuffix(".local.")))
        if service is None or key not in self._wanted:
            return
        self._sightings[key] = identify_service(service, self._adapters)
        self._lost.pop(key, None)
        self._changed.set()
        if self._on_service is not None:
            self._on_service(service)

    # -- the rest ----------------------------------------------------------------------------------------------------

    async def _publish(self) -> None:
        last: tuple[Candidate, ...] | None = None
        while True:
            await self._changed.wait()
            self._changed.clear()
            found = merged((*self._sightings.values(), *self._lost.values()), self._scans.candidates)
            if found != last:
                last = found
                self._on_found(found)
            await asyncio.sleep(TELL_S)

    def _warn(self, code: str) -> None:
        if code not in self._warned:
            self._warned.add(code)
            self._on_problem(Problem(code=code, severity=Severity.WARNING))


def cleaned(key: _Key, info: AsyncServiceInfo, type: str) -> Service | None:
    """The service with all texts cleaned and limited; None without a usable address."""
    kind, name = key
    instance = clean_name(name.removesuffix(f".{kind}")) or "unnamed"
    addresses = zoned(text for text in info.parsed_scoped_addresses() if usable(text))
    if not addresses:
        return None
    txt: dict[str, str] = {}
    for raw, value in list(info.properties.items())[:MAX_KEYS]:
        word = clean_name(raw.decode("utf-8", "replace"), 64).lower()
        if word and word not in txt:
            txt[word] = clean_name((value or b"")[:MAX_VALUE].decode("utf-8", "replace"), MAX_VALUE)
    return Service(
        type=type,
        name=instance,
        host=clean_name(info.server or "", 128),
        port=info.port or 0,
        addresses=addresses[:16],
        txt=txt,
    )


def usable(address: str) -> bool:
    """Whether the text is an IP address of a host: not multicast, unspecified or broadcast."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not (ip.is_multicast or ip.is_unspecified or address == "255.255.255.255")


def _deaf(error: OSError) -> Problem:
    return Problem(code="discover.no_mdns", retry=True, severity=Severity.WARNING, detail=str(error))

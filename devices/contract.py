"""Contract of a protocol adapter: `devices/protocols/<name>/adapter.py` exposes one `ADAPTER`.

The link (link.py) drives it: open -> describe -> events, and sends commands. An adapter never retries, never
schedules, never knows another adapter; it raises, and the link decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from twin.model.candidate import Candidate, CommissioningStage
from twin.model.certificate import Certificate
from twin.model.device import DeviceInfo, Link
from twin.model.link_option import LinkOption
from twin.model.observation import Availability, Value
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns
from twin.model.skipped import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One DNS-SD instance as the browser saw it; texts are cleaned, TXT keys lower case (RFC 6763 section 6.4)."""

    type: str
    """Service type without domain, such as `_matterc._udp`."""
    name: str
    host: str
    port: int
    addresses: tuple[str, ...]
    txt: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Redescribed:
    """The devices of the link changed: describe() again."""


@dataclass(frozen=True, slots=True)
class SkippedChanged:
    """The list of what the link could not read has changed: `ReportsSkipped.skipped` returns the new one."""


type SessionEvent = ReportColumns | Availability | Redescribed | SkippedChanged
"""What a session tells. Values that come together (one message, one poll, what waits in the socket) are handed over together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Credentials of a link. Never logged; the fields do not appear in repr."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    data: str = field(default="", repr=False)
    """Anything longer that a protocol keeps (pairing keys as JSON)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContext:
    """Resources of the machine for an adapter: its data folder, and whether the internet may be used."""

    folder: Path
    """Private to the protocol, created with mode 0700 before use."""
    online: bool = False


class AuthError(Exception):
    """The peer wants a login it did not get; its argument is a Text. The link stops and asks the user; it does not retry."""


class RefusedError(Exception):
    """The peer said no to a command; its argument, a Text, says why."""


class AdapterSession(Protocol):
    """An open connection to a link's peer."""

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Every device behind this link."""
        ...

    def events(self) -> AsyncIterator[SessionEvent]:
        """Reports until the connection is gone; then it ends or raises."""
        ...

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Returns when the peer accepted; raises RefusedError, or OSError/TimeoutError where the wire failed."""
        ...

    async def close(self) -> None:
        """Lets go of everything; may be called twice."""
        ...


@runtime_checkable
class ReportsSkipped(Protocol):
    """A session that lists what it could not read."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Everything left out so far; to be asked after each description and each SkippedChanged."""
        ...


@runtime_checkable
class DescribesInParts(Protocol):
    """A session that may describe its devices before it knows all of them; the others follow as Redescribed."""

    @property
    def complete(self) -> bool:
        """Whether every device has been described; SkippedChanged is sent when this changes."""
        ...


@runtime_checkable
class RecognisesOwn(Protocol):
    """A session that recognises its own devices among what the network announces."""

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is a device that this link already has."""
        ...


@runtime_checkable
class ShowsCertificate(Protocol):
    """An adapter whose peers prove themselves by a certificate, which a person may trust by the link's option `pin`."""

    async def certificate(self, link: Link) -> Certificate | None:
        """The certificate that the peer presents, trusted or not; None where it presents none. Sends nothing secret."""
        ...


class Adapter(Protocol):
    """One protocol. Stateless: everything that lives, lives in a session."""

    protocol: str
    title: str
    service_types: tuple[str, ...]
    """DNS-SD types to browse for, without domain."""
    schemes: tuple[str, ...]
    """URL schemes that `oikos add` hands to this adapter (`mqtt`, `mqtts`)."""

    def claim(self, service: Service) -> Candidate | None:
        """The candidate for an announced service; None where the service is not of this protocol. Pure, no I/O."""
        ...

    def link(self, target: str | Candidate) -> Link:
        """The link for a URL or a candidate; raises ProblemError where it makes none."""
        ...

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session; raises AuthError, ProblemError, OSError or TimeoutError."""
        ...


@runtime_checkable
class HasOptions(Protocol):
    """An adapter whose links a person can adjust; what is typed is checked by this schema before anything connects."""

    options: tuple[LinkOption, ...]


@runtime_checkable
class Commissioner(Protocol):
    """An adapter's session that can take devices into its network by a code, and let them go again."""

    def check(self, code: str) -> None:
        """Raises ProblemError where the code cannot be right; no radio, no network."""
        ...

    async def pair(self, code: str, stage: Callable[[CommissioningStage], None]) -> tuple[str, ...]:
        """Commissions; reports named stages; returns the uids of the new devices; raises ProblemError."""
        ...

    async def remove(self, uid: str) -> Problem | None:
        """Decommissions the device; a note where it could not be told yet. Raises ProblemError where that fails."""
        ...


@runtime_checkable
class ManagesServer(Protocol):
    """An adapter whose sessions commission (Commissioner) and whose server we can run ourselves: the first `pair` does."""

    def managed(self) -> Link:
        """The link to the server that Oikos runs; the same at every call."""
        ...

    def check(self, code: str) -> None:
        """Raises ProblemError where the code cannot be right; needs no session, no server, no radio."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedNetwork:
    """A network of devices identified by its keys: its id, its root key, and the devices that it knows."""

    id: str
    root: str
    """Digest of the root key's certificate: the same network exactly where this is the same."""
    nodes: tuple[int, ...]
    uids: frozenset[str]
    newest: int
    """Grows with every device that is taken in."""


@runtime_checkable
class KeepsKeys(Protocol):
    """An adapter that keeps keys in its folder without which devices are lost: they belong into a backup."""

    def keys(self, link: Link, folder: Path) -> Mapping[str, bytes]:
        """The key files of the link's network; empty where none are kept here. Blocks; raises ProblemError."""
        ...

    def network(self, files: Mapping[str, bytes]) -> KeyedNetwork | None:
        """The network that the key files belong to; None where they hold none or are damaged."""
        ...

    def put_keys(self, folder: Path, files: Mapping[str, bytes]) -> Path | None:
        """Puts the key files into the folder; returns where earlier files were kept. Blocks; raises ProblemError."""
        ...


type Past = tuple[str, str, NDArray[np.int64], NDArray[np.float64]]
"""Past values of one point: device uid, point key, times in UTC ms, and values encoded as in State."""


@runtime_checkable
class Backfilling(Protocol):
    """An adapter that knows what its devices measured before they were first connected."""

    def past(self, link: Link, start_ms: int, end_ms: int) -> Iterator[Past]:
        """The past of each point between two moments, UTC milliseconds. Blocks."""
        ...


@runtime_checkable
class ScansNetwork(Protocol):
    """An adapter with a discovery of its own besides DNS-SD."""

    def scan(self) -> AsyncIterator[Candidate]:
        """Candidates as they answer; ends by itself."""
        ...

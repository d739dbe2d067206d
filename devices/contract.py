"""Contract of a protocol adapter: `devices/protocols/<name>/adapter.py` exposes one `ADAPTER`.

The link (link.py) drives it: open -> describe -> events, and sends commands. An adapter never retries, never schedules
and never uses another adapter; it raises, and the link decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from devices.link_secret import Secret
from twin.model.candidate import Candidate, CommissioningStage
from twin.model.certificate import Certificate
from twin.model.device import DeviceInfo, Link
from twin.model.device_sharing import Membership, PairingWindow, SoftwareState, UpdateAct
from twin.model.joining import JoinNetwork
from twin.model.link_option import LinkOption
from twin.model.observation import Availability, Value
from twin.model.problem import Problem
from twin.model.radio_map import RadioSurvey
from twin.model.report_columns import ReportColumns
from twin.model.skipped import Skipped
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One DNS-SD instance as resolved; texts are cleaned, TXT keys lower case (RFC 6763 section 6.4)."""

    type: str
    """Service type without domain, such as `_matterc._udp`."""
    name: str
    host: str
    port: int
    addresses: tuple[str, ...]
    txt: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Redescribed:
    """The devices of the link changed: `describe` must be called again."""


@dataclass(frozen=True, slots=True)
class SkippedChanged:
    """The list of what the link could not read has changed: `ReportsSkipped.skipped` returns the new one."""


type SessionEvent = ReportColumns | Availability | Redescribed | SkippedChanged
"""Events of a session. Values that arrive together (one message, one poll, the socket's backlog) are passed on
together.
"""


async def _kept_nowhere(secret: Secret) -> None:
    del secret


def _limits_nothing(seconds: float) -> None:
    del seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterContext:
    """Resources of the machine for an adapter: its data folder, whether the internet may be used, and its link's secret."""

    folder: Path
    """Private to the protocol, created with mode 0700 before use."""
    online: bool = False
    keep_secret: Callable[[Secret], Awaitable[None]] = _kept_nowhere
    """Replaces the link's secret, where the peer has handed out keys (HomeKit's pairing). Returns once it is kept, so that no
    peer is left with keys that no one has; raises ProblemError."""
    asked: bool = False
    """Whether the user asked for this opening (added the link, or gave its login), and so may be asked to press a button on
    the peer; False where the link connects by itself."""
    allow_s: Callable[[float], None] = _limits_nothing
    """Lets this opening take that many seconds from now, for a step that is longer than an ordinary connection (pairing)."""
    project: str = ""
    """Path of the project that the link belongs to; empty for none. Other projects may have the same link."""


class AuthError(Exception):
    """The peer refused the login or requires one; its argument is a Text. The link stops and asks the user; it does
    not retry. `problem` explains more than the reason, where there is more.
    """

    def __init__(self, *reason: Text, problem: Problem | None = None) -> None:
        super().__init__(*reason)
        self.problem = problem


class RefusedError(Exception):
    """The peer refused a command; its argument is a Text with the reason."""


class AdapterSession(Protocol):
    """An open connection to a link's peer."""

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """All devices behind this link. Raises OSError, TimeoutError or ProblemError."""
        ...

    def events(self) -> AsyncIterator[SessionEvent]:
        """Events until the connection is lost; then it ends or raises."""
        ...

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Sends a command; returns when the peer accepted it. Raises RefusedError, or OSError/TimeoutError where the
        connection failed.
        """
        ...

    async def close(self) -> None:
        """Releases everything; may be called twice."""
        ...


@runtime_checkable
class ReportsSkipped(Protocol):
    """A session that lists the entries it could not read."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Entries left out so far; read after each description and each SkippedChanged."""
        ...


@runtime_checkable
class DescribesInParts(Protocol):
    """A session that may describe its devices before all are found; further ones follow with Redescribed."""

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
    """An adapter whose peers present a certificate, which the user may trust by the link's option `pin`."""

    async def certificate(self, link: Link) -> Certificate | None:
        """The certificate that the peer presents, trusted or not; None where it presents none. Sends no secrets."""
        ...


class Adapter(Protocol):
    """One protocol. Stateless: state belongs to sessions."""

    protocol: str
    title: str
    service_types: tuple[str, ...]
    """DNS-SD types to browse for, without domain."""
    schemes: tuple[str, ...]
    """URL schemes of this adapter in `oikos add` (`mqtt`, `mqtts`)."""

    def claim(self, service: Service) -> Candidate | None:
        """The candidate for an announced service; None where it is not of this protocol. Pure, no I/O."""
        ...

    def link(self, target: str | Candidate) -> Link:
        """The link for a URL or a candidate. Raises ProblemError where it is invalid."""
        ...

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """Connects and returns a session. Raises AuthError, ProblemError, OSError or TimeoutError."""
        ...


@runtime_checkable
class HasOptions(Protocol):
    """An adapter with options per link, validated by this schema before a connection is made."""

    options: tuple[LinkOption, ...]


@runtime_checkable
class HasLogin(Protocol):
    """An adapter whose peers may require a user, password, key or code (Secret); others are never asked for one."""

    has_login: bool


@runtime_checkable
class NeedsSecret(Protocol):
    """An adapter whose peers hand out keys when they are added, without which they do nothing."""

    needs_secret: bool


@runtime_checkable
class PairsBySetupCode(Protocol):
    """An adapter whose peers are paired by the setup code of their label, which is given as the password."""

    def check_setup_code(self, code: str) -> None:
        """Raises ProblemError for a text that cannot be such a code."""


@runtime_checkable
class PairsByButton(Protocol):
    """An adapter whose peers hand out their keys while a button on them is pressed: opening waits where it was asked for."""

    pairs_by_button: bool


@runtime_checkable
class RemovesAtPeer(Protocol):
    """An adapter whose peers notice that a device is removed from the project."""

    removal: Text
    """What happens there, as a sentence for the question whether to remove the device."""


@runtime_checkable
class Commissioner(Protocol):
    """A session that can commission devices by a code, and decommission them."""

    def check(self, code: str) -> None:
        """Raises ProblemError for an invalid code; pure, no radio or network."""
        ...

    async def pair(self, code: str, stage: Callable[[CommissioningStage], None]) -> tuple[str, ...]:
        """Commissions the device with this code, reporting each stage; returns the uids of the new devices. Raises
        ProblemError.
        """
        ...

    async def remove(self, uid: str) -> Problem | None:
        """Decommissions the device. Returns a note where the device could not be reached yet; raises ProblemError
        where it fails.
        """
        ...


@runtime_checkable
class SharesDevices(Protocol):
    """A session whose devices may belong to other homes, too. All raise ProblemError, OSError or TimeoutError."""

    async def share(self, uid: str) -> PairingWindow:
        """Opens a device for another controller."""
        ...

    async def memberships(self, uid: str) -> tuple[Membership, ...]:
        """The homes that a device belongs to, asked of the device."""
        ...

    async def end_membership(self, uid: str, index: int) -> None:
        """Takes a device out of another home than this one."""
        ...


@runtime_checkable
class TellsSoftware(Protocol):
    """A session that reports its devices' software."""

    async def software_state(self, uid: str) -> SoftwareState:
        """The device's software, and whether there is a newer one. Raises ProblemError, OSError or TimeoutError."""
        ...


@runtime_checkable
class UpdatesSoftware(Protocol):
    """A session through which devices get newer software. Nothing is installed or scheduled that was not asked for."""

    def software_states(self) -> Mapping[str, SoftwareState]:
        """The software of each device that can get a newer one, by uid, as far as it is known now; sends nothing."""
        ...

    async def change_software(self, uid: str, act: UpdateAct) -> None:
        """Asks a device for one of its `SoftwareState.acts`; returns once it is done, or an update has begun. Raises
        ProblemError with the peer's reason, OSError or TimeoutError."""
        ...


@runtime_checkable
class LetsDevicesJoin(Protocol):
    """A session behind which networks can be opened for new devices, which then come with Redescribed."""

    def join_networks(self) -> tuple[JoinNetwork, ...]:
        """The networks and the devices that join them, as known now; sends nothing."""
        ...

    async def permit_join(self, network: str, seconds: int, through: str = "") -> None:
        """Opens a network for some seconds, by one router or all; 0 closes it. Raises ProblemError, OSError or TimeoutError."""
        ...


@runtime_checkable
class SurveysRadio(Protocol):
    """A session whose devices measure the radio links between them."""

    async def survey_radio(self, progress: Callable[[float], None]) -> RadioSurvey | None:
        """Asks them all, which may take minutes; `progress` is called with 0 to 1. None where none of the link's devices has
        such a radio. Raises ProblemError, OSError or TimeoutError; may be cancelled.
        """
        ...


@runtime_checkable
class EndsPairing(Protocol):
    """A session whose peer remembers this program, and is told when its link is removed."""

    async def end_pairing(self) -> Problem | None:
        """Makes the peer forget this program's keys; a note where that failed. The session is of no use afterwards."""
        ...


@runtime_checkable
class ReleasesCommands(Protocol):
    """An adapter whose devices keep a command in force until it is taken back."""

    async def release_commands(self, link: Link, adapter_context: AdapterContext) -> tuple[Problem, ...]:
        """Takes back what the project has commanded by a removed link, and no other one; notes of what stays. Raises OSError or
        ProblemError where nothing could be taken back."""
        ...


@runtime_checkable
class ManagesServer(Protocol):
    """An adapter whose sessions commission (Commissioner), and whose server Oikos runs itself from the first `pair` on."""

    def managed(self) -> Link:
        """The link to the server that Oikos runs; the same at every call."""
        ...

    def check(self, code: str) -> None:
        """Raises ProblemError for an invalid code; needs no session, server or radio."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedNetwork:
    """A network of devices defined by its keys: id, digest of the root key, and the nodes known."""

    id: str
    root: str
    """Digest of the root key's certificate: equal digests mean the same network."""
    nodes: tuple[int, ...]
    uids: frozenset[str]
    newest: int
    """Highest node number assigned; grows with every device commissioned."""


@runtime_checkable
class KeepsKeys(Protocol):
    """An adapter that keeps keys in its folder without which devices are lost; they belong into a backup."""

    def keys(self, link: Link, folder: Path) -> Mapping[str, bytes]:
        """The key files of the link's network by name; empty where none are kept here. Blocks; raises ProblemError."""
        ...

    def network(self, files: Mapping[str, bytes]) -> KeyedNetwork | None:
        """The network that the key files belong to; None where there are none or they are damaged."""
        ...

    def put_keys(self, folder: Path, files: Mapping[str, bytes]) -> Path | None:
        """Writes the key files into the folder; returns where earlier files were moved to, None for none. Blocks;
        raises ProblemError.
        """
        ...


type Past = tuple[str, str, NDArray[np.int64], NDArray[np.float64]]
"""Past values of one point: device uid, point key, times in UTC ms, and values encoded as in State."""


@runtime_checkable
class Backfilling(Protocol):
    """An adapter with values from before its devices were first connected."""

    def past(self, link: Link, start_ms: int, end_ms: int) -> Iterator[Past]:
        """Past values of each point between two times, UTC ms. Blocks."""
        ...


@runtime_checkable
class ScansNetwork(Protocol):
    """An adapter with its own discovery besides DNS-SD."""

    scan_every_s: float
    """Seconds between two scans once the first have been made: long where a scan asks a whole building."""

    def scan(self) -> AsyncIterator[Candidate]:
        """Candidates as they are found; ends by itself."""
        ...

"""A desk and a home for tests of the window: believable values, futures that the test settles or that settle at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np

from app.actions import DEFAULT_SENDER, new_command
from app.api import NO_OPTIONS, NO_PHOTOS
from app.engine.alarm_accounts import alarm_report
from app.engine.comfort_reports import ComfortAccounts
from app.engine.energy_reports import EnergyAccounts
from app.engine.problems import no_adapter, unknown
from app.inbox import Inbox
from app.settings import ROWS as SETTINGS
from app.settings import SettingValue
from tests.english import plain, words
from twin.building.plan.drawing_builder import DrawingBuilder
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch
from twin.model.building import Building
from twin.model.building_report import ReportFile, ReportKind, ReportStatus
from twin.model.candidate import Candidate, Need
from twin.model.capability import Aggregate
from twin.model.care import CareSetup, CareStatus
from twin.model.certificate import Certificate
from twin.model.change import (
    CandidatesChanged,
    CommandUpdated,
    DeviceOnline,
    LinkChanged,
    PairingJobsChanged,
    TwinChanged,
)
from twin.model.checkout import DeviceCheckout
from twin.model.checkout_tally import checkouts_of, signed
from twin.model.command import Command, CommandResult, CommandState, expected, refusal
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.device import Device, DeviceInfo, Link, Point, PointInfo, device_from_description
from twin.model.device_sharing import DeviceSoftware, Membership, PairingWindow, SoftwareState, UpdateAct
from twin.model.document_page import DocumentPage
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.early_warning import WarningChart, WarningReport
from twin.model.energy import EnergyReport, EnergySetup, EnergySpan
from twin.model.grant import Grant, NetworkDoor, NewGrant
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.ids import DeviceId, LinkId, PlaceholderId, PointId, RoomId, StoreyId, clean_name, derived
from twin.model.import_review import Review
from twin.model.joining import JoinNetwork
from twin.model.kind import KINDS
from twin.model.link_option import LinkSchema
from twin.model.link_status import LinkStatus
from twin.model.mesh import Mesh
from twin.model.meter import Consumption, QuarterUse
from twin.model.network_check import CheckVerdict, NetworkFinding
from twin.model.notification_status import NotificationStatus
from twin.model.observation import Observation, Quality, StringTable, Value, decode, encode
from twin.model.pairing_job import PairingJob, PairingRequest
from twin.model.privacy import PresenceHours, PrivacyStatus
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import RadioMap
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.security_event import SecurityStatus
from twin.model.setup_code import KeptCode
from twin.model.site_digest import SiteDigest
from twin.model.space import Door, Placeholder, Position, Room, Storey
from twin.model.state import State
from twin.model.table_changes import TableChanges
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_act import AlarmAct
from twin.rules.alarm_metrics import AlarmMetricsReport
from twin.store.history import History
from twin.store.history.samples import NONE, Samples
from twin.store.project import refusals
from twin.store.project.checkout_refusals import refuse_contradiction, refuse_photos

NOW_MS = 1_764_000_000_000
LINK = Link(id=LinkId("link-1"), protocol="mqtt", address="mqtts://broker.local", title="Broker")
MATTER = Link(id=LinkId("link-2"), protocol="matter", address="ws://[::1]:5580", title="Matter")

ROOMS: tuple[tuple[str, str, float, float, float, float], ...] = (
    ("Living room", "ground", 0, 0, 6, 5), ("Kitchen", "ground", 6, 0, 10, 4), ("Hall", "ground", 0, 5, 4, 8),
    ("Bath", "ground", 4, 5, 7, 8), ("Study", "ground", 7, 4, 10, 8), ("Bedroom", "upper", 0, 0, 5, 5),
    ("Children", "upper", 5, 0, 10, 4), ("Guest room", "upper", 0, 5, 5, 8), ("Upper bath", "upper", 5, 4, 10, 8),
)  # fmt: skip
DEVICES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Ceiling light", "light", "Living room", ("on_off", "level", "color_temperature", "identify")),
    ("Floor lamp", "lamp", "Living room", ("on_off", "identify")),
    ("Mood light", "light", "Living room", ("on_off", "level", "color")),
    ("Climate sensor", "climate_sensor", "Living room", ("temperature", "humidity", "battery")),
    ("Blind south", "cover", "Living room", ("position",)),
    ("Speaker", "speaker", "Living room", ("volume", "mute", "media_state")),
    ("Kitchen light", "light", "Kitchen", ("on_off", "level")),
    ("Fridge plug", "plug", "Kitchen", ("on_off", "power", "energy_import")),
    ("Air sensor", "air_sensor", "Kitchen", ("co2", "temperature", "humidity")),
    ("Smoke alarm", "smoke_alarm", "Kitchen", ("smoke", "battery")),
    ("Front door", "lock", "Hall", ("lock", "battery")), ("Door contact", "contact_sensor", "Hall", ("contact",)),
    ("Wall button", "button", "Hall", ("button",)), ("Motion", "motion_sensor", "Hall", ("motion", "illuminance")),
    ("Bath heater", "radiator", "Bath", ("temperature", "setpoint_heat", "valve", "hvac_mode")),
    ("Leak sensor", "leak_sensor", "Bath", ("water_leak", "battery")),
    ("Desk lamp", "lamp", "Study", ("on_off",)),
    ("Thermostat", "thermostat", "Study", ("temperature", "setpoint_heat", "hvac_mode", "hvac_action")),
    ("Bedroom light", "light", "Bedroom", ("on_off", "level")),
    ("Bedroom climate", "climate_sensor", "Bedroom", ("temperature", "humidity")),
    ("Fan", "fan", "Bedroom", ("fan_speed", "fan_mode")), ("Night light", "lamp", "Children", ("on_off",)),
    ("Children climate", "climate_sensor", "Children", ("temperature", "humidity", "co2")),
    ("Guest lamp", "lamp", "Guest room", ("on_off",)),
    ("Upper heater", "radiator", "Upper bath", ("temperature", "setpoint_heat", "valve")),
    ("Main meter", "meter", "", ("power", "energy_import", "voltage", "current")), ("New plug", "plug", "", ("on_off", "power")),
)  # fmt: skip
PRETEND_LAMP = DeviceInfo(
    uid="lamp",
    name="Lamp",
    points=(
        PointInfo(key="on", capability="on_off", writable=True),
        PointInfo(key="level", capability="level", writable=True),
        PointInfo(key="t", capability="temperature"),
        PointInfo(key="say", capability="raw_text"),
    ),
    area="Kitchen",
)
"""What stands behind `pretend://`, on this desk and on the engine of the contract."""
VALUES: dict[str, Value] = {
    "on_off": True, "level": 62.0, "color_temperature": 2900.0, "color": (0.52, 0.31), "temperature": 21.4,
    "humidity": 46.0, "battery": 82.0, "position": 40.0, "volume": 25.0, "mute": False, "media_state": "playing",
    "power": 84.0, "energy_import": 18_430.0, "co2": 780.0, "smoke": False, "lock": "locked", "contact": False,
    "button": "press", "motion": True, "illuminance": 320.0, "setpoint_heat": 21.0, "valve": 35.0, "hvac_mode": "heat",
    "water_leak": False, "hvac_action": "heating", "fan_speed": 30.0, "fan_mode": "low", "voltage": 231.2, "current": 2.1,
}  # fmt: skip
_HIGHEST = {"color_temperature": 6500.0, "setpoint_heat": 30.0}
_LOWEST = {"color_temperature": 2200.0, "setpoint_heat": 5.0}
CANDIDATES = (
    Candidate(key="matter:3840", name="Plug of the kitchen", protocol="matter", maker="Example", product="Smart plug", addresses=("fd00::21",), port=5540, needs=Need.CODE, evidence=("_matterc._udp",)),
    Candidate(key="mqtt:broker", name="broker.local", protocol="mqtt", product="MQTT broker", addresses=("192.0.2.4", "fd00::4"), port=8883, needs=Need.PASSWORD, evidence=("_secure-mqtt._tcp",)),
    Candidate(key="hue:1", name="Bridge", protocol="hue", product="Bridge", addresses=("192.0.2.9",), port=443, needs=Need.KNOWN),
)  # fmt: skip

FINDINGS = (
    NetworkFinding(verdict=CheckVerdict.PASS, evidence=Text("network.interfaces.found", n=1, names=["eth0"])),
    NetworkFinding(verdict=CheckVerdict.FAIL, evidence=Text("network.ipv6.off"), interface="eth0"),
    NetworkFinding(verdict=CheckVerdict.UNKNOWN, evidence=Text("network.thread.none")),
)


def room_id(name: str) -> RoomId:
    """The id of a room of the test home."""
    return RoomId(f"room-{name}")


def home() -> Twin:
    """Two storeys, nine rooms, 27 devices."""
    rooms = tuple(
        Room(
            id=room_id(name), storey=StoreyId(storey), name=name, outline=((x0, y0), (x1, y0), (x1, y1), (x0, y1)),
            floor_m=0.0 if storey == "ground" else 2.8, ceiling_m=2.5 if storey == "ground" else 5.3,
            area_m2=(x1 - x0) * (y1 - y0), volume_m3=(x1 - x0) * (y1 - y0) * 2.5,
        )
        for name, storey, x0, y0, x1, y1 in ROOMS
    )  # fmt: skip
    storeys = (
        Storey(id=StoreyId("ground"), name="Ground floor", elevation_m=0.0, height_m=2.8),
        Storey(id=StoreyId("upper"), name="Upper floor", elevation_m=2.8, height_m=2.8),
    )
    doors: tuple[Door, ...] = ()
    devices = tuple(device(*row) for row in DEVICES)
    return Twin(name="Maple House", storeys=storeys, rooms=rooms, doors=doors, links=(LINK, MATTER), devices=devices)


def device(name: str, kind: str, room: str, capabilities: tuple[str, ...], link: Link = LINK) -> Device:
    """One device of the test home."""
    infos = tuple(
        PointInfo(
            key=c, capability=c, writable=c in _WRITABLE, minimum=_LOWEST.get(c), maximum=_HIGHEST.get(c)
        )
        for c in capabilities
    )  # fmt: skip
    info = DeviceInfo(uid=f"uid-{name}", name=name, points=infos, kind=kind, maker="Example Works", model="EX-20", firmware="1.4.2", address="192.0.2.17")  # fmt: skip
    placed = next((r for r in ROOMS if r[0] == room), None)
    spot = (
        None if placed is None else ((placed[2] + placed[4]) / 2, (placed[3] + placed[5]) / 2, KINDS[kind].mounts_at_m)
    )
    return replace(device_from_description(info, link), room=room_id(room) if room else None, position_m=spot)


_WRITABLE = frozenset(
    ("on_off", "level", "color_temperature", "color", "position", "volume", "mute", "media_state", "lock",
     "setpoint_heat", "valve", "hvac_mode", "fan_speed", "fan_mode", "identify")
)  # fmt: skip


def done[T](value: T) -> Future[T]:
    """A future that is already there."""
    made: Future[T] = Future()
    made.set_result(value)
    return made


class SteadyMeters:
    """A history in which every meter has counted 100 W, and every room had 16 °C, ever since."""

    events = type("NoEvents", (), {"rows": staticmethod(lambda *_: [])})

    def means(self, point: PointId, from_ms: int, to_ms: int, width_ms: int) -> np.ndarray:
        value = 40.0 if str(point).endswith("humidity") else 600.0 if str(point).endswith("co2") else 16.0
        return np.full((to_ms - from_ms) // width_ms, value)

    def raw(self, point: PointId, from_ms: int, to_ms: int) -> Samples:
        return NONE

    def quarter_use(self, point: PointId, from_ms: int, to_ms: int) -> QuarterUse:
        n = max(0, (to_ms - from_ms) // 900_000)
        return QuarterUse(from_ms, np.full(n, 25.0), np.zeros(n, np.bool_))


@dataclass
class FakeDesk:
    """Remembers what it was asked. With `prompt`, commands are confirmed at once by a report; else the test decides."""

    twin: Twin = field(default_factory=home)
    inbox: Inbox = field(default_factory=Inbox)
    prompt: bool = True
    test_refusal: Problem | None = None
    run_rows: tuple[RunLogEntry, ...] = ()
    start_rows: tuple[RunLogEntry, ...] = ()
    """What the log says of the next start, newest first."""
    report_rows: tuple[ReportStatus, ...] = ()
    path: str = "maple.oikos"
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set[str])
    """Methods that the role of this window does not allow."""
    open_commands: list[Command] = field(default_factory=list[Command])
    answers: dict[str, Future[object]] = field(default_factory=dict)
    dictionary: StringTable = field(default_factory=StringTable)
    jobs: tuple[PairingJob, ...] = ()
    codes: dict[DeviceId, str] = field(default_factory=dict)
    homes: tuple[Membership, ...] = (
        Membership(index=1, vendor="Oikos", own=True),
        Membership(index=2, vendor="Other", label="Flat"),
    )
    """Of the pairing queue."""
    _done: list[tuple[str, Twin]] = field(default_factory=list)
    _undone: list[tuple[str, Twin]] = field(default_factory=list)
    undo_author: str = ""
    ignored: frozenset[str] = frozenset()
    """Who made the last edit, where it is another person."""
    """Edits that can be taken back, and done again: label and the twin to go to."""
    clock_ms: int = NOW_MS
    kept: dict[str, object] = field(default_factory=dict)
    own_settings: dict[str, SettingValue] = field(default_factory=dict)
    people: list[Grant] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)
    network: NetworkDoor | None = None
    """Settings of the engine that were changed."""
    reviews: dict[str, Review] = field(default_factory=dict)
    """What reading a file says, by what it goes into."""
    drawn: DrawingWithPictures | None = None
    drafting: DrawingBuilder = field(default_factory=DrawingBuilder)
    pages: Future[DocumentPage] | None = None
    shown: Certificate | None = None
    statuses: tuple[LinkStatus, ...] = ()
    networks: tuple[JoinNetwork, ...] = ()
    software: tuple[DeviceSoftware, ...] = ()
    rule_statuses: tuple[RuleStatus, ...] = ()
    previews: list[RulePreview] = field(default_factory=list)
    captured: Definition = field(default_factory=lambda: Definition("scene-1", "", True, '{"id": "scene-1"}'))
    scene_outcome: SceneOutcome = field(default_factory=SceneOutcome)
    energy_settings: EnergySetup = field(default_factory=EnergySetup)
    counts: list[Consumption] = field(default_factory=list)
    """What the meters counted."""
    damaged: tuple[tuple[int, int], ...] = ()
    """Stretches of every point's history that are damaged."""

    def fill(self) -> None:
        """Puts a value of every point into the inbox, links online, one device away."""
        self.inbox.put(
            Batch.of(
                self.report(point, VALUES[point.capability.id])
                for point in self.twin.points
                if point.capability.id in VALUES
            )
        )
        self.inbox.put_change(LinkChanged(LINK.id, "online"))
        self.inbox.put_change(LinkChanged(MATTER.id, "waiting", words("the server does not answer")))
        away = self.twin.find_device("Guest lamp")
        if away is not None:
            self.inbox.put(Batch.of([self.report(away.points[0], True, self.clock_ms - 14 * 60_000)]))
            self.inbox.put_change(DeviceOnline(away.id, False, self.clock_ms))

    def report(self, point: Point, value: Value, time_ms: int | None = None) -> Observation:
        """What the device would say; temperatures differ by room."""
        if point.capability.id in ("temperature", "humidity", "co2") and isinstance(value, float):
            value += (sum(map(ord, str(point.device))) % 9 - 4) * {"temperature": 0.6, "humidity": 2.0, "co2": 60.0}[
                point.capability.id
            ]
        number = encode(point, value, self.dictionary)
        assert number is not None, point
        return Observation(point.id, self.clock_ms - 4000 if time_ms is None else time_ms, number)

    def resync(self, inbox: Inbox) -> Future[None]:
        inbox.put_change(TwinChanged(self.twin))
        return self._note("resync")

    def _note(self, what: str, *args: object) -> Future[None]:
        self.asked.append((what, args))
        return self.answers.get(what) or done(None)  # type: ignore[return-value]

    def setting(self, name: str) -> Future[object]:
        return done(self.kept.get(name))

    def engine_settings(self) -> Future[dict[str, SettingValue]]:
        rows = {row.name: row.default for row in SETTINGS if row.of_engine}
        return self.answers.get("engine_settings") or done(rows | self.own_settings)  # type: ignore[return-value]

    def change_engine_setting(self, name: str, value: SettingValue) -> Future[None]:
        self.own_settings[name] = value
        return self._note("change_engine_setting", name, value)

    def keep_setting(self, name: str, value: object) -> Future[None]:
        self.kept[name] = value
        return self._note("keep", name, value)

    def grants(self) -> Future[tuple[Grant, ...]]:
        return done(tuple(self.people))

    def add_grant(
        self,
        name: str,
        role: str,
        rooms: Sequence[RoomId] = (),
        zones: Sequence[str] = (),
        expires_ms: int | None = None,
    ) -> Future[NewGrant]:
        if any(one.name == name for one in self.people):
            refused: Future[NewGrant] = Future()
            refused.set_exception(ProblemError(refusals.granted_already(name)))
            return refused
        grant = Grant(
            id=f"grant-{name}", name=name, role=role, rooms=tuple(rooms), zones=tuple(zones), expires_ms=expires_ms,
            created_ms=NOW_MS, created_by="me",
        )  # fmt: skip
        self.people.append(grant)
        return done(NewGrant(grant=grant, token="token-of-32-bytes"))

    def revoke_grant(self, grant: str) -> Future[None]:
        self.people = [one for one in self.people if grant not in (one.id, one.name)]
        return done(None)

    def digest(self) -> Future[SiteDigest]:
        return done(SiteDigest(time_ms=self.now_ms(), name=self.twin.name, devices=len(self.twin.devices)))

    def served(self) -> Future[NetworkDoor | None]:
        return done(self.network)

    def serve(self, address: str) -> Future[NetworkDoor | None]:
        urls = ("https://house.local:8443",)
        door = NetworkDoor(address=address, port=8443, fingerprint=":".join(["AB"] * 32), urls=urls)
        self.network = door if address else None
        return done(self.network)

    def mesh(self) -> Future[Mesh | None]:
        return done(None)

    def light(
        self, storey: StoreyId, make: Callable[[], StoreyModel | None], quality: str
    ) -> Future[tuple[StoreyLight, str] | None]:
        return done(None)

    def kept_light(self, key: str) -> Future[bytes | None]:
        self._note("kept_light", key)
        return done(None)

    def keep_light(self, storey: StoreyId, key: str, data: bytes) -> Future[None]:
        self._note("keep_light", storey, key)
        return done(None)

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        made: Future[T] = Future()
        try:
            made.set_result(work())
        except Exception as error:
            made.set_exception(error)
        return made

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        self.asked.append(("command", (point, verb, value)))
        return done(self._carried(new_command(point, verb, value, sender=sender)))

    def _carried(self, command: Command) -> CommandResult:
        """Every step is told, as the engine tells it: what is refused was never on its way."""
        if (refused := self._refused(command)) is not None:
            self.inbox.put_change(CommandUpdated(refused))
            return refused
        self.inbox.put_change(CommandUpdated(CommandResult(command=command, state=CommandState.PENDING)))
        result = self.confirm(command)
        self.inbox.put_change(CommandUpdated(result))
        return result

    def _refused(self, command: Command) -> CommandResult | None:
        point = self.twin.point_of.get(command.point)
        reason = words("there is no such point") if point is None else refusal(point, command.verb, command.value)
        return CommandResult(command=command, state=CommandState.FAILED, reason=reason) if reason else None

    def confirm(self, command: Command) -> CommandResult:
        """The device reports what it was asked for."""
        point = self.twin.point_of[command.point]
        wanted = expected(point, command.verb, command.value, None)
        if wanted is not None:
            self.clock_ms += 10
            self.inbox.put(Batch.of([self.report(point, wanted, self.clock_ms)]))
        return CommandResult(command=command, state=CommandState.CONFIRMED, seconds=0.2)

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        return done([self.command(*order, sender=sender).result() for order in orders])

    def send(self, commands: Sequence[Command]) -> Future[None]:
        for command in commands:
            self.asked.append(("command", (command.point, command.verb, command.value)))
            if self.prompt or self._refused(command) is not None:
                self._carried(command)
            else:
                self.inbox.put_change(CommandUpdated(CommandResult(command=command, state=CommandState.PENDING)))
                self.open_commands.append(command)
        return done(None)

    def end(self, command: Command, state: CommandState = CommandState.CONFIRMED, reason: str = "no") -> None:
        """The engine tells how a command ended."""
        self.open_commands.remove(command)
        if state is CommandState.CONFIRMED:
            self.inbox.put_change(CommandUpdated(self.confirm(command)))
        else:
            self.inbox.put_change(CommandUpdated(CommandResult(command=command, state=state, reason=words(reason))))

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Future[None]:
        def bound(twin: Twin) -> tuple[str, Twin]:
            known, place = self._device(device), self._room(room)
            moved = {device: replace(known, room=room, position_m=position_m)}
            return f"Put {known.name} into {place.title}", _with(twin, moved)

        return self._edit("bind", (device, room, position_m), "", bound)

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Future[None]:
        def bound(twin: Twin) -> tuple[str, Twin]:
            known = {id: (self._device(id), self._room(room)) for id, room in places.items()}
            moved = {
                id: replace(one, room=room.id, position_m=None)
                for id, (one, room) in known.items()
                if one.room != room.id
            }
            return f"Put {len(moved)} devices into rooms", _with(twin, moved)

        return self._edit("bind_all", (dict(places),), "Put in", bound)

    def export_devices(self, path: str, devices: Collection[DeviceId]) -> Future[int]:
        self._note("export_devices", path, frozenset(devices))
        return done(len(devices))

    def check_out(self, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes] = NO_PHOTOS) -> Future[None]:
        def checked(twin: Twin) -> tuple[str, Twin]:
            for one in results:
                self._device(one.id)
                refuse_contradiction(one)
            refuse_photos(photos)
            self.photos |= photos
            known = checkouts_of(twin) | {one.id: one for one in signed(results, twin, self.clock_ms, "ann")}
            left = {id: one for id, one in known.items() if not one.is_blank}
            return "Check out", replace(twin, checkouts=tuple(left[id] for id in sorted(left)))

        return self._edit("check_out", (tuple(results), dict(photos)), "Check out", checked)

    def checkout_photo(self, sha256: str) -> Future[bytes | None]:
        self._note("checkout_photo", sha256)
        return done(self.photos.get(sha256))

    def unbind(self, *devices: DeviceId) -> Future[None]:
        def freed(twin: Twin) -> tuple[str, Twin]:
            known = [self._device(id) for id in devices]
            what = known[0].name if len(known) == 1 else f"{len(known)} devices"
            return f"Take {what} out", _with(twin, {one.id: replace(one, room=None, position_m=None) for one in known})

        return self._edit("unbind", devices, "Take out", freed)

    def _edit(
        self, what: str, args: tuple[object, ...], told: str, work: Callable[[Twin], tuple[str, Twin]]
    ) -> Future[None]:
        """One edit as the project makes it: one undo step and one event, or a refusal and nothing."""
        self.asked.append((what, args))
        if (given := self.answers.get(what)) is not None:
            return given  # type: ignore[return-value]
        try:
            label, twin = work(self.twin)
        except ProblemError as error:
            refused: Future[None] = Future()
            refused.set_exception(error)
            return refused
        if twin != self.twin:
            self._undone.clear()
            self._done.append((label, self.twin))
            self.change(twin, told)
        return done(None)

    def _device(self, id: DeviceId) -> Device:
        if (found := self.twin.device_of.get(id)) is None:
            raise ProblemError(refusals.unknown_thing("device", id))
        return found

    def _room(self, id: RoomId) -> Room:
        if (found := self.twin.room_of.get(id)) is None:
            raise ProblemError(refusals.unknown_thing("room", id))
        return found

    def change(self, twin: Twin, label: str = "") -> None:
        """A new structure, told through the inbox."""
        self.twin = twin
        self.inbox.put_change(TwinChanged(twin, words(label) if label else None))

    def place_in_room(self, holder: PlaceholderId, room: RoomId) -> Future[None]:
        def placed(twin: Twin) -> tuple[str, Twin]:
            known = next((one for one in twin.placeholders if one.id == holder), None)
            if known is None:
                raise ProblemError(refusals.unknown_thing("placeholder", holder))
            now = replace(known, room=self._room(room).id, candidates=())
            holders = tuple(now if one is known else one for one in twin.placeholders)
            return f"Put {known.name} into {self._room(room).title}", replace(twin, placeholders=holders)

        return self._edit("place", (holder, room), "Put in", placed)

    def plan_device(self, room: RoomId, kind: str, name: str) -> Future[None]:
        def planned(twin: Twin) -> tuple[str, Twin]:
            where = self._room(room)
            if kind not in KINDS:
                raise ProblemError(refusals.unknown_thing("kind", kind))
            if not clean_name(name):
                raise ProblemError(refusals.nameless())
            id = PlaceholderId(f"planned-{len(twin.placeholders)}")
            made = Placeholder(id=id, kind=kind, name=clean_name(name), storey=where.storey, room=room)
            return f"Plan {made.name} in {where.title}", replace(twin, placeholders=(*twin.placeholders, made))

        return self._edit("plan", (room, kind, name), "", planned)

    def unplan_device(self, holder: PlaceholderId) -> Future[None]:
        def less(twin: Twin) -> tuple[str, Twin]:
            known = self._holder(holder)
            if not known.by_hand:
                raise ProblemError(Problem(code="plan.of_file", args={"name": known.name}))
            left = tuple(one for one in twin.placeholders if one is not known)
            return f"Remove {known.name} from the plan", replace(twin, placeholders=left)

        return self._edit("unplan", (holder,), "", less)

    def take_place(self, device: DeviceId, holder: PlaceholderId, also: tuple[DeviceId, ...] = ()) -> Future[None]:
        def taken(twin: Twin) -> tuple[str, Twin]:
            known, place = self._device(device), self._holder(holder)
            if place.device not in (None, device):
                raise ProblemError(Problem(code="plan.taken", args={"name": place.name}))
            if place.room is None:
                raise ProblemError(Problem(code="plan.no_room", args={"name": place.name}))
            name = place.name if place.by_hand else known.name
            now = replace(known, room=place.room, position_m=place.position_m, name=name)
            holders = tuple(replace(one, device=device) if one is place else one for one in twin.placeholders)
            beside = {id: replace(self._device(id), room=place.room, position_m=None) for id in also}
            after = replace(_with(twin, {device: now, **beside}), placeholders=holders)
            return f"Put {name} where it is planned", after

        return self._edit("take", (device, holder, *also), "Put in", taken)

    def _holder(self, id: PlaceholderId) -> Placeholder:
        if (found := next((one for one in self.twin.placeholders if one.id == id), None)) is None:
            raise ProblemError(refusals.unknown_thing("placeholder", id))
        return found

    def rename(self, thing: DeviceId | RoomId, name: str) -> Future[None]:
        def named(twin: Twin) -> tuple[str, Twin]:
            clean = clean_name(name)
            if not clean:
                raise ProblemError(refusals.nameless())
            room = twin.room_of.get(RoomId(thing))
            if room is not None:
                rooms = tuple(replace(one, name=clean) if one is room else one for one in twin.rooms)
                return f"Rename {room.name} to {clean}", replace(twin, rooms=rooms)
            known = self._device(DeviceId(thing))
            return f"Rename {known.name} to {clean}", _with(twin, {known.id: replace(known, name=clean)})

        return self._edit("rename", (thing, name), f"Rename to {name}", named)

    def remove(self, device: DeviceId) -> Future[None]:
        def less(twin: Twin) -> tuple[str, Twin]:
            known = twin.device_of.get(device)
            left = tuple(one for one in twin.devices if one.id != device)
            return (f"Remove {known.name}" if known else ""), (replace(twin, devices=left) if known else twin)

        known = self.twin.device_of.get(device)
        return self._edit("remove", (device,), f"Remove {known.name}" if known else "", less)

    def certificate(self, target: Candidate | LinkId | str) -> Future[Certificate | None]:
        self._note("certificate", target)
        known = isinstance(target, Candidate) or any(link.id == target for link in self.twin.links)
        return done(self.shown) if known or _has_protocol(str(target)) else refused(no_adapter(str(target)))

    def log_in(self, link: LinkId, user: str, password: str, options: Mapping[str, str] = NO_OPTIONS) -> Future[None]:
        noted = self._note("log_in", link, user, password, *((dict(options),) if options else ()))
        return noted if self._knows(link) else refused(unknown("link", link))

    def table_changes(self, link: LinkId, options: Mapping[str, str] = NO_OPTIONS) -> Future[TableChanges]:
        self._note("table_changes", link, dict(options))
        return self.answers.get("table_changes") or done(TableChanges(same=3))  # type: ignore[return-value]

    def trust(self, link: LinkId, trust: Mapping[str, str]) -> Future[None]:
        def trusting(twin: Twin) -> tuple[str, Twin]:
            if not self._knows(link):
                raise ProblemError(unknown("link", link))
            links = tuple(replace(one, options=tuple(trust.items())) if one.id == link else one for one in twin.links)
            return f"Add {next(one.title for one in links if one.id == link)}", replace(twin, links=links)

        return self._edit("trust", (link, dict(trust)), "", trusting)

    def _knows(self, link: LinkId) -> bool:
        return any(one.id == link for one in (*self.twin.links, *(status.link for status in self.statuses)))

    def remove_link(self, link: LinkId) -> Future[None]:
        def less(twin: Twin) -> tuple[str, Twin]:
            known = next((one for one in twin.links if one.id == link), None)
            if known is None:
                raise ProblemError(refusals.unknown_thing("link", link))
            links = tuple(one for one in twin.links if one is not known)
            devices = tuple(one for one in twin.devices if one.link != link)
            return f"Remove {known.title or known.address}", replace(twin, links=links, devices=devices)

        return self._edit("remove_link", (link,), "", less)

    def links(self) -> Future[tuple[LinkStatus, ...]]:
        return done(self.statuses or tuple(LinkStatus(link=link, state="online") for link in self.twin.links))

    def undo(self, *, others: bool = False) -> Future[Text | None]:
        if self.undo_author and not others:
            label = self.undo_labels()[0]
            return refused(Problem(code="edit.of_another", args={"edit": label, "author": self.undo_author}))
        self.undo_author = ""
        return self._turn("undo", self._done, self._undone)

    def redo(self) -> Future[Text | None]:
        return self._turn("redo", self._undone, self._done)

    def _turn(self, what: str, steps: list[tuple[str, Twin]], others: list[tuple[str, Twin]]) -> Future[Text | None]:
        self._note(what)
        if not steps:
            return done(None)
        label, twin = steps.pop()
        others.append((label, self.twin))
        self.change(twin, what.capitalize())
        return done(words(label))

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        undo, redo = ((words(steps[-1][0]) if steps else None) for steps in (self._done, self._undone))
        return undo, redo

    def undo_authors(self) -> tuple[str, str]:
        return self.undo_author, ""

    def discover(self, on: bool) -> None:
        self._note("discover", on)
        if on:
            self._show_candidates()

    def ignore_candidate(self, key: str, ignored: bool) -> Future[None]:
        noted = self._note("ignore_candidate", key, ignored)
        self.ignored = self.ignored | {key} if ignored else self.ignored - {key}
        self._show_candidates()
        return noted

    def _show_candidates(self) -> None:
        found = tuple(replace(one, ignored=one.key in self.ignored) for one in CANDIDATES)
        self.inbox.put_change(CandidatesChanged(found))

    def add(
        self,
        target: Candidate | str,
        user: str = "",
        password: str = "",
        room: RoomId | None = None,
        trust: Mapping[str, str] = NO_OPTIONS,
        options: Mapping[str, str] = NO_OPTIONS,
        only_one: bool = False,
    ) -> Future[tuple[Device, ...]]:
        more = (*(("only one",) if room is not None and only_one else ()), *((dict(trust),) if trust else ()))
        self.asked.append(("add", (target, user, password, room, *more, *((dict(options),) if options else ()))))
        if (given := self.answers.get("add")) is not None:
            return given  # type: ignore[return-value]
        address = target if isinstance(target, str) else ""
        if isinstance(target, str) and not _has_protocol(address):
            return refused(no_adapter(address))
        if not address.startswith("pretend://"):
            return done((self.twin.devices[0],))
        link = Link(id=LinkId(derived("link", address)), protocol="pretend", address=address, title=address)
        made = replace(device_from_description(PRETEND_LAMP, link), room=room)
        if made.id not in self.twin.device_of:
            whole = replace(self.twin, links=(*self.twin.links, link), devices=(*self.twin.devices, made))
            self._done.append((f"Add {address}", self.twin))
            self._undone.clear()
            self.change(whole, f"Add {address}")
        return done((self.twin.device_of[made.id],))

    def link_options(self, target: Candidate | LinkId | str) -> Future[LinkSchema]:
        return self.answers.get("link_options") or done(LinkSchema(has_login="mqtt" in str(target)))  # type: ignore[return-value]

    def check_network(self) -> Future[tuple[NetworkFinding, ...]]:
        self._note("check_network")
        return self.answers.get("check_network") or done(FINDINGS)  # type: ignore[return-value]

    def radio_map(self) -> Future[RadioMap]:
        self._note("radio_map")
        return self.answers.get("radio_map") or done(RadioMap(can_ask=True))  # type: ignore[return-value]

    def survey_radio(self) -> Future[RadioMap]:
        self._note("survey_radio")
        return self.answers.get("survey_radio") or done(RadioMap(can_ask=True))  # type: ignore[return-value]

    def check_code(self, code: str) -> Future[Problem | None]:
        return done(self._wrong_code(code))

    def _wrong_code(self, code: str) -> Problem | None:
        digits = code.replace("-", "")
        return (
            None
            if digits.isdigit() and len(digits) == 11
            else plain("A pairing code has 11 digits", "Type it again", code="code")
        )

    def pair(self, code: str, room: RoomId | None = None) -> Future[tuple[Device, ...]]:
        self.asked.append(("pair", (code, room)))
        if wrong := self._wrong_code(code):
            return refused(wrong)
        return self.answers.get("pair") or done((self.twin.devices[0],))  # type: ignore[return-value]

    def replace_device(self, old: DeviceId, new: DeviceId) -> Future[None]:
        def replaced(twin: Twin) -> tuple[str, Twin]:
            was, now = self._device(old), self._device(new)
            rest = tuple(
                replace(now, name=was.name, room=was.room) if one.id == new else one
                for one in twin.devices
                if one.id != old
            )
            return f"Replace {was.name}", replace(twin, devices=rest)

        return self._edit("replace_device", (old, new), "Replace", replaced)

    def share_device(self, device: DeviceId) -> Future[PairingWindow]:
        self._note("share_device", device)
        return self.answers.get("share_device") or done(  # type: ignore[return-value]
            PairingWindow(manual_code="34970112332", qr_text="MT:Y.K9042C00KA0648G00", seconds=300)
        )

    def setup_codes(self) -> Future[tuple[KeptCode, ...]]:
        return done(self._kept_codes())

    def setup_code(self, device: DeviceId) -> Future[str]:
        self._note("setup_code", device)
        code = self.codes.get(device)
        return refused(Problem(code="setup_code.none", args={"name": device})) if code is None else done(code)

    def keep_setup_code(self, device: DeviceId, code: str) -> Future[tuple[KeptCode, ...]]:
        self._note("keep_setup_code", device)
        self.codes[device] = code
        return done(self._kept_codes())

    def forget_setup_code(self, device: DeviceId) -> Future[tuple[KeptCode, ...]]:
        self._note("forget_setup_code", device)
        del self.codes[device]
        return done(self._kept_codes())

    def _kept_codes(self) -> tuple[KeptCode, ...]:
        there, rooms = self.twin.device_of, self.twin.room_of
        return tuple(
            KeptCode(
                device=id, name=there[id].name if id in there else "Old lamp", since_ms=self.now_ms(),
                place=rooms[room].title if (room := there[id].room if id in there else None) in rooms else "",
                is_removed=id not in there,
            )
            for id in self.codes
        )  # fmt: skip

    def memberships(self, device: DeviceId) -> Future[tuple[Membership, ...]]:
        return done(self.homes)

    def end_membership(self, device: DeviceId, index: int) -> Future[tuple[Membership, ...]]:
        self._note("end_membership", device, index)
        self.homes = tuple(one for one in self.homes if one.index != index)
        return done(self.homes)

    def software_state(self, device: DeviceId) -> Future[SoftwareState]:
        return done(SoftwareState(installed="1.2", newer="1.3"))

    def join_networks(self) -> Future[tuple[JoinNetwork, ...]]:
        return done(self.networks)

    def permit_join(self, link: LinkId, network: str, seconds: int, through: str = "") -> Future[None]:
        return self._note("permit_join", link, network, seconds, through)

    def software_states(self) -> Future[tuple[DeviceSoftware, ...]]:
        return done(self.software)

    def change_software(self, device: DeviceId, act: UpdateAct) -> Future[None]:
        return self._note("change_software", device, act)

    def load_software(self, device: DeviceId, path: str) -> Future[None]:
        return self._note("load_software", device, path)

    def pairing_jobs(self) -> Future[tuple[PairingJob, ...]]:
        return done(self.jobs)

    def pair_many(self, requests: Sequence[PairingRequest]) -> Future[tuple[PairingJob, ...]]:
        self._note("pair_many", tuple(requests))
        made = tuple(
            PairingJob(id=str(n), name=one.name, room=one.room) for n, one in enumerate(requests, len(self.jobs) + 1)
        )
        return self._jobs_are((*self.jobs, *made))

    def retry_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        self._note("retry_pairing", tuple(jobs))
        return done(self.jobs)

    def cancel_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        self._note("cancel_pairing", tuple(jobs))
        return done(self.jobs)

    def forget_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        self._note("forget_pairing", tuple(jobs))
        return self._jobs_are(tuple(one for one in self.jobs if one.id not in jobs))

    def _jobs_are(self, jobs: tuple[PairingJob, ...]) -> Future[tuple[PairingJob, ...]]:
        self.jobs = jobs
        self.inbox.put_change(PairingJobsChanged(jobs))
        return done(jobs)

    def export(self, path: str) -> Future[int]:
        self.asked.append(("export", (path,)))
        return self.answers.get("export") or done(7)  # type: ignore[return-value]

    def open_again(self) -> Future[None]:
        return self._note("open_again")

    def import_building(self, path: str) -> Future[None]:
        return self._note("import", path)

    def review_again(self, review: str, into: str) -> Future[Review]:
        return self.review(review, into)

    def review(self, path: str, into: str = "") -> Future[Review]:
        self.asked.append(("review", (path, into)))
        if into not in self.reviews and "review" not in self.answers:
            return refused(Problem(code="file.missing"))
        return self.answers.get("review") or done(self.reviews[into])  # type: ignore[return-value]

    def accept(self, review: str, decisions: Mapping[RoomId, RoomId | None]) -> Future[None]:
        return self._note("accept", review, dict(decisions))

    def drawing(self) -> Future[DrawingWithPictures | None]:
        self._note("drawing")
        return done(self.drawn)

    def sketch(self, drawing: Drawing, storey: int) -> Future[Building]:
        return done(self.drafting.build(drawing, only=storey))

    def page(self, path: str, number: int = 0, without: Collection[str] = ()) -> Future[DocumentPage]:
        return self.pages or self._note("page", path, number, without)  # type: ignore[return-value]

    def set_drawing(self, drawn: DrawingWithPictures) -> Future[None]:
        self.drawn = drawn
        return self._note("set_drawing", drawn)

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        self.asked.append(("columns", (tuple(points), from_ms, to_ms, columns)))
        known = self.twin.point_of
        return done(
            [
                self._columns(known[id], from_ms, to_ms, columns) if id in known else _no_columns(id, self.damaged)
                for id in points
            ]
        )

    def _columns(self, point: Point, from_ms: int, to_ms: int, columns: int) -> ChartColumns:
        """A daily swing with noise and a hole from 03:00 to 05:00 of the middle day."""
        n = max(2, columns)
        time = np.linspace(from_ms, to_ms, n, endpoint=False).astype(np.int64)
        hours = (time / 3_600_000) % 24
        base = VALUES.get(point.capability.id, 1.0)
        rng = np.random.default_rng(sum(map(ord, point.id)))
        if point.capability.unit and isinstance(base, float):
            swing = np.sin((hours - 9) / 24 * 2 * math.pi) * abs(base) * 0.08
            mean = base + swing + rng.normal(0, abs(base) * 0.006, n).cumsum() * 0.2
        else:
            mean = ((hours > 7) & (hours < 22)).astype(np.float64) * np.round(rng.random(n).cumsum() * 0.1 % 1)
        noise = np.abs(mean) * 0.006
        keep = ~((hours > 3) & (hours < 4.5)) if point.capability.unit else np.ones(n, np.bool_)
        mean, noise, time = mean[keep], noise[keep], time[keep]
        width = (to_ms - from_ms) // n
        return ChartColumns(
            point.id,
            time,
            mean - noise,
            mean + noise,
            mean,
            mean,
            np.full(len(time), 9, np.int64),
            width,
            "tiles",
            self.damaged,
        )

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        self.asked.append(("consumption", (tuple(points), from_ms, to_ms, columns)))
        return done([one for one in self.counts if one.point in points])

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        self.asked.append(("energy", (span, at_ms)))
        accounts = EnergyAccounts(self.twin, cast("History", SteadyMeters()), self.energy_settings)
        return self.answers.get("energy") or done(accounts.report(span, at_ms, self.clock_ms))  # type: ignore[return-value]

    def comfort(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        self.asked.append(("comfort", (span, at_ms, assumed)))
        accounts = ComfortAccounts(self.twin, cast("History", SteadyMeters()))
        return self.answers.get("comfort") or done(accounts.report(span, at_ms, self.clock_ms, assumed))  # type: ignore[return-value]

    def comfort_evidence(self, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortEvidence]:
        self.asked.append(("comfort_evidence", (room, at_ms, assumed)))
        accounts = ComfortAccounts(self.twin, cast("History", SteadyMeters()))
        return done(accounts.evidence(room, at_ms, self.clock_ms, assumed))

    def alarm_metrics(self, span: EnergySpan, at_ms: int) -> Future[AlarmMetricsReport]:
        self.asked.append(("alarm_metrics", (span, at_ms)))
        found = self.answers.get("alarm_metrics")
        period = span, at_ms, self.clock_ms
        return done(alarm_report(None, {}, (), self.twin, period)) if found is None else found  # type: ignore[return-value]

    def warnings(self) -> Future[WarningReport]:
        self.asked.append(("warnings", ()))
        found = self.answers.get("warnings")
        return done(WarningReport(at_ms=self.clock_ms)) if found is None else found  # type: ignore[return-value]

    def warning_chart(self, point: PointId, rule: str = "") -> Future[WarningChart]:
        self.asked.append(("warning_chart", (point, rule)))
        times = self.clock_ms - np.arange(14 * 24, 0, -1, dtype=np.int64) * 3_600_000
        usual = 21 + np.sin(np.arange(len(times)) / 24 * 6.283)
        return done(WarningChart(point, times, usual + np.linspace(0, 3, len(times)), usual.astype(np.float64)))

    def dismiss_warning(self, id: str) -> Future[None]:
        return self._note("dismiss_warning", id)

    def restore_warning(self, id: str) -> Future[None]:
        return self._note("restore_warning", id)

    def security_events(self, from_ms: int) -> Future[SecurityStatus]:
        self.asked.append(("security_events", (from_ms,)))
        return self.answers.get("security_events") or done(SecurityStatus())  # type: ignore[return-value]

    def watch_security(self, kind: str, *, on: bool) -> Future[None]:
        return self._note("watch_security", kind, on)

    def home_presence(self) -> Future[HomeStatus]:
        return self.answers.get("home_presence") or done(HomeStatus())  # type: ignore[return-value]

    def set_home_presence(self, mode: str) -> Future[HomeStatus]:
        self.asked.append(("set_home_presence", (mode,)))
        return done(HomeStatus(mode=HomeMode(mode)))

    def privacy(self) -> Future[PrivacyStatus]:
        return self.answers.get("privacy") or done(PrivacyStatus())  # type: ignore[return-value]

    def presence_hours(self, from_ms: int, to_ms: int) -> Future[PresenceHours]:
        self.asked.append(("presence_hours", (from_ms, to_ms)))
        return done(PresenceHours())

    def set_privacy(
        self, hours: int, *, shared: bool, grouped: bool | None = None, places: Mapping[RoomId, int] | None = None
    ) -> Future[PrivacyStatus]:
        self.asked.append(("set_privacy", (hours, shared, grouped, places)))
        kept = tuple((places or {}).items())
        return done(PrivacyStatus(shared=shared, hours=hours, grouped=bool(grouped), places=kept))

    def care(self) -> Future[tuple[CareStatus, ...]]:
        self.asked.append(("care", ()))
        return self.answers.get("care") or done(())  # type: ignore[return-value]

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        return self._note("agree_to_care", setup)

    def withdraw_care(self, person: str = "", *, recordings: bool = False) -> Future[None]:
        return self._note("withdraw_care", person, recordings)

    def pause_care(self, until_ms: int, person: str = "") -> Future[None]:
        return self._note("pause_care", until_ms, person)

    def answer_care(self, person: str = "") -> Future[None]:
        return self._note("answer_care", person)

    def energy_setup(self) -> Future[EnergySetup]:
        return done(self.energy_settings)

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        self.energy_settings = setup
        return self._note("keep_energy_setup", setup)

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        noted, known = self._note("mark_meter", point, time_ms, final, first), self.twin.point_of.get(point)
        meter = known is not None and known.capability.aggregate is Aggregate.SUM
        return noted if meter else refused(Problem(code="meter.none"))

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        self.asked.append(("act_on_alarms", (list(alarms), act)))
        return done(())

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        return done(tuple(one for one in self.run_rows if rule in ("", one.rule))[:most])

    def notifications(self) -> Future[NotificationStatus]:
        return done(NotificationStatus())

    def test_channel(self, channel: Definition, to: str = "", password: str = "") -> Future[None]:
        self.asked.append(("test_channel", (channel, to, password)))
        if self.test_refusal is not None:
            refused: Future[None] = Future()
            refused.set_exception(ProblemError(self.test_refusal))
            return refused
        return done(None)

    def keep_channel_password(self, channel: str, password: str) -> Future[None]:
        self.asked.append(("keep_channel_password", (channel, password)))
        return done(None)

    def change_work_orders(
        self, edits: Sequence[DefinitionEdit], photos: Mapping[str, bytes] = NO_PHOTOS
    ) -> Future[None]:
        self.asked.append(("change_work_orders", (edits, photos)))
        return done(None)

    def write_report(
        self, kind: ReportKind, span: EnergySpan, at_ms: int, path: str, language: str = ""
    ) -> Future[ReportFile]:
        self.asked.append(("write_report", (kind, span, at_ms, path, language)))
        return done(ReportFile(name=Path(path).name, size=1))

    def write_comfort_evidence(
        self, room: RoomId, at_ms: int, assumed: ComfortAssumptions, path: str, language: str = ""
    ) -> Future[ReportFile]:
        self.asked.append(("write_comfort_evidence", (room, at_ms, assumed, path, language)))
        found = self.answers.get("write_comfort_evidence")
        return done(ReportFile(name=Path(path).name, size=1)) if found is None else found  # type: ignore[return-value]

    def report_schedules(self) -> Future[tuple[ReportStatus, ...]]:
        return done(self.report_rows)

    def run_report(self, schedule: str) -> Future[ReportStatus]:
        self.asked.append(("run_report", schedule))
        return done(ReportStatus(id=schedule))

    def copy_report(self, schedule: str, name: str, path: str) -> Future[ReportFile]:
        self.asked.append(("copy_report", (schedule, name, path)))
        return done(ReportFile(name=name, size=1))

    def write_work_orders(self, orders: Sequence[str], path: str, language: str = "") -> Future[ReportFile]:
        self.asked.append(("write_work_orders", (tuple(orders), path, language)))
        return done(ReportFile(name=Path(path).name, size=1))

    def may(self, method: str) -> bool:
        return method not in self.forbidden

    def approvals(self) -> Future[CommandApprovals]:
        return self.answers.get("approvals") or done(CommandApprovals())  # type: ignore[return-value]

    def decide_command(self, id: int, approve: bool) -> Future[CommandApproval]:
        self.asked.append(("decide_command", (id, approve)))
        return done(CommandApproval(id=id, command=new_command(PointId("p"), "on"), device=DeviceId("d"), asked_by=""))

    def require_approval(self, device: DeviceId, on: bool) -> Future[None]:
        self.asked.append(("require_approval", (device, on)))
        return done(None)

    def rules(self) -> Future[tuple[RuleStatus, ...]]:
        return done(self.rule_statuses)

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        self.asked.append(("preview_rule", (kind, definition, from_ms, to_ms)))
        return done(self.previews.pop(0) if self.previews else RulePreview(from_ms=from_ms, to_ms=to_ms))

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        self.asked.append(("why_not", (rule, at_ms)))
        return done((Text("why.only_by_hand"),))

    def run_rule(self, rule: str, *, sender: str = DEFAULT_SENDER) -> Future[None]:
        self.asked.append(("run_rule", (rule,)))
        self.run_rows = (*self.start_rows, *self.run_rows)
        return done(None)

    def set_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        self.asked.append(("set_scene", (scene,)))
        return done(self.scene_outcome)

    def put_back_scene(self, scene: str, *, sender: str = DEFAULT_SENDER) -> Future[SceneOutcome]:
        self.asked.append(("put_back_scene", (scene,)))
        return done(self.scene_outcome)

    def capture_scene(self, room: RoomId | None = None, title: str = "") -> Future[Definition]:
        self.asked.append(("capture_scene", (room, title)))
        return done(self.captured)

    def change_definitions(self, changes: Sequence[DefinitionEdit]) -> Future[None]:
        return self._note("change_definitions", tuple(changes))

    def unmark_meter(self, id: str) -> Future[None]:
        return self._note("unmark_meter", id)

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        return done([self._moment(time_ms) for time_ms in times_ms])

    def _moment(self, time_ms: int) -> PastMoment:
        state = State(p.id for p in self.twin.points)
        value = np.array([encode(p, VALUES.get(p.capability.id), self.dictionary) or 0.0 for p in self.twin.points])
        quality = np.full(len(value), Quality.GOOD, np.uint8)
        return PastMoment(time_ms, tuple(state.points), value - 1.0, quality)

    def strings(self) -> StringTable:
        return self.dictionary

    def project(self) -> str:
        return self.path

    def open_project(self, path: str) -> Future[None]:
        return self._note("open_project", path)

    def new_project(self, path: str, building: str = "") -> Future[None]:
        return self._note("new_project", path, building)

    def open_demo(self, name: str) -> Future[None]:
        return self._note("open_demo", name)

    def cancel(self, job: str) -> None:
        self._note("cancel", job)

    def now_ms(self) -> int:
        return self.clock_ms


def refused[T](problem: Problem) -> Future[T]:
    """A future that ended with this problem."""
    made: Future[T] = Future()
    made.set_exception(ProblemError(problem))
    return made


def _has_protocol(address: str) -> bool:
    """Whether the window's tests know a protocol that takes this address."""
    return address.split(":")[0] in (
        "pretend",
        "mqtt",
        "mqtts",
        "ws",
        "wss",
        "matter",
        "simulated",
        "hue",
        "modbus",
        "modbus+tcp",
    )


def _no_columns(point: PointId, damaged: tuple[tuple[int, int], ...]) -> ChartColumns:
    no, none = np.empty(0), np.empty(0, np.int64)
    return ChartColumns(point, none, no, no, no, no, none, 0, "none", damaged)


def _with(twin: Twin, changed: Mapping[DeviceId, Device]) -> Twin:
    """The twin with some devices as they are now; what is equal stays the same object."""
    news = {id: one for id, one in changed.items() if one != twin.device_of[id]}
    return replace(twin, devices=tuple(news.get(one.id, one) for one in twin.devices)) if news else twin


def shown(api: FakeDesk, state: State, id: PointId) -> Value:
    """What a state holds of a point, in words."""
    row = state.index(id)
    assert row is not None
    return decode(api.twin.point_of[id], float(state.value[row]), api.dictionary)

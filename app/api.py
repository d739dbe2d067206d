"""The interface of the engine for the window, the command line and clients.

Every method returns at once: results come as futures, news as events through the inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from types import MappingProxyType
from typing import Protocol

from app.actions import DEFAULT_SENDER
from app.approval_api import ApprovalApi
from app.care_interface import CareApi
from app.inbox import Inbox
from app.insight_api import InsightApi
from app.joining_interface import JoiningApi
from app.link_interface import NO_OPTIONS, LinksApi
from app.notification_interface import NotificationApi, WorkOrderApi
from app.pairing_interface import PairingApi
from app.planning_interface import PlanningApi
from app.radio_interface import RadioApi
from app.rule_interface import RulesApi
from app.settings import SettingValue
from app.sharing_interface import SharingApi
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.building import Building
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.checkout import DeviceCheckout
from twin.model.command import Command, CommandResult
from twin.model.device import Device
from twin.model.document_page import DocumentPage
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.grant import Grant, NetworkDoor, NewGrant
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import DeviceId, LinkId, PointId, RoomId, StoreyId
from twin.model.import_review import Review
from twin.model.link_option import LinkSchema
from twin.model.link_status import LinkStatus
from twin.model.mesh import Mesh
from twin.model.meter import Consumption
from twin.model.network_check import NetworkFinding
from twin.model.observation import StringTable, Value
from twin.model.site_digest import SiteDigest
from twin.model.space import Position
from twin.model.text import Text
from twin.model.twin import Twin

NO_PHOTOS: Mapping[str, bytes] = MappingProxyType({})


class EngineApi(
    ApprovalApi, CareApi, InsightApi, JoiningApi, LinksApi, NotificationApi, PairingApi, PlanningApi, RadioApi, RulesApi, SharingApi, WorkOrderApi, Protocol
):  # fmt: skip
    """The engine as used by the window, the command line and clients. Futures fail with ProblemError."""

    @property
    def twin(self) -> Twin:
        """The newest snapshot of the structure: rooms, devices, points, links."""
        ...

    def mesh(self) -> Future[Mesh | None]:
        """The building's mesh; None where there is no building or no open project."""
        ...

    def light(
        self, storey: StoreyId, make: Callable[[], StoreyModel | None], quality: str
    ) -> Future[tuple[StoreyLight, str] | None]:
        """The light of a storey for the model that `make` makes on another thread: stored light at once, other is baked.
        `quality` is draft, normal, fine or ahead; the result is (light, quality obtained), None without light. Progress
        arrives as Progress, and `cancel` of its job stops it.
        """
        ...

    def kept_light(self, key: str) -> Future[bytes | None]:
        """Compressed light of a storey that the project keeps under a key; None where there is none."""
        ...

    def keep_light(self, storey: StoreyId, key: str, data: bytes) -> Future[None]:
        """Keeps compressed light that a client has baked with the project. Fails with ProblemError `light.damaged`."""
        ...

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs a function without side effects on another thread, so that the screen's thread is not blocked."""
        ...

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        """Sends a command; the future's result is its final state: confirmed, sent or failed."""
        ...

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        """Sends many commands side by side, with Progress; `cancel` of its job withdraws unsent ones."""
        ...

    def send(self, commands: Sequence[Command]) -> Future[None]:
        """Accepts commands (`new_command`) without waiting: results arrive by id as CommandUpdated, progress as Progress.
        Fails with ProblemError where none was accepted.
        """
        ...

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Future[None]:
        """Puts a device into a room, at a position in metres where one is given; one undo step."""
        ...

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Future[None]:
        """Puts each device into its room: one edit, one undo step."""
        ...

    def unbind(self, *devices: DeviceId) -> Future[None]:
        """Takes devices out of their rooms; one undo step."""
        ...

    def rename(self, thing: DeviceId | RoomId, name: str) -> Future[None]:
        """Gives a device or room the user's own name; one undo step."""
        ...

    def remove(self, device: DeviceId) -> Future[None]:
        """Removes a device; decommissions it where it was commissioned."""
        ...

    def replace_device(self, old: DeviceId, new: DeviceId) -> Future[None]:
        """Puts a device into the place of another one, as one undo step: room, name and history go on; the old one leaves."""
        ...

    def check_out(self, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes] = NO_PHOTOS) -> Future[None]:
        """Records what was tested of devices (time, person and room are filled in), as one undo step; a blank result deletes
        the device's. `photos`: JPEG or PNG by SHA-256. Fails with ProblemError, and nothing changes.
        """
        ...

    def checkout_photo(self, sha256: str) -> Future[bytes | None]:
        """A photo of the checkout by its SHA-256; None where there is none."""
        ...

    def undo(self, *, others: bool = False) -> Future[Text | None]:
        """Undoes the last edit; the result is its label, None where there is none. Fails with ProblemError
        `edit.of_another` for another person's edit unless `others` is set.
        """
        ...

    def redo(self) -> Future[Text | None]:
        """Redoes the edit undone last; the result is its label, None where there is none."""
        ...

    def resync(self, inbox: Inbox) -> Future[None]:
        """Puts the whole current state into this inbox, after it dropped news (`Resync`)."""
        ...

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """Labels of the edits that undo and redo would apply to; None for none."""
        ...

    def undo_authors(self) -> tuple[str, str]:
        """Other persons who made the edits that undo and redo would apply to; empty for one's own, or where unknown."""
        ...

    def links(self) -> Future[tuple[LinkStatus, ...]]:
        """Every link of the project with state, counts and skipped entries; changes arrive as LinkChanged and
        LinkSkipped.
        """
        ...

    def discover(self, on: bool) -> None:
        """Starts or stops discovery for this client; candidates arrive as CandidatesChanged. It runs while
        any connected client has started it.
        """
        ...

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
        """Adds a candidate or URL as one undo step; its devices without a room go into `room`, with `only_one` a single one
        alone. `trust` has a `pin` (fingerprint) or a `ca` (PEM file); an existing link keeps `options` that are not named."""
        ...

    def link_options(self, target: Candidate | LinkId | str) -> Future[LinkSchema]:
        """What the protocol of a link, candidate or URL takes from the user: login and options; and what a removal does."""
        ...

    def certificate(self, target: Candidate | LinkId | str) -> Future[Certificate | None]:
        """The certificate that the peer of a link, candidate or URL presents, trusted or not; None without one."""
        ...

    def log_in(self, link: LinkId, user: str, password: str, options: Mapping[str, str] = NO_OPTIONS) -> Future[None]:
        """Changes a link's login and those of its options that are passwords, and tries them; LinkChanged has the outcome."""
        ...

    def check_network(self) -> Future[tuple[NetworkFinding, ...]]:
        """Checks whether devices can be found and reached from the engine's computer, in at most 15 s; progress arrives as
        Progress, and `cancel` of its job stops it. Fails with ProblemError. Needs no project.
        """
        ...

    def export(self, path: str) -> Future[int]:
        """Writes the building and its devices as `.glb` or `.ifc`; fails with ProblemError."""
        ...

    def export_devices(self, path: str, devices: Collection[DeviceId]) -> Future[int]:
        """Writes a table of these devices and their current values as CSV; fails with ProblemError."""
        ...

    def import_building(self, path: str) -> Future[None]:
        """Reads a building file into the project; progress comes as Progress; fails with ProblemError."""
        ...

    def review(self, path: str, into: str = "") -> Future[Review]:
        """Computes the effect of importing a building file, without changing anything. `into` is the id of the
        replaced file, or
        `+`; progress arrives as Progress; fails with ProblemError.
        """
        ...

    def review_again(self, review: str, into: str) -> Future[Review]:
        """Reviews the file of an earlier review (by id) for another `into`; fails with ProblemError where that was
        dropped."""
        ...

    def accept(self, review: str, decisions: Mapping[RoomId, RoomId | None]) -> Future[None]:
        """Imports as reviewed (by id), in one undo step. Devices of lost rooms move to the rooms in `decisions`, or
        become
        orphans. Fails with ProblemError.
        """
        ...

    def drawing(self) -> Future[DrawingWithPictures | None]:
        """The drawing that the building was made from; None where there is none. Fails with ProblemError."""
        ...

    def sketch(self, drawing: Drawing, storey: int) -> Future[Building]:
        """Builds one storey of a drawing (by its id): rooms, and walls as solids. Nothing is saved."""
        ...

    def page(self, path: str, number: int = 0, without: Collection[str] = ()) -> Future[DocumentPage]:
        """A page of a PDF (from 0), or a DXF without some layers, as a picture; fails with ProblemError."""
        ...

    def set_drawing(self, drawn: DrawingWithPictures) -> Future[None]:
        """Saves the drawing and the building made of it, as one undo step; fails with ProblemError."""
        ...

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """Chart data: about `columns` intervals per point in [from, to), UTC ms."""
        ...

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Values of every point at each of these ascending times (UTC ms); nearby times cost little more than one."""
        ...

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """Consumption of those points that are meters, in about `columns` intervals of [from, to), with estimated
        parts and
        suspected meter changes.
        """
        ...

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        """Marks a meter as replaced, with the old one's final and the new one's first reading where known (canonical
        unit); one
        undo step, fails with ProblemError.
        """
        ...

    def unmark_meter(self, id: str) -> Future[None]:
        """Deletes the mark of a replaced meter (a MeterChange of the twin); one undo step."""
        ...

    def strings(self) -> StringTable:
        """The texts that enum and text points have used so far; read only."""
        ...

    def project(self) -> str:
        """Path of the open project; empty where none is open (the window then shows the welcome page)."""
        ...

    def open_project(self, path: str) -> Future[None]:
        """Closes the open project and opens this one; TwinChanged follows; fails with ProblemError."""
        ...

    def new_project(self, path: str, building: str = "") -> Future[None]:
        """Makes and opens a project, from a building file where one is given; fails with ProblemError."""
        ...

    def open_again(self) -> Future[None]:
        """Repeats the opening of the project that failed to open; ProjectOpening, ProjectOpened and ProjectOpenFailed
        follow.
        """
        ...

    def open_demo(self, name: str) -> Future[None]:
        """Opens the demo `home` or `office`; progress arrives as Progress."""
        ...

    def cancel(self, job: str) -> None:
        """Asks the job named in Progress to stop; for operators only their own."""
        ...

    def setting(self, name: str) -> Future[object]:
        """A setting of the open project as a JSON value; None where it was never set or no project is open."""
        ...

    def engine_settings(self) -> Future[dict[str, SettingValue]]:
        """Names and current values of the engine's own settings (`Setting.of_engine`), without those of the window."""
        ...

    def change_engine_setting(self, name: str, value: SettingValue) -> Future[None]:
        """Changes a setting of the engine, for all its projects and windows; fails with ProblemError."""
        ...

    def keep_setting(self, name: str, value: object) -> Future[None]:
        """Saves a setting in the project; no undo step; fails with ProblemError."""
        ...

    def now_ms(self) -> int:
        """The engine's clock, UTC milliseconds."""
        ...

    def digest(self) -> Future[SiteDigest]:
        """The figures by which many sites are watched, at most a minute old; its alarms are those of the moment."""
        ...

    def grants(self) -> Future[tuple[Grant, ...]]:
        """Who may use the engine from other machines, expired ones included; fails with ProblemError."""
        ...

    def add_grant(
        self,
        name: str,
        role: str,
        rooms: Sequence[RoomId] = (),
        zones: Sequence[str] = (),
        expires_ms: int | None = None,
    ) -> Future[NewGrant]:
        """Lets a person in from other machines, into these rooms and zones or the whole building, until `expires_ms` (UTC
        ms) or for good; the token in the result cannot be shown again. No undo step; fails with ProblemError."""
        ...

    def revoke_grant(self, grant: str) -> Future[Grant]:
        """Ends the access with this id or name at once, also of clients that are attached; fails with ProblemError."""
        ...

    def served(self) -> Future[NetworkDoor | None]:
        """Where the engine listens for other machines; None where it does not."""
        ...

    def serve(self, address: str) -> Future[NetworkDoor | None]:
        """Listens for other machines at `[host]:port`, until the project is closed; with an empty address it stops
        listening. Fails with ProblemError."""
        ...

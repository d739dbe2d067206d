"""What a user can do, as a table, and what a window or a verb may ask of the engine.

`Desk` is the only door from the screen to the engine: every method returns at once, results come as futures and
as changes through the inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from secrets import randbits
from types import MappingProxyType
from typing import Protocol

from twin.model.building import Building
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.command import Command, CommandResult
from twin.model.device import Device
from twin.model.document_page import DocumentPage
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import DeviceId, LinkId, PlaceholderId, PointId, RoomId
from twin.model.import_review import Review
from twin.model.link_status import LinkStatus
from twin.model.mesh import Mesh
from twin.model.meter import Consumption
from twin.model.observation import StringTable, Value
from twin.model.space import Position
from twin.model.twin import Twin

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
DEFAULT_SENDER = "user"
"""Who sends a command where nobody says so: the person before this window or command line."""


def new_command(point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER) -> Command:
    """A command with an id that no other client gives (53 random bits: exact in JSON, too)."""
    return Command(id=randbits(53), point=point, verb=verb, value=value, sender=sender)


class Desk(Protocol):
    """The engine as the screen and the command line see it."""

    @property
    def twin(self) -> Twin:
        """The newest snapshot of the structure."""
        ...

    def mesh(self) -> Future[Mesh | None]: ...
    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs work that touches nothing but its own values on another thread: the screen's must not wait for it."""
        ...

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        """Sends a command for a caller who waits for its end, which is the answer."""
        ...

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        """The same for many, side by side; progress comes as Progress, and `cancel` of its job withdraws the rest."""
        ...

    def send(self, commands: Sequence[Command]) -> Future[None]:
        """Takes commands on (`new_command`) for whoever hears the news: what becomes of each is told by its id as Settled,
        progress of many as Progress. Fails with ProblemError where nothing was taken on."""
        ...

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Future[None]: ...
    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Future[None]:
        """Puts each device into its room: one edit, one undo step."""
        ...

    def unbind(self, *devices: DeviceId) -> Future[None]: ...
    def place(self, holder: PlaceholderId, room: RoomId) -> Future[None]:
        """Says which room a device of the building file is in."""
        ...

    def rename(self, thing: DeviceId | RoomId, name: str) -> Future[None]: ...
    def remove(self, device: DeviceId) -> Future[None]: ...
    def undo(self) -> Future[str | None]: ...
    def redo(self) -> Future[str | None]: ...
    def undo_labels(self) -> tuple[str | None, str | None]:
        """What undo and redo would do now, in words."""
        ...

    def links(self) -> Future[tuple[LinkStatus, ...]]:
        """Every link of the project: state, counts, what it could not read; news come as LinkChanged, LinkSkipped."""
        ...

    def discover(self, on: bool) -> None:
        """Starts or stops looking; candidates come as Found through the inbox."""
        ...

    def add(
        self,
        target: Candidate | str,
        user: str = "",
        password: str = "",
        room: RoomId | None = None,
        trust: Mapping[str, str] = NO_OPTIONS,
    ) -> Future[tuple[Device, ...]]:
        """Takes a candidate or URL in. `trust` names a `pin` (a certificate's fingerprint) or a `ca` (a PEM file)."""
        ...

    def certificate(self, target: Candidate | LinkId | str) -> Future[Certificate | None]:
        """What the peer of a link, candidate or URL shows, trusted or not; None where it shows none."""
        ...

    def log_in(self, link: LinkId, user: str, password: str) -> Future[None]:
        """Another login of a link, tried at once; what comes of it is told as LinkChanged."""
        ...

    def trust(self, link: LinkId, trust: Mapping[str, str]) -> Future[None]:
        """Another `ca` or `pin` of a link, or neither; one undo step, and it connects anew."""
        ...

    def remove_link(self, link: LinkId) -> Future[None]:
        """Forgets a link, its devices and its secret; history stays, and undo brings all but the secret back."""
        ...

    def check_code(self, code: str) -> str:
        """Empty where a pairing code can be right, else what is wrong with it, in words. No radio, returns at once."""
        ...

    def pair(self, code: str, room: RoomId | None = None) -> Future[tuple[Device, ...]]:
        """Commissions; stages come as Staged through the inbox; fails with ProblemError."""
        ...

    def export(self, path: str) -> Future[int]:
        """Writes the building and its devices as `.glb` or `.ifc`; fails with ProblemError."""
        ...

    def export_devices(self, path: str, devices: Collection[DeviceId]) -> Future[int]:
        """Writes a table of these devices and what they say now as CSV; fails with ProblemError."""
        ...

    def import_building(self, path: str) -> Future[None]:
        """Reads a building file into the project; progress comes as Progress; fails with ProblemError."""
        ...

    def review(self, what: str | Review, into: str = "") -> Future[Review]:
        """Reads a building file (or takes the one of a review again) and says what importing it would do; nothing
        changes. `into` is the file that it replaces, by id, or `+`; progress as Progress; fails with ProblemError."""
        ...

    def accept(self, review: Review, decisions: Mapping[RoomId, RoomId | None]) -> Future[None]:
        """Does what a review said as one undo step. Devices of lost rooms go where `decisions` says, or are orphans."""
        ...

    def drawing(self) -> Future[DrawingWithPictures | None]:
        """The drawing that the building was made from; None where there is none. Fails with ProblemError."""
        ...

    def sketch(self, drawing: Drawing, storey: int) -> Future[Building]:
        """One storey of a drawing (by its id) as a building: rooms found, walls as solids. Nothing is kept."""
        ...

    def page(self, path: str, number: int = 0, without: Collection[str] = ()) -> Future[DocumentPage]:
        """A page of a PDF, counted from 0, or a DXF drawing without some layers, to trace; fails with ProblemError."""
        ...

    def set_drawing(self, drawn: DrawingWithPictures) -> Future[None]:
        """Keeps the drawing and makes the building of it, as one undo step; fails with ProblemError."""
        ...

    def columns(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[ChartColumns]]: ...
    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Every point's value at each of some ascending times; near to each other they cost little more than one."""
        ...

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """What those of the points that are meters counted in about so many stretches of [from, to), which of it is an
        estimate, and where a meter seems to have been replaced."""
        ...

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        """Says that a meter was replaced, with the old one's final and the new one's first reading where they are known
        (canonical unit); one undo step, fails with ProblemError."""
        ...

    def unmark_meter(self, id: str) -> Future[None]:
        """Takes such a mark (a MeterChange of the twin) back; one undo step."""
        ...

    def words(self) -> StringTable:
        """The texts that enum and text points have used so far; read only."""
        ...

    def project(self) -> str:
        """Path of the open project; empty where none is open (the window then shows the welcome page)."""
        ...

    def open_project(self, path: str) -> Future[None]:
        """Closes what is open and opens this one; the new structure comes as TwinChanged; fails with ProblemError."""
        ...

    def new_project(self, path: str, building: str = "") -> Future[None]:
        """Makes and opens a project, from a building file where one is given; fails with ProblemError."""
        ...

    def open_again(self) -> Future[None]:
        """Tries once more to open what could not be opened; ProjectOpening, ProjectOpened and ProjectOpenFailed tell."""
        ...

    def open_demo(self, name: str) -> Future[None]:
        """Opens the living demo `home` or `office`; progress comes as Progress."""
        ...

    def cancel(self, job: str) -> None:
        """Asks the job that Progress names to stop; it then ends by itself."""
        ...

    def setting(self, name: str) -> Future[object]:
        """A setting of the open project as JSON says it; None where it was never set or none is open."""
        ...

    def keep(self, name: str, value: object) -> Future[None]:
        """Keeps a setting with the project; no undo step; fails with ProblemError."""
        ...

    def now_ms(self) -> int:
        """The engine's clock, UTC milliseconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One row: what a menu, a key, the palette and a button offer. `effect` names a method of the window's effects."""

    id: str
    title: str
    keys: str = ""
    icon: str = ""
    menu: str = ""
    effect: str = ""
    checkable: bool = False
    section: str = ""
    """Rows of one section stand together in the menu, a line between sections."""
    submenu: str = ""
    """The menu inside the menu that it stands in."""
    radio: str = ""
    """Rows with the same word are alternatives: one of them is in force."""


ROWS: tuple[Action, ...] = (
    Action(id="new", title="New…", keys="Ctrl+N", icon="new", menu="File", effect="new_project", section="project"),
    Action(id="open", title="Open…", keys="Ctrl+O", icon="open", menu="File", effect="open_project", section="project"),
    Action(
        id="import",
        title="Import building…",
        keys="Ctrl+I",
        icon="import",
        menu="File",
        effect="import_building",
        section="building",
    ),
    Action(id="draw", title="Draw a building…", icon="draw", menu="File", effect="draw_building", section="building"),
    Action(
        id="picture",
        title="Save picture…",
        keys="Ctrl+Shift+S",
        icon="picture",
        menu="File",
        effect="save_picture",
        section="out",
    ),
    Action(id="export", title="Export building…", icon="send", menu="File", effect="export_building", section="out"),
    Action(id="quit", title="Quit", keys="Ctrl+Q", menu="File", effect="quit", section="quit"),
    Action(id="undo", title="Undo", keys="Ctrl+Z", icon="undo", menu="Edit", effect="undo", section="undo"),
    Action(id="redo", title="Redo", keys="Ctrl+Y", icon="redo", menu="Edit", effect="redo", section="undo"),
    Action(id="find", title="Search", keys="Ctrl+F", icon="search", menu="Edit", effect="find", section="find"),
    Action(
        id="palette", title="Do anything…", keys="Ctrl+K", icon="palette", menu="Edit", effect="palette", section="find"
    ),
    Action(id="deselect", title="Select nothing", keys="Esc", menu="Edit", effect="deselect", section="select"),
    Action(
        id="band",
        title="Select by rectangle",
        keys="R",
        icon="band",
        menu="Edit",
        effect="band",
        checkable=True,
        section="select",
    ),
    Action(id="rename", title="Rename", keys="F2", icon="rename", menu="Edit", effect="rename", section="change"),
    Action(
        id="edit_plan", title="Edit plan", keys="Ctrl+E", icon="draw", menu="Edit", effect="edit_plan", section="change"
    ),
    Action(id="settings", title="Settings…", keys="Ctrl+,", menu="Edit", effect="edit_settings", section="settings"),
    Action(
        id="links",
        title="Gateways",
        icon="bridge",
        menu="Devices",
        effect="links",
        section="add",
    ),
    Action(
        id="add_device",
        title="Add device…",
        keys="Ctrl+D",
        icon="add",
        menu="Devices",
        effect="discover",
        section="add",
    ),
    Action(
        id="pair", title="Pair with a code…", keys="Ctrl+P", icon="pair", menu="Devices", effect="pair", section="add"
    ),
    Action(id="unbind", title="Take out of the room", icon="unbind", menu="Devices", effect="unbind", section="take"),
    Action(id="remove", title="Remove device…", icon="remove", menu="Devices", effect="remove", section="take"),
    Action(id="fit", title="Show everything", keys="Home", icon="fit", menu="View", effect="fit", section="camera"),
    Action(id="top", title="From above", keys="T", icon="top", menu="View", effect="top", section="camera"),
    Action(id="north", title="North up", keys="N", menu="View", effect="north", section="camera"),
    Action(
        id="parallel",
        title="Without perspective",
        keys="O",
        menu="View",
        effect="parallel",
        checkable=True,
        section="camera",
    ),
    Action(
        id="walk",
        title="Walk through",
        keys="F",
        icon="walk",
        menu="View",
        effect="walk",
        checkable=True,
        section="camera",
    ),
    Action(
        id="viewpoints",
        title="Viewpoints…",
        keys="V",
        icon="camera",
        menu="View",
        effect="viewpoints",
        section="camera",
    ),
    Action(
        id="storey_up",
        title="Storey up",
        keys="PgUp",
        icon="up",
        menu="View",
        effect="storey_up",
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="storey_down",
        title="Storey down",
        keys="PgDown",
        icon="down",
        menu="View",
        effect="storey_down",
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="explode",
        title="Pull storeys apart",
        keys="E",
        icon="explode",
        menu="View",
        effect="explode",
        checkable=True,
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="ghosts",
        title="Ghosts of other storeys",
        keys="G",
        icon="storey",
        menu="View",
        effect="ghosts",
        checkable=True,
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="cut_higher",
        title="Cut higher",
        keys="]",
        menu="View",
        effect="cut_higher",
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="cut_lower",
        title="Cut lower",
        keys="[",
        menu="View",
        effect="cut_lower",
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="section",
        title="Section box",
        keys="B",
        menu="View",
        effect="section",
        checkable=True,
        section="building",
        submenu="Storeys and cuts",
    ),
    Action(
        id="measure",
        title="Measure",
        keys="M",
        icon="measure",
        menu="View",
        effect="measure",
        checkable=True,
        section="building",
    ),
    Action(
        id="show_all",
        title="Show all again",
        keys="Shift+H",
        icon="eye",
        menu="View",
        effect="show_all",
        section="building",
    ),
    Action(
        id="studio",
        title="Even light",
        icon="light_mode",
        menu="View",
        effect="studio",
        checkable=True,
        section="light",
        submenu="Light and sky",
        radio="light",
    ),
    Action(
        id="sky",
        title="Sun and sky of the place",
        icon="light_mode",
        menu="View",
        effect="sky",
        checkable=True,
        section="light",
        submenu="Light and sky",
        radio="light",
    ),
    Action(
        id="day",
        title="Day",
        menu="View",
        effect="day",
        checkable=True,
        section="light",
        submenu="Light and sky",
        radio="light",
    ),
    Action(
        id="night",
        title="Night",
        menu="View",
        effect="night",
        checkable=True,
        section="light",
        submenu="Light and sky",
        radio="light",
    ),
    Action(
        id="labels",
        title="Labels",
        keys="L",
        icon="label",
        menu="View",
        effect="labels",
        checkable=True,
        section="data",
    ),
    Action(id="smooth", title="Smooth between sensors", menu="View", effect="smooth", checkable=True, section="data"),
    Action(
        id="compare",
        title="Compare two moments",
        keys="C",
        icon="clock",
        menu="View",
        effect="compare",
        checkable=True,
        section="data",
    ),
    Action(id="play", title="Play the past", keys="P", icon="play", menu="View", effect="play", section="data"),
    Action(
        id="trends",
        title="Trends",
        keys="Ctrl+T",
        icon="trends",
        menu="View",
        effect="trends",
        checkable=True,
        section="panels",
    ),
    Action(
        id="devices",
        title="Device table",
        keys="Ctrl+L",
        icon="meter",
        menu="View",
        effect="devices",
        checkable=True,
        section="panels",
    ),
    Action(
        id="commands", title="Commands", icon="event", menu="View", effect="commands", checkable=True, section="panels"
    ),
    Action(
        id="problems",
        title="Problems",
        keys="Ctrl+M",
        icon="problem",
        menu="View",
        effect="problems",
        checkable=True,
        section="panels",
    ),
    Action(
        id="dark",
        title="Dark",
        keys="Ctrl+Shift+L",
        icon="dark",
        menu="View",
        effect="dark",
        checkable=True,
        section="looks",
    ),
    Action(
        id="fahrenheit", title="Temperatures in °F", menu="View", effect="fahrenheit", checkable=True, section="looks"
    ),
    Action(id="english", title="English", menu="Language", effect="english", radio="language", checkable=True),
    Action(id="chinese", title="中文", menu="Language", effect="chinese", radio="language", checkable=True),
    Action(id="keys", title="Keys", keys="?", icon="keys", menu="Help", effect="keys"),
    Action(id="about", title="About Oikos", menu="Help", effect="about"),
)

ACTIONS: dict[str, Action] = {row.id: row for row in ROWS}

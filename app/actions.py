"""Table of user actions for menus, keys, buttons and the palette."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import starmap

from app.i18n import known_languages
from twin.model.command import Command
from twin.model.ids import PointId
from twin.model.observation import Value

DEFAULT_SENDER = "user"
"""Default sender of a command: the user of this window or command line."""


def new_command(point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER) -> Command:
    """A command with a new random id (53 bits: exact in JSON, too)."""
    # the system's own random bytes: `secrets` brings OpenSSL, which no window needs before its first frame
    return Command(id=int.from_bytes(os.urandom(7)) >> 3, point=point, verb=verb, value=value, sender=sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of menu, key, palette and button. `effect` is a name in the window's table of effects."""

    id: str
    title: str
    keys: str = ""
    icon: str = ""
    menu: str = ""
    effect: str = ""
    checkable: bool = False
    section: str = ""
    """Section of the menu; a line separates sections."""
    submenu: str = ""
    """Title of the submenu that contains the action; empty for none."""
    radio: str = ""
    """Group of alternatives, one of which is checked; empty for none."""


LANGUAGE = "language_"
"""Prefix of the ids and effects of actions that change the language; the language code follows."""


def language_row(code: str, title: str) -> Action:
    """The action that changes to a language, titled with the language's own name."""
    id = f"{LANGUAGE}{code}"
    return Action(id=id, title=title, menu="Language", effect=id, radio="language", checkable=True)


ROWS: tuple[Action, ...] = (
    Action(id="new", title="New…", keys="Ctrl+N", icon="new", menu="File", effect="new_project", section="project"),
    Action(id="open", title="Open…", keys="Ctrl+O", icon="open", menu="File", effect="open_project", section="project"),
    Action(
        id="attach",
        title="Attach to another computer's engine…",
        menu="File",
        effect="attach_engine",
        section="project",
    ),
    Action(
        id="sites", title="Sites…", keys="Ctrl+Shift+O", icon="building", menu="File", effect="sites", section="project"
    ),
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
    Action(id="report", title="Hand-over report…", icon="check", menu="File", effect="write_report", section="out"),
    Action(id="users", title="Users…", icon="lock", menu="File", effect="users", section="out"),
    Action(
        id="stop_engine",
        title="Stop recording in the background…",
        menu="File",
        effect="stop_background_engine",
        section="quit",
    ),
    Action(id="quit", title="Quit", keys="Ctrl+Q", menu="File", effect="quit", section="quit"),
    Action(id="undo", title="Undo", keys="Ctrl+Z", icon="undo", menu="Edit", effect="undo", section="undo"),
    Action(id="redo", title="Redo", keys="Ctrl+Y", icon="redo", menu="Edit", effect="redo", section="undo"),
    Action(id="find", title="Search", keys="Ctrl+F", icon="search", menu="Edit", effect="find", section="find"),
    Action(
        id="palette", title="Do anything…", keys="Ctrl+K", icon="palette", menu="Edit", effect="palette", section="find"
    ),
    Action(id="ask", title="Ask the building…", icon="search", menu="Edit", effect="ask", section="find"),
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
    Action(id="links", title="Gateways", icon="bridge", menu="Devices", effect="links", section="add"),
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
    Action(id="pair_list", title="Pair from a list…", icon="pair", menu="Devices", effect="pair_list", section="add"),
    Action(id="setup_codes", title="Setup codes…", icon="pair", menu="Devices", effect="setup_codes", section="add"),
    Action(
        id="network", title="Check the network…", icon="health", menu="Devices", effect="check_network", section="add"
    ),
    Action(id="checkout", title="Check out devices…", icon="check", menu="Devices", effect="check_out", section="add"),
    Action(id="rules", title="Rules", icon="rules", menu="Devices", effect="rules", section="rules"),
    Action(
        id="notifications", title="Notifications", icon="alarm", menu="Devices", effect="notifications", section="rules"
    ),
    Action(id="work", title="Work orders", icon="check", menu="Devices", effect="work", section="rules"),
    Action(id="reports", title="Reports", icon="document", menu="Devices", effect="reports", section="rules"),
    Action(id="energy", title="Energy", icon="meter", menu="Devices", effect="energy", section="rules"),
    Action(id="comfort", title="Comfort", icon="temperature", menu="Devices", effect="comfort", section="rules"),
    Action(id="warnings", title="Early warnings", icon="health", menu="Devices", effect="warnings", section="rules"),
    Action(id="care", title="Care", icon="live", menu="Devices", effect="care", section="rules"),
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
    Action(
        id="radio",
        title="Radio links",
        keys="Shift+R",
        icon="bridge",
        menu="Devices",
        effect="radio",
        checkable=True,
    ),
    Action(id="play", title="Play the past", keys="P", icon="play", menu="View", effect="play", section="data"),
    Action(id="alarms", title="Alarms", icon="alarm", menu="View", effect="alarms", section="panels"),
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
    *starmap(language_row, known_languages().items()),
    Action(id="keys", title="Keys", keys="?", icon="keys", menu="Help", effect="keys"),
    Action(id="about", title="About Oikos", menu="Help", effect="about"),
)

ACTIONS: dict[str, Action] = {row.id: row for row in ROWS}

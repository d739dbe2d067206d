"""The software of nodes that can get a newer one, by what they report (OTA Software Update Requestor, Matter core
specification 11.20.7). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from devices.protocols.matter.clusters import Attributes
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.ids import clean_name
from twin.model.text import Text

_STATE, _PROGRESS = "/42/2", "/42/3"
VERSION, VERSION_TEXT = "0/40/9", "0/40/10"
IDLE, QUERYING, LOADING, APPLYING, ROLLING_BACK = 1, 2, 4, 5, 7
"""UpdateStateEnum (11.20.7.4.2), without the delays."""
_UPDATING = (LOADING, APPLYING, ROLLING_BACK)
_STAGES = {2: "asking", 3: "later", 4: "loading", 5: "applying", 6: "later", 7: "back", 8: "consent"}
"""UpdateStateEnum by what users are told."""
_NOT_ASKED = Text("matter.update.not_asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerSoftware:
    """A version that the server can give to a node."""

    number: int
    text: str
    notes: str = ""
    """URL of its release notes."""
    from_file: bool = False
    """Whether it is an image that was loaded from a file, for this node or another one of its product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSoftware:
    """What the last search for a node's software has found, while the node had the version `installed`."""

    installed: int
    newer: NewerSoftware | None = None
    unchecked: Text | None = None
    """Why it is not known whether there is a newer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProgress:
    """How the server is doing with a node's update: one that was asked for and is not over, or why the last one failed."""

    is_asked: bool = False
    state: int = IDLE
    """UpdateStateEnum by the node's events: its attribute may lag behind them."""
    percent: int | None = None
    """How much the server has transferred."""
    failure: Text | None = None


def is_updatable(attributes: Attributes) -> bool:
    """Whether the node has an OTA requestor."""
    return any(path.endswith(_STATE) for path in attributes)


def update_state(attributes: Attributes) -> int:
    """UpdateStateEnum of the node; IDLE where it tells none."""
    state = next((value for path, value in attributes.items() if path.endswith(_STATE)), None)
    return state if isinstance(state, int) else IDLE


def version_number(attributes: Attributes) -> int:
    """SoftwareVersion of the node; 0 where it tells none."""
    number = attributes.get(VERSION)
    return number if isinstance(number, int) else 0


def is_of_update(path: str) -> bool:
    """Whether an attribute tells how an update goes on."""
    return path.endswith((_STATE, _PROGRESS)) or path in (VERSION, VERSION_TEXT)


def stage_of(state: int) -> Text | None:
    """What a node in this state (UpdateStateEnum) does with an update; None for nothing."""
    name = _STAGES.get(state)
    return Text(f"matter.update.{name}") if name else None


def software_of(
    attributes: Attributes,
    found: FoundSoftware | None,
    update: UpdateProgress,
    *,
    can_install: bool,
    takes_files: bool,
) -> SoftwareState | None:
    """The software of a node; None for one that takes no updates. `can_install`: whether its server can give it a newer one,
    `takes_files`: also from a file."""
    if not is_updatable(attributes):
        return None
    if found is not None and found.installed != version_number(attributes):  # another one was installed since
        found = None
    newer = found.newer if found else None
    unchecked = _NOT_ASKED if found is None else found.unchecked
    text = attributes.get(VERSION_TEXT)
    state = max(update_state(attributes), update.state) if update.is_asked else update_state(attributes)
    phase = _phase(state, newer, unchecked, is_asked=update.is_asked)
    stage = stage_of(state) if phase in (UpdatePhase.UPDATING, UpdatePhase.SCHEDULED) else None
    return SoftwareState(
        installed=clean_name(text if isinstance(text, str) else "", 64),
        newer=newer.text if newer else "",
        notes=newer.notes if newer else "",
        from_file=newer is not None and newer.from_file,
        unchecked=None if newer else unchecked,
        stage=update.failure or stage,
        phase=phase,
        percent=_percent(attributes, update) if state == LOADING else None,
        acts=_acts(phase, state, can_install=can_install, is_asked=update.is_asked),
        takes_files=takes_files and not update.is_asked and phase is not UpdatePhase.UPDATING,
    )


def _percent(attributes: Attributes, update: UpdateProgress) -> float | None:
    told = next((value for path, value in attributes.items() if path.endswith(_PROGRESS)), None)
    percent = told if isinstance(told, int) and not isinstance(told, bool) else update.percent
    return None if percent is None else float(percent)


def _phase(state: int, newer: NewerSoftware | None, unchecked: Text | None, *, is_asked: bool) -> UpdatePhase:
    if state in _UPDATING:
        return UpdatePhase.UPDATING
    if is_asked:
        return UpdatePhase.SCHEDULED
    if newer is not None:
        return UpdatePhase.AVAILABLE
    return UpdatePhase.IDLE if unchecked is None else UpdatePhase.UNKNOWN


def _acts(phase: UpdatePhase, state: int, *, can_install: bool, is_asked: bool) -> tuple[UpdateAct, ...]:
    if is_asked:  # what is being installed is not stopped
        waiting = (UpdateAct.UNSCHEDULE,) if phase is UpdatePhase.SCHEDULED else ()
        return (UpdateAct.STOP,) if state == LOADING else waiting
    if phase is UpdatePhase.AVAILABLE and can_install:
        return (UpdateAct.CHECK, UpdateAct.INSTALL)
    return (UpdateAct.CHECK,) if phase is not UpdatePhase.UPDATING else ()

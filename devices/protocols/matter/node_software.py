"""The software of nodes that can get a newer one, by what they report (OTA Software Update Requestor, Matter core
specification 11.20.7). Pure."""

from __future__ import annotations

from dataclasses import replace

from devices.protocols.matter.clusters import Attributes
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.ids import clean_name
from twin.model.text import Text

_STATE, _PROGRESS = "/42/2", "/42/3"
_VERSION_TEXT = "0/40/10"
_UPDATING = (4, 5, 7)
"""UpdateStateEnum (11.20.7.4.2): downloading, applying, rolling back."""
_NOT_ASKED = Text("matter.update.not_asked")


def software_of(attributes: Attributes, found: SoftwareState | None) -> SoftwareState | None:
    """The software of a node, with what a search has `found` beside the one installed; None for a node that takes no updates."""
    path = next((path for path in attributes if path.endswith(_STATE)), None)
    if path is None:
        return None
    text = attributes.get(_VERSION_TEXT)
    installed = clean_name(text if isinstance(text, str) else "", 64)
    if found is not None and installed and found.installed != installed:  # another one was installed since
        found = None
    known = found or SoftwareState(installed="", unchecked=_NOT_ASKED)
    percent = attributes.get(path.removesuffix(_STATE) + _PROGRESS)
    updating = attributes[path] in _UPDATING
    idle = UpdatePhase.UNKNOWN if known.unchecked else UpdatePhase.AVAILABLE if known.newer else UpdatePhase.IDLE
    return replace(
        known,
        installed=installed,
        phase=UpdatePhase.UPDATING if updating else idle,
        percent=float(percent) if updating and isinstance(percent, int) and not isinstance(percent, bool) else None,
        acts=(UpdateAct.CHECK,),
    )

"""What baked light needs of the scene."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.markers import DeviceMarkers
from app.view.scene.sky.environment import SceneEnvironment
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_stack import Look, StoreyStack
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId
from twin.model.mesh import Mesh
from twin.model.twin import Twin


class LitScene(Protocol):
    """The parts of the scene that baked light needs."""

    theme: Theme

    @property
    def twin(self) -> Twin: ...
    @property
    def mesh(self) -> Mesh: ...
    @property
    def storey_stack(self) -> StoreyStack: ...
    @property
    def shown(self) -> Look: ...
    @property
    def around(self) -> SceneEnvironment: ...
    @property
    def markers(self) -> DeviceMarkers: ...
    @property
    def appearance(self) -> DeviceAppearance: ...
    @property
    def room_colours(self) -> NDArray[np.uint8]: ...
    @property
    def room_row(self) -> dict[RoomId, int]: ...
    @property
    def is_plain(self) -> bool: ...
    def is_online(self, device: DeviceId) -> bool: ...


def is_seen(level: StoreyActors) -> bool:
    """Whether a storey is drawn whole or cut, with all its parts."""
    return level.show is StoreyMode.CUT and not level.held

"""Every live layer, in the order in which they are asked: one class a layer, one line in the table."""

from __future__ import annotations

from app.view.scene.layer import Layer
from app.view.scene.live.alarm import AlarmGlow
from app.view.scene.live.fans import Fans
from app.view.scene.live.halo import Halos
from app.view.scene.live.leaves import Leaves
from app.view.scene.live.ripple import Ripples
from app.view.scene.live.shades import Shades
from app.view.scene.scene import Scene

type Layers = tuple[Layer[Scene], ...]


def live_layers() -> Layers:
    """One new layer of each class, for one scene."""
    return Halos(), Leaves(), Shades(), Fans(), Ripples(), AlarmGlow()

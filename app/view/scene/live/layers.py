"""Table of the live layers, in the order in which they are updated."""

from __future__ import annotations

from app.view.scene.layer import SceneLayer
from app.view.scene.live.alarm_glow import AlarmGlowLayer
from app.view.scene.live.fans import FanLayer
from app.view.scene.live.lamp_halos import HaloLayer
from app.view.scene.live.motion_ripples import RippleLayer
from app.view.scene.live.opening_leaves import LeafLayer
from app.view.scene.live.radio_links import RadioLinkLayer
from app.view.scene.live.shades import ShadeLayer
from app.view.scene.scene import Scene

type Layers = tuple[SceneLayer[Scene], ...]


def live_layers() -> Layers:
    """One new layer of each class, for one scene."""
    return HaloLayer(), LeafLayer(), ShadeLayer(), FanLayer(), RippleLayer(), AlarmGlowLayer(), RadioLinkLayer()

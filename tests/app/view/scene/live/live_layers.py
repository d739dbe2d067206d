"""The demo home as a scene whose devices a test lets speak."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from app.view.scene.live.layers import live_layers
from app.view.scene.scene import Scene
from app.view.theme import LIGHT
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.observation import Observation, Quality
from twin.model.space import Position
from twin.model.state import State
from twin.model.twin import Twin

FOLDER = Path(str(files("assets").joinpath("demo")))


@cache
def home() -> Building:
    return read_building(FOLDER / "home.sh3d")


def device(uid: str, kind: str, room: str, at: Position | None, *capabilities: str) -> Device:
    info = DeviceInfo(
        uid=uid, name=uid, kind=kind, points=tuple(PointInfo(key=word, capability=word) for word in capabilities)
    )
    made = device_from_description(info, Link(id=LinkId("link"), protocol="simulated", address=""))
    return replace(made, room=next(one.id for one in home().rooms if one.name == room), position_m=at)


def of_kind(kind: str, *capabilities: str) -> list[Device]:
    """The demo's devices of a kind, where they are."""
    told = json.loads((FOLDER / "home.json").read_text(encoding="utf-8"))["devices"]
    return [
        device(uid, kind, said["room"], tuple(said["position_m"]), *capabilities)
        for uid, said in told.items()
        if said["kind"] == kind
    ]


def scene_with(devices: Iterable[Device]) -> Scene:
    """The ground floor in focus; every device says 0."""
    built, made = home(), Scene(LIGHT, layers=live_layers())
    made.set_twin(
        Twin(name="Home", storeys=built.storeys, rooms=built.rooms, doors=built.doors, devices=tuple(devices))
    )
    made.set_mesh(built.mesh)
    made.look_at(built.storeys[0].id)
    made.step(1.0)
    say(made, State(point.id for point in made.twin.points), 0.0)
    return made


def say(
    scene: Scene, state: State, value: float, *names: str, capability: str = "", quality: Quality = Quality.GOOD
) -> State:
    """These devices (none: all) say the value, and the layers hear of it."""
    for one in scene.twin.devices:
        for point in one.points:
            if (names and one.uid not in names) or capability not in ("", point.info.capability):
                continue
            row = state.index(point.id)
            assert row is not None
            state.apply(Observation(point.id, int(state.time_ms[row]) + 1, value, quality))
    scene.apply(state, np.arange(len(state)))
    scene.prepare()
    return state


def settle(scene: Scene, at: float = 0.0) -> None:
    assert scene.tick(at)
    scene.tick(at + 5.0)
    assert not scene.tick(at + 6.0), "a scene where nothing moves costs nothing"

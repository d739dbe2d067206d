"""Measures the baking of a storey: `python -m app.bench.scenes.light_measuring PROJECT STOREY` prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from app.light_process import compressed
from app.view.scene.camera.camera import PictureFrame
from app.view.scene.light.ambient_light import CEILING
from app.view.scene.light.bake_queue import Baked
from app.view.scene.light.light_mix import LightMix
from app.view.scene.light.light_request import LightRequest, storey_model
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight import SunPosition, daylight
from app.view.theme import DARK
from twin.light.bake import bake
from twin.light.model import NORMAL, LightSource, StoreyModel
from twin.light.refinement import refined, storey_tracer
from twin.light.storey_light import StoreyLight, pack, unpack
from twin.model.ids import StoreyId
from twin.model.kind import KINDS
from twin.store.project import Project

_SIZE = 1280, 800


def model_of(project: Path, number: int) -> StoreyModel:
    """The storey's model as the window would bake it; SystemExit without a building or without rooms on the storey."""
    with Project.open(project, readonly=True) as found:
        twin, mesh = found.twin(), found.mesh()
    if mesh is None:
        raise SystemExit("the project has no building")
    storey = twin.storeys[number]
    rooms = {room.id for room in twin.rooms if room.storey == storey.id}
    lamps = [one for one in twin.devices if KINDS[one.kind].group == "Lighting" and one.room in rooms]
    made = storey_model(
        LightRequest(
            mesh=mesh, storeys=twin.storeys, rooms=twin.rooms, storey=storey.id,
            lamps=tuple(LightSource(one.id, one.position_m) for one in lamps if one.position_m is not None),
        )
    )  # fmt: skip
    if made is None:
        raise SystemExit("the storey has no rooms")
    return made


def rays_alone(model: StoreyModel) -> float:
    """CPU seconds of the rays cast by a bake, and of nothing else."""
    storey = refined(model, NORMAL)
    tracer = storey_tracer(storey, model, None)
    count = int(storey.indoors.sum()) * NORMAL.rays + int((~storey.indoors).sum()) * NORMAL.rays // 4
    rng, cast, step = np.random.default_rng(2), 0.0, 250_000
    for _ in range(0, count, step):
        rows = rng.integers(0, len(storey.samples), step)
        ways = rng.normal(size=(step, 3)).astype(np.float32)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        begun = time.process_time()
        tracer.nearest(storey.samples.origins[rows], ways)
        cast += time.process_time() - begun
    return cast


def lamp_change_ms(light: StoreyLight) -> tuple[float, float]:
    """(median, worst) CPU milliseconds until a change of one lamp is in the colours, over the storey's lamps."""
    mix = LightMix(light, CEILING)
    shown = {lamp.id: (1.0, 0.8, 0.6) for lamp in light.lamps}
    mix.set_lamps(shown)
    took: list[float] = []
    for lamp in light.lamps:
        times: list[float] = []
        for strength in (0.5, 1.0) * 4:
            begun = time.process_time()
            mix.set_lamps({**shown, lamp.id: (strength, 0.8 * strength, 0.6 * strength)})
            times.append(time.process_time() - begun)
        took.append(statistics.median(times) * 1e3)
    return (statistics.median(took), max(took)) if took else (0.0, 0.0)


def frame_ratio(project: Path, number: int, light: StoreyLight) -> float:
    """CPU time of a frame at night with baked light, relative to one with pools of light: the median of 15 pairs."""
    with Project.open(project, readonly=True) as found:
        twin, mesh = found.twin(), found.mesh()
    scenes: list[Scene] = []
    for baked in (False, True):
        scene = Scene(DARK)
        scene.lights.baker = partial(_answer, light) if baked else None
        scene.set_twin(twin)
        scene.set_mesh(mesh)
        scene.look_at(twin.storeys[number].id)
        scene.set_daylight(daylight(SunPosition(160.0, -20.0)))
        scene.step(1.0)
        scene.stand(scene.fitting(PictureFrame(_SIZE[0] / _SIZE[1])))
        for _ in range(3):
            scene.render(*_SIZE)
        scenes.append(scene)
    ratios: list[float] = []
    for _ in range(15):
        took: list[float] = []
        for scene in scenes:
            scene.stand(scene.pose.turned(1.0, 0.0))
            begun = time.process_time()
            scene.render(*_SIZE)
            took.append(time.process_time() - begun)
        ratios.append(took[1] / took[0])
    return statistics.median(ratios)


def _answer(
    light: StoreyLight,
    _storey: StoreyId,
    _make: Callable[[], StoreyModel | None],
    _quality: str,
    done: Callable[[Baked], None],
) -> None:
    done((light, "normal"))


def main() -> None:
    """Bakes the storey, measures CPU seconds, memory, a lamp's change and frames, and prints them as JSON."""
    project, number = Path(sys.argv[1]), int(sys.argv[2])
    model = model_of(project, number)
    before_mb = _memory_mb("VmRSS")
    begun = time.process_time()
    light = bake(model)
    took = time.process_time() - begun
    grown_mb = _memory_mb("VmHWM") - before_mb
    packed = pack(light)
    kept, light = len(compressed(packed)), unpack(packed)
    rays_s = rays_alone(model)
    lamp_ms, slowest_ms = lamp_change_ms(light)
    found = {
        "bake_s": took,
        "rays_s": rays_s,
        "memory_mb": grown_mb,
        "lamp_ms": lamp_ms,
        "slowest_lamp_ms": slowest_ms,
        "frame_ratio": frame_ratio(project, number, light),
        "samples": light.samples,
        "lamps": len(light.lamps),
        "kept_mb": kept / 1e6,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _memory_mb(row: str) -> float:
    """This process's memory (VmRSS) or the most that it had (VmHWM), MB; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith(row)), 0.0)


if __name__ == "__main__":
    main()

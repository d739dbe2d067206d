"""Measures the baking of a storey: `python -m app.bench.scenes.light_measuring PROJECT STOREY` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import zstandard

from app.view.scene.light.light_request import LightRequest, storey_model
from twin.light.bake import bake
from twin.light.model import NORMAL, LightSource, StoreyModel
from twin.light.refinement import refined, storey_tracer
from twin.light.storey_light import pack
from twin.model.kind import KINDS
from twin.store.project import Project


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


def main() -> None:
    """Bakes the storey, measures CPU seconds and sizes, and prints them as JSON."""
    model = model_of(Path(sys.argv[1]), int(sys.argv[2]))
    begun = time.process_time()
    light = bake(model)
    took = time.process_time() - begun
    kept = len(zstandard.ZstdCompressor(level=3).compress(pack(light)))
    rays_s = rays_alone(model)
    found = {
        "bake_s": took,
        "rays_s": rays_s,
        "samples": light.samples,
        "lamps": len(light.lamps),
        "kept_mb": kept / 1e6,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

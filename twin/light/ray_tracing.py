"""Selection of the ray tracer: Embree where it is installed, else a voxel grid."""

from __future__ import annotations

from importlib.util import find_spec

from twin.light.model import Corners, Points
from twin.light.rays import RayTracer


def has_embree() -> bool:
    """Whether Embree (package embreex) is installed."""
    return find_spec("embreex") is not None


def tracer_of(positions: Points, triangles: Corners, *, embree: bool | None = None) -> RayTracer:
    """A ray tracer for these triangles; `embree` None selects Embree where it is installed, False the voxel grid."""
    if has_embree() if embree is None else embree:
        from twin.light.embree_rays import EmbreeRays

        return EmbreeRays(positions, triangles)
    from twin.light.voxel_rays import VoxelRays

    return VoxelRays(positions, triangles)

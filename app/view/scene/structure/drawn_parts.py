"""Which actors of a storey are visible: by its drawing mode, by what it has, and by its light."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from app.view.scene.structure.floor_texture import PREFIX
from app.view.scene.structure.storey_mesh import StoreyMesh

MESHES = ("body", "caps", "glass", "soft", "exterior")
"""Names of the actors made from the building's mesh, in drawing order."""
PLAIN = ("body", "caps", "glass", "exterior")
"""Actors drawn for storeys below the one in focus."""
_GHOST = ("ghost", "ghost_edges")
LIT = "lit "
"""Prefix of the names of actors with baked light."""
_UNLIT = frozenset({"body", "soft", "floor", "glow"})
"""Names of the actors that baked ones replace."""
_WORN = frozenset({"caps", "glow", "leaf", "leaf_caps", "leaf_glass", "shade"})
"""Names of actors drawn with walls where they exist."""


class StoreyMode(StrEnum):
    """Drawing mode of a storey."""

    HIDDEN = "hidden"
    CUT = "cut"
    PLAIN = "plain"
    """Storey below the focus: not cut, without furniture."""
    GHOST = "ghost"
    """Transparent shell."""


def _parts_of(show: StoreyMode, source: StoreyMesh, *, floors: bool) -> set[str]:
    """Base names of the actors that a storey with this mesh has in this mode."""
    parts = {StoreyMode.HIDDEN: (), StoreyMode.PLAIN: ("floor", *PLAIN), StoreyMode.GHOST: _GHOST}
    names = parts.get(show, ("body", "caps", "floor", "glass", "soft", "exterior"))
    has = {
        "body": len(source.frame) > 0,
        "caps": len(source.frame) > 0,
        "glass": len(source.glass) > 0,
        "soft": len(source.soft) > 0,
        "exterior": len(source.exterior) > 0,
        "floor": floors,
        "ghost": bool(source.frame.solid.any()),
        "ghost_edges": bool(source.frame.solid.any()),
    }
    return {name for name in names if has[name]}


def visible_parts(
    there: Collection[str], show: StoreyMode, source: StoreyMesh, *, floors: bool, plain: bool, lit: bool
) -> set[str]:
    """Base names of the actors to show among those `there`. `floors`: the storey has rooms; `plain`: no value colours
    them, so they show their textures; `lit`: actors of baked light replace walls, furniture, floors and pools."""
    drawn = show in (StoreyMode.CUT, StoreyMode.PLAIN)
    wanted = _parts_of(show, source, floors=floors) | (_WORN if drawn else frozenset[str]())
    if show is not StoreyMode.CUT:
        return wanted
    wanted = wanted | {"rotor"} | ({name for name in there if name.startswith(PREFIX)} if plain else set[str]())
    if "field" in there:
        wanted = wanted - {"floor"} | {"field"}
    return _with_baked_light(there, wanted, plain=plain) if lit else wanted


def _with_baked_light(there: Collection[str], wanted: set[str], *, plain: bool) -> set[str]:
    names = {name for name in there if name.startswith(LIT)}
    if not plain:
        names -= {name for name in names if name.startswith(LIT + PREFIX)}
    if "field" in there:
        names -= {LIT + "floor"}
    return {name for name in wanted if name not in _UNLIT and not name.startswith(PREFIX)} | names

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Clipping planes for the live cut and the section box; nothing is re-meshed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from app.view.scene.structure.drawn_parts import LIT
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.theme import Theme, rgb

type Direction = tuple[float, float, float]
type PlaneSet = tuple[vtkPlane, ...]


def plane(origin: Direction, normal: Direction) -> vtkPlane:
    """Plane that keeps the side to which its normal points; origin in metres, world coordinates."""
    made = vtkPlane()
    made.SetOrigin(*origin)
    made.SetNormal(*normal)
    return made


_LIT_BODIES = (f"{LIT}body", f"{LIT}body/open")
"""Actors that replace `body` in a storey drawn with baked light."""


class ClipPlanes:
    """Clips all actors by planes. Back faces of cut solids are drawn in the caps' colour, which makes them look
    closed: nothing
    is re-meshed, at the cost of one more actor per storey.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._insides: dict[int, vtkActor] = {}
        self._bodies: dict[int, vtkActor] = {}
        self._active = False

    def update_clipping(self, levels: Sequence[StoreyActors], sawn: PlaneSet, box: PlaneSet, theme: Theme) -> None:
        """Updates clipping before a frame: `sawn` cuts walls and panes of storeys drawn whole, `box` cuts everything."""
        if not (sawn or box or self._active):
            return
        self._active = bool(sawn or box)
        own = {id(one): one for one in self._insides.values()}
        actors = self._renderer.GetActors()
        every = [actors.GetItemAsObject(i) for i in range(actors.GetNumberOfItems())]
        for one in every:
            if isinstance(one, vtkActor) and one.GetUseBounds() and id(one) not in own:
                _clip(one, box)
        for index, level in enumerate(levels):
            planes = (*sawn, *box) if sawn and level.is_whole else box
            for name in (*_LIT_BODIES, "body", "glass", "leaf", "leaf_glass", "shade", "rotor"):
                if name in level.actors:
                    _clip(level.actors[name], planes)
            self._close(index, level, planes, theme)

    def remove(self) -> None:
        """Removes the added actors from the renderer."""
        for one in self._insides.values():
            self._renderer.RemoveActor(one)
        self._insides.clear()
        self._bodies.clear()

    def _close(self, index: int, level: StoreyActors, planes: PlaneSet, theme: Theme) -> None:
        body = level.actors.get("body")
        if index in self._insides and (not planes or self._bodies.get(index) is not body):
            self._renderer.RemoveActor(self._insides.pop(index))
            old = self._bodies.pop(index)
            old.GetProperty().BackfaceCullingOff()
        if body is None or not planes:
            return
        inside = self._insides.get(index)
        if inside is None:
            inside = self._insides[index] = _inside_of(body, theme)
            self._bodies[index] = body
            body.GetProperty().BackfaceCullingOn()
            self._renderer.AddActor(inside)
        inside.SetPosition(*body.GetPosition())
        shown = [body, *(level.actors[name] for name in _LIT_BODIES if name in level.actors)]
        inside.SetVisibility(any(one.GetVisibility() for one in shown))
        inside.GetProperty().SetOpacity(body.GetProperty().GetOpacity())
        _clip(inside, planes)


def _inside_of(body: vtkActor, theme: Theme) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputDataObject(body.GetMapper().GetInputDataObject(0, 0))
    mapper.StaticOn()
    mapper.ScalarVisibilityOff()
    made = vtkActor()
    made.SetMapper(mapper)
    look = made.GetProperty()
    look.SetColor(*rgb(theme.cap))
    look.SetAmbient(1.0)
    look.SetDiffuse(0.0)
    look.FrontfaceCullingOn()
    made.PickableOff()
    return made


def _clip(one: vtkActor, planes: Iterable[vtkPlane]) -> None:
    mapper = one.GetMapper()
    wanted, now = tuple(planes), mapper.GetClippingPlanes()
    there = [now.GetItem(i) for i in range(now.GetNumberOfItems())] if now is not None else []
    if there != list(wanted):
        mapper.RemoveAllClippingPlanes()
        for cutting in wanted:
            mapper.AddClippingPlane(cutting)

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""Device markers: one points actor per storey, and their colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app.view.scene.camera.camera import VIEW_DEG
from app.view.scene.devices.device_places import PlacedDevices
from app.view.scene.geometry.vtk_meshes import actor, point_cloud, single_points
from app.view.theme import Theme, rgb
from twin.model.kind import KINDS

type Bytes = NDArray[np.uint8]

_GROUPS = {"Lighting": 4, "Energy": 1, "Climate": 0, "Sensors": 2, "Security": 5, "Comfort": 6, "Media": 3, "System": 7}
"""Index of the theme's series colour for each group of device kinds."""


class DeviceMarkers:
    """One points actor per storey over one shared colour array: writing the array changes the colours."""

    def __init__(self, placed_devices: PlacedDevices, levels: int, theme: Theme) -> None:
        self.placed = placed_devices
        tones = {kind: _kind_colour(kind, theme) for kind in set(placed_devices.kind)}
        base = [tones[kind] for kind in placed_devices.kind]
        self.base = packed(np.array(base, np.float64).reshape(-1, 3) / 255)
        self.packed = self.base.copy()
        self.colours: Bytes = self.packed.view(np.uint8).reshape(-1, 4)
        """(n, 4) RGBA, a view of the same memory as `packed`, which VTK draws."""
        bounds = np.searchsorted(placed_devices.level, np.arange(levels + 1))
        self.slices = [slice(int(bounds[i]), int(bounds[i + 1])) for i in range(levels)]
        self.actors: dict[int, vtkActor] = {}
        self._drawn: dict[int, tuple[vtkDataArray, vtkPolyData]] = {}
        self.drawn = np.ones(len(placed_devices.ids), np.bool_)
        """(devices,) whether the device has its own dot; False where a cluster mark replaces it."""
        self._stale = False
        self._seen: list[tuple[vtkDataArray, vtkPolyData]] = []
        """Colour arrays and polydata of the visible storeys; hidden storeys are updated when they are shown."""
        for level, rows in enumerate(self.slices):
            if rows.stop > rows.start:
                self._make(level, rows)

    def add_to_renderer(self, renderer: vtkRenderer) -> None:
        """Adds the marker actors to a renderer."""
        for one in self.actors.values():
            renderer.AddActor(one)

    def remove_from_renderer(self, renderer: vtkRenderer) -> None:
        """Removes the marker actors from a renderer."""
        for one in self.actors.values():
            renderer.RemoveActor(one)

    def paint(self, colours: NDArray[np.uint32]) -> None:
        """Sets (n,) packed colours of all devices in place; uploads only those of visible storeys."""
        self.packed[:] = colours
        self.changed()

    def changed(self) -> None:
        """Marks the colours as changed; call after writing to `packed` in place."""
        self._stale = True

    def upload_colours(self) -> None:
        """Marks the changed colours of visible storeys for upload; call before a frame."""
        if self._stale:
            self._stale = False
            for array, data in self._seen:
                array.Modified()
                data.Modified()

    def show(self, levels: Sequence[int], lifts: dict[int, float], *, faint: float = 1.0) -> None:
        """Shows the markers of these storeys only, lifted in metres with their storeys; `faint` is their opacity."""
        self._seen = [drawn for level, drawn in self._drawn.items() if level in levels]
        for level, one in self.actors.items():
            one.SetVisibility(level in levels)
            one.SetPosition(0.0, 0.0, lifts.get(level, 0.0))
            one.GetProperty().SetOpacity(faint)
        self.changed()

    def hide_merged(self, merged: NDArray[np.bool_]) -> None:
        """Hides the dots of the (devices,) that a cluster mark replaces."""
        self.drawn = ~merged
        for level, (_, data) in self._drawn.items():
            data.SetVerts(single_points(np.flatnonzero(~merged[self.slices[level]])))
            data.Modified()

    def size(self, pixels: float) -> None:
        """Sets the diameter of every marker in rendered pixels."""
        for one in self.actors.values():
            one.GetProperty().SetPointSize(pixels)

    def _make(self, level: int, rows: slice) -> None:
        data = point_cloud(self.placed.positions[rows].astype(np.float32), self.colours[rows])
        shared = numpy_to_vtk(self.colours[rows], deep=0)  # the block stays ours: self.colours outlives the array
        shared.SetName("colour")
        data.GetPointData().SetScalars(shared)
        one = actor(data)
        look = one.GetProperty()
        look.SetRenderPointsAsSpheres(True)
        look.SetAmbient(0.55)
        look.SetDiffuse(0.55)
        one.ForceOpaqueOn()
        self.actors[level], self._drawn[level] = one, (shared, data)


def _kind_colour(kind: str, theme: Theme) -> tuple[int, int, int]:
    row = KINDS.get(kind, KINDS["device"])
    r, g, b = rgb(theme.series[_GROUPS.get(row.group, 7)])
    return round(r * 255), round(g * 255), round(b * 255)


def packed(colours: NDArray[np.floating]) -> NDArray[np.uint32]:
    """(n, 3) colours 0..1 as opaque RGBA, one integer each in memory order."""
    made = np.full((len(colours), 4), 255, np.uint8)
    made[:, :3] = np.clip(colours * 255 + 0.5, 0, 255)
    return made.view(np.uint32).ravel()


_KELVIN = (1000, 2000, 2700, 4000, 5500, 6500, 10000)
_BLACK_BODY = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.80),
    (0.22, 0.54, 0.66, 0.81, 0.93, 1.0, 0.86),
    (0.0, 0.07, 0.34, 0.65, 0.88, 0.98, 1.0),
)
"""The colour of a black body as sRGB (Charity, blackbody colour datafile, CIE 1931 2°)."""
_ADAPTED = 0.38
"""Degree of adaptation to lamplight, 0..1: light of low colour temperature is shown nearly white."""
_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
"""Matrix from CIE XYZ to linear sRGB (IEC 61966-2-1, D65)."""


def kelvin_colours(kelvin: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) sRGB 0..1 in which lamps of these colour temperatures (K) are shown."""
    seen = np.stack([np.interp(kelvin, _KELVIN, channel) for channel in _BLACK_BODY], 1)
    return seen + (1 - seen) * _ADAPTED


def xy_colours(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) CIE 1931 xy as the brightest sRGB 0..1 of that hue."""
    y = np.maximum(y, 1e-4)
    linear = np.clip(np.stack([x / y, np.ones_like(y), (1 - x - y) / y], 1) @ _SRGB.T, 0, None)
    linear /= np.maximum(linear.max(1, keepdims=True), 1e-6)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def share_of_size(distance_m: float) -> float:
    """Marker size factor by camera distance: smaller dots when rooms are small."""
    far = distance_m * 2 * np.tan(np.radians(VIEW_DEG) / 2)
    return float(np.clip(1.35 - far / 90.0, 0.5, 1.0))

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Converts numpy arrays to VTK data objects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from app.view.array_sets import is_among

type Bytes = NDArray[np.uint8]
type Points = NDArray[np.float32]
type Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class TriangleMesh:
    """Mesh as arrays: (n, 3) positions in metres, (m, 3) vertex indices, (n, 3) or (n, 4) colours, (n, 3) unit normals
    and the
    (m,) element of each triangle; the last three are None where unknown.
    """

    positions: Points
    triangles: Ints
    colours: Bytes | None = None
    normals: Points | None = None
    elements: Ints | None = None

    def __len__(self) -> int:
        return len(self.triangles)

    def without(self, elements: frozenset[int]) -> TriangleMesh:
        """The mesh without these elements' triangles; vertices are kept."""
        if self.elements is None or not elements:
            return self
        kept = ~is_among(self.elements, elements)
        return self if kept.all() else replace(self, triangles=self.triangles[kept], elements=self.elements[kept])

    def slices(self, most: int) -> list[TriangleMesh]:
        """The mesh in pieces of at most `most` triangles; the mesh itself if it has no more."""
        if len(self) <= most:
            return [self]
        return [self._piece(slice(first, first + most)) for first in range(0, len(self), most)]

    def polydata(self) -> vtkPolyData:
        """The mesh as vtkPolyData with colours and normals."""
        made = polydata(self.positions, self.triangles, colours=self.colours)
        if self.normals is not None:
            set_normals(made, self.normals)
        return made

    def _piece(self, rows: slice) -> TriangleMesh:
        used = np.zeros(len(self.positions), np.bool_)
        used[self.triangles[rows]] = True
        place = np.cumsum(used) - 1
        colours, normals, elements = self.colours, self.normals, self.elements
        return TriangleMesh(
            self.positions[used],
            place[self.triangles[rows]],
            colours=None if colours is None else colours[used],
            normals=None if normals is None else normals[used],
            elements=None if elements is None else elements[rows],
        )


def polydata(positions: Points, triangles: Ints, *, colours: Bytes | None = None) -> vtkPolyData:
    """A triangle mesh as vtkPolyData; `colours` are (n, 3) or (n, 4) per vertex, shown unchanged."""
    made = _with_points(positions)
    made.SetPolys(_cells(triangles.ravel(), 3))
    if colours is not None:
        set_colours(made, colours)
    return made


def point_cloud(positions: Points, colours: Bytes) -> vtkPolyData:
    """Polydata of points, each a vertex cell, with (n, 3) colours."""
    made = _with_points(positions)
    made.SetVerts(_cells(np.arange(len(positions)), 1))
    set_colours(made, colours)
    return made


def single_points(rows: Ints) -> vtkCellArray:
    """Cells of one point each, for the points in these rows."""
    return _cells(rows, 1)


def line_set(positions: Points, pairs: Ints) -> vtkPolyData:
    """Polydata of separate lines between the points indexed by `pairs`."""
    made = _with_points(positions)
    made.SetLines(_cells(pairs.ravel(), 2))
    return made


def set_colours(data: vtkPolyData, colours: Bytes) -> Bytes:
    """Sets vertex colours and returns a view of VTK's memory for changes in place."""
    array = numpy_to_vtk(np.ascontiguousarray(colours, np.uint8), deep=1)
    array.SetName("colour")
    data.GetPointData().SetScalars(array)
    return vtk_to_numpy(array)


def set_texture_places(data: vtkPolyData, places: Points) -> None:
    """Sets (n, 2) texture coordinates per vertex."""
    data.GetPointData().SetTCoords(texture_array("place", places))


def texture_array(name: str, places: NDArray[np.floating]) -> vtkDataArray:
    """(n, 2) texture coordinates as a VTK array."""
    array = numpy_to_vtk(np.ascontiguousarray(places, np.float32), deep=1)
    array.SetName(name)
    return array


def set_normals(data: vtkPolyData, normals: Points) -> None:
    """Sets (n, 3) unit normals per vertex."""
    array = numpy_to_vtk(np.ascontiguousarray(normals, np.float32), deep=1)
    array.SetName("normal")
    data.GetPointData().SetNormals(array)


def spread(positions: Points, triangles: Ints, colours: Bytes) -> tuple[Points, Ints, Bytes]:
    """Converts (m, 4) triangle colours to vertex colours; only vertices of several colours are duplicated."""
    flat = triangles.ravel()
    packed = np.ascontiguousarray(colours).view(np.uint32).ravel().repeat(3)
    vertex = np.zeros(len(positions), np.uint32)
    vertex[flat] = packed
    disputed = np.flatnonzero(vertex[flat] != packed)
    joined = flat.copy()
    joined[disputed] = len(positions) + np.arange(len(disputed))
    placed = np.concatenate([positions, positions[flat[disputed]]])
    painted = np.concatenate([vertex, packed[disputed]])
    return placed, joined.reshape(-1, 3), painted.view(np.uint8).reshape(-1, 4)


def compact(positions: Points, triangles: Ints) -> tuple[Points, Ints]:
    """The same triangles without unused vertices."""
    used = np.zeros(len(positions), np.bool_)
    used[triangles] = True
    if used.all():
        return positions, triangles
    place = np.cumsum(used) - 1
    return positions[used], place[triangles]


def actor(data: vtkPolyData) -> vtkActor:
    """An actor for a mesh that seldom changes, coloured by its vertices."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputDataObject(data)
    mapper.StaticOn()
    mapper.SetScalarModeToUsePointData()
    mapper.SetColorModeToDirectScalars()
    made = vtkActor()
    made.SetMapper(mapper)
    return made


@dataclass(slots=True, eq=False)
class EditableTexture:
    """A texture whose pixels can be changed in place: `pixels` is (h, w, channels), first row at the bottom."""

    texture: vtkTexture
    image: vtkImageData
    pixels: Bytes

    def changed(self) -> None:
        """Marks the pixels as changed, so that VTK uploads them."""
        self.image.GetPointData().GetScalars().Modified()
        self.image.Modified()


def picture(pixels: Bytes, *, mipmap: bool = False) -> EditableTexture:
    """A texture from (h, w, 3 or 4) bytes. With `mipmap` fine patterns do not flicker from afar; smooth pixels such as
    light do without: the first mipmap takes a renderer without a GPU 60 ms."""
    height, width, channels = pixels.shape
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    array = numpy_to_vtk(np.ascontiguousarray(pixels).reshape(-1, channels), deep=1)
    image.GetPointData().SetScalars(array)
    texture = vtkTexture()
    texture.SetInputDataObject(image)
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.SetMipmap(mipmap)
    texture.SetWrap(vtkTexture.ClampToEdge)
    return EditableTexture(texture, image, vtk_to_numpy(array).reshape(height, width, channels))


def face_normals(positions: Points, triangles: Ints) -> NDArray[np.float32]:
    """(m, 3) unnormalised normals, twice the area long."""
    corner = positions[triangles]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])


def creased(positions: Points, triangles: Ints, colours: Bytes, crease_deg: float) -> TriangleMesh:
    """A mesh with smooth normals that breaks at edges sharper than `crease_deg`; colours (m, 4) per triangle.

    A corner keeps the mean normal of its place where that is near its face's own, else takes the face's own.
    """
    normal = face_normals(positions, triangles)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit = normal / np.maximum(length, 1e-12)
    where = np.round(positions * 1000).astype(np.int64)
    key = (where[:, 0] * 73856093) ^ (where[:, 1] * 19349663) ^ (where[:, 2] * 83492791)
    _, place = np.unique(key, return_inverse=True)
    at = place[triangles.ravel()]
    total = np.stack([np.bincount(at, np.repeat(normal[:, axis], 3)) for axis in range(3)], 1)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    own = np.repeat(unit, 3, 0)
    smooth = total[at]
    near = (smooth * own).sum(1) > np.cos(np.radians(crease_deg))
    normals = np.where(near[:, None], smooth, own).astype(np.float32)
    return TriangleMesh(
        positions[triangles.ravel()],
        np.arange(len(triangles) * 3).reshape(-1, 3),
        colours=np.repeat(colours, 3, 0),
        normals=normals,
    )


def vtk_points(positions: Points) -> vtkPoints:
    """(n, 3) metres as vtkPoints."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(positions, np.float32).reshape(-1, 3), deep=1))
    return points


def _with_points(positions: Points) -> vtkPolyData:
    made = vtkPolyData()
    made.SetPoints(vtk_points(positions))
    return made


def _cells(corners: Ints, size: int) -> vtkCellArray:
    made = vtkCellArray()
    count = len(corners) // size
    offsets = numpy_to_vtkIdTypeArray(np.arange(0, (count + 1) * size, size, dtype=np.int64), deep=1)
    joined = numpy_to_vtkIdTypeArray(np.ascontiguousarray(corners, np.int64), deep=1)
    made.SetData(offsets, joined)
    return made

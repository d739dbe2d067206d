"""An element that takes too long, or that breaks the library, costs itself and not the building."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.twin.building.ifc.plain import House
from twin.building.ifc import geometry_workers, shape_repetition
from twin.building.ifc.geometry_process import (
    GeometryShape,
    PlacedShape,
    ShapeBegun,
    ShapeEvent,
    ShapeRefused,
    WorkerDied,
    guarded,
)
from twin.building.ifc.ifc_file import open_ifc
from twin.building.import_worker import read_building
from twin.model.building import Building

SHAPE = GeometryShape(np.arange(9.0).reshape(3, 3), np.array([[0, 1, 2]], np.int32), np.full((1, 4), 7, np.uint8))
OTHER = GeometryShape(np.zeros((0, 3)), np.zeros((0, 3), np.int32), np.zeros((0, 4), np.uint8))


def run(
    make: Callable[[Callable[[float], None]], Iterator[ShapeEvent]],
    on_progress: Callable[[float], None] = lambda _: None,
) -> list[object]:
    return list(guarded(make, on_progress, limit_s=0.3))  # fmt: skip


def test_shapes_come_as_they_were_made_and_shared_ones_once() -> None:
    parts: list[float] = []

    def make(on_progress: Callable[[float], None]) -> Iterator[ShapeEvent]:
        yield ShapeBegun(1)
        yield PlacedShape(1, SHAPE, np.eye(4))
        on_progress(0.5)
        yield PlacedShape(2, OTHER, np.eye(4) * 2)
        yield PlacedShape(3, SHAPE, np.arange(16.0).reshape(4, 4))
        yield ShapeRefused(4)

    one, two, three, four = run(make, parts.append)
    assert isinstance(one, PlacedShape)
    assert isinstance(two, PlacedShape)
    assert isinstance(three, PlacedShape)
    assert four == ShapeRefused(4)
    assert [one.product, two.product, three.product] == [1, 2, 3]
    assert three.shape is one.shape
    assert (one.shape.positions == SHAPE.positions).all()
    assert (one.shape.triangles == SHAPE.triangles).all()
    assert (one.shape.colours == SHAPE.colours).all()
    assert (three.matrix == np.arange(16.0).reshape(4, 4)).all()
    assert not len(two.shape.triangles)
    assert parts == [0.5]


def test_an_element_that_takes_too_long_ends_the_process_and_is_named() -> None:
    def make(_: Callable[[float], None]) -> Iterator[ShapeEvent]:
        yield ShapeBegun(1)
        yield PlacedShape(1, SHAPE, np.eye(4))
        yield ShapeBegun(2)
        while True:
            pass

    began = time.process_time()
    one, two = run(make)
    assert isinstance(one, PlacedShape)
    assert two == WorkerDied(2)
    assert time.process_time() - began < 1


def test_an_element_that_crashes_the_library_is_named() -> None:
    def make(_: Callable[[float], None]) -> Iterator[ShapeEvent]:
        yield ShapeBegun(5)
        os.kill(os.getpid(), signal.SIGSEGV)

    assert run(make) == [WorkerDied(5)]


def test_what_the_library_refuses_is_refused_here() -> None:
    def make(_: Callable[[float], None]) -> Iterator[ShapeEvent]:
        raise RuntimeError("a reference to nothing")
        yield

    with pytest.raises(RuntimeError, match="a reference to nothing"):
        run(make)


def test_who_stops_listening_leaves_no_process() -> None:
    def make(_: Callable[[float], None]) -> Iterator[ShapeEvent]:
        yield ShapeRefused(os.getpid())
        while True:
            pass

    listening = guarded(make, lambda _: None, limit_s=60)
    first = next(listening)
    assert isinstance(first, ShapeRefused)
    listening.close()  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ProcessLookupError):
        os.kill(first.product, 0)


def tangled(house: House, cuts: int) -> None:
    """A wall that many slanted cylinders are cut out of, which only the slow library can do."""
    wall = house.thing("IfcWall", "Tangled", (0, 0, 0), (20, 0.3, 2.5))
    body = wall.Representation.Representations[0]
    solid = body.Items[0]
    for i in range(cuts):
        lean = house.make("IfcDirection", DirectionRatios=(0.02 * math.sin(i), 0.05 * math.cos(i), 1.0))
        circle = house.make("IfcCircleProfileDef", ProfileType="AREA", Radius=0.31 + 0.001 * i)
        cylinder = house.make("IfcExtrudedAreaSolid", SweptArea=circle, Position=house.axes(0.1 + i * 19.0 / cuts, 0.15, -1), ExtrudedDirection=lean, Depth=5.0)  # fmt: skip
        flat = house.make("IfcAxis2Placement2D", Location=house.make("IfcCartesianPoint", Coordinates=(0.1 + i * 19.0 / cuts, 0.1)))  # fmt: skip
        half = house.make(
            "IfcPolygonalBoundedHalfSpace", BaseSurface=house.make("IfcPlane", Position=house.axes(0, 0, 1.2 + 0.001 * i)),
            AgreementFlag=False, Position=house.axes(0, 0, 0), PolygonalBoundary=house.make("IfcCircle", Position=flat, Radius=0.31),
        )  # fmt: skip
        solid = house.make("IfcBooleanResult", Operator="DIFFERENCE", FirstOperand=solid, SecondOperand=half if i % 2 else cylinder)  # fmt: skip
    body.Items = [solid]


def test_a_wall_that_takes_too_long_is_drawn_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House()
    house.thing("IfcWall", "Good", (0, 5, 0), (4, 0.2, 2.5))
    tangled(house, 60)
    file = open_ifc(house.write(tmp_path)).file
    monkeypatch.setattr(geometry_workers, "ELEMENT_S", 0.2)
    monkeypatch.setattr(geometry_workers, "LEAST_S", 0.2)
    runs = geometry_workers.GeometryWorkers(file)
    built = {file.by_id(placed.product).Name: placed for placed in runs.run()}
    assert [file.by_id(id).Name for id in runs.plain] == ["Tangled"]
    assert len(built["Good"].shape.triangles) == len(built["Tangled"].shape.triangles) == 12


def copies(house: House, levels: int, times: int) -> None:
    """A thing whose shape is copies of copies: `times` ** `levels` boxes."""
    thing = house.thing("IfcFurnishingElement", "Copies", (1, 1, 0), (0.1, 0.1, 0.1))
    shape = thing.Representation.Representations[0]
    origin = house.make("IfcCartesianPoint", Coordinates=(0.0, 0.0, 0.0))
    target = house.make("IfcCartesianTransformationOperator3D", LocalOrigin=origin)
    for _ in range(levels):
        source = house.make("IfcRepresentationMap", MappingOrigin=house.axes(0, 0, 0), MappedRepresentation=shape)
        items = [house.make("IfcMappedItem", MappingSource=source, MappingTarget=target) for _ in range(times)]
        shape = house.make(
            "IfcShapeRepresentation", ContextOfItems=house.context, RepresentationIdentifier="Body",
            RepresentationType="MappedRepresentation", Items=items,
        )  # fmt: skip
    thing.Representation.Representations = [shape]


def codes(building: Building) -> list[str]:
    return [problem.code for problem in building.problems]


def test_copies_of_copies_are_left_out_before_they_are_made(tmp_path: Path) -> None:
    house = House()
    house.room("Hall", (0, 0, 0), (4, 4, 2.5))
    house.thing("IfcWall", "Good", (0, 5, 0), (4, 0.2, 2.5))
    copies(house, 12, 10)
    building = read_building(house.write(tmp_path))
    assert codes(building) == ["ifc.repeated"]
    assert building.mesh.triangle_count == 12


def test_copies_as_buildings_have_them_are_made(tmp_path: Path) -> None:
    house = House()
    house.room("Hall", (0, 0, 0), (4, 4, 2.5))
    copies(house, 2, 4)
    building = read_building(house.write(tmp_path))
    assert codes(building) == []
    assert building.mesh.triangle_count == 16 * 12


def test_a_shape_that_holds_itself_is_left_out(tmp_path: Path) -> None:
    house = House()
    house.room("Hall", (0, 0, 0), (4, 4, 2.5))
    copies(house, 2, 2)
    maps = house.file.by_type("IfcRepresentationMap")
    maps[0].MappedRepresentation = maps[1].MappedRepresentation
    assert [one.Name for one in shape_repetition.endless(house.file)] == ["Copies"]
    assert codes(read_building(house.write(tmp_path))) == ["ifc.repeated"]


def test_a_chain_of_cuts_that_crashes_the_library_costs_its_wall(tmp_path: Path) -> None:
    house = House()
    house.room("Hall", (0, 0, 0), (4, 4, 2.5))
    house.thing("IfcWall", "Good", (0, 5, 0), (4, 0.2, 2.5))
    wall = house.thing("IfcWall", "Chain", (0, 0, 0), (4, 0.2, 2.5))
    body = wall.Representation.Representations[0]
    solid, plane = body.Items[0], house.make("IfcPlane", Position=house.axes(0, 0, 5))
    half = house.make("IfcHalfSpaceSolid", BaseSurface=plane, AgreementFlag=False)
    for _ in range(20_000):
        solid = house.make("IfcBooleanResult", Operator="DIFFERENCE", FirstOperand=solid, SecondOperand=half)
    body.Items = [solid]
    building = read_building(house.write(tmp_path))
    assert len(building.rooms) == 1
    assert "Good" in {element.name for element in building.mesh.elements}
    assert set(codes(building)) & {"ifc.shapeless", "ifc.plain_bodies"}

"""What the 3D view costs, measured in a process of its own: `python -m app.view.scene.bench scene|update|pick [quick]`.

Run it with GALLIUM_NOOP=1 in the environment to count submission only: Mesa then draws nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkHardwareSelector, vtkPolyDataMapper, vtkRenderer

from app.view.scene.camera import Frame
from app.view.scene.offscreen import offscreen_window
from app.view.scene.scene import Scene
from app.view.theme import LIGHT
from twin.model.device import Device, DeviceInfo, Link, PointInfo, take_in
from twin.model.ident import LinkId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, Part
from twin.model.observation import Observation, Quality
from twin.model.space import Room, Storey
from twin.model.state import State
from twin.model.twin import Twin

STOREYS, ROOMS, DEVICES = 10, 63, 500
"""An office of 630 rooms and 5,000 devices: per storey."""
SIZE = (1280, 800)
ROOM_M, HEIGHT_M = 6.0, 3.0
WALLS, FURNITURE = 4, 6
"""Boxes per room."""
_CORNERS = np.array([[k & 1, (k >> 1) & 1, (k >> 2) & 1] for k in range(8)], np.float32)
_FACES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
_TRIANGLES = np.concatenate([_FACES[:, [0, 1, 2]], _FACES[:, [0, 2, 3]]]).astype(np.uint32)

type Box = tuple[float, float, float, float, float, float]
"""x, y, z, then the lengths along them; metres."""


def corner(room: int) -> tuple[float, float]:
    """Where the n-th room of a storey begins."""
    return (room % 9) * ROOM_M, (room // 9) * ROOM_M


def boxes(storey: int, room: int) -> dict[str, list[Box]]:
    """The walls and the furniture of a room."""
    (x, y), z, m, t = corner(room), storey * HEIGHT_M, ROOM_M, 0.1
    walls = [(x, y, z, m, t, 2.7), (x, y, z, t, m, 2.7), (x, y + m - t, z, m, t, 2.7), (x + m - t, y, z, t, m, 2.7)]
    chairs = [(x + 0.8 + 0.8 * n, y + 1.5 + 0.5 * (n % 3), z, 0.5, 0.5, 0.8) for n in range(FURNITURE)]
    return {"wall": walls, "furniture": chairs}


def office(devices: int = DEVICES) -> tuple[Twin, Mesh]:
    """The office and its shape."""
    storeys = tuple(
        Storey(id=StoreyId(f"s{n}"), name=f"Level {n}", elevation_m=n * HEIGHT_M, height_m=HEIGHT_M)
        for n in range(STOREYS)
    )
    rooms = tuple(_room(s, r) for s in range(STOREYS) for r in range(ROOMS))
    twin = Twin(
        storeys=storeys, rooms=rooms, devices=tuple(_device(s, n) for s in range(STOREYS) for n in range(devices))
    )
    parts = tuple(
        _part(s, category, [box for r in range(ROOMS) for box in boxes(s, r)[category]])
        for s in range(STOREYS)
        for category in ("wall", "furniture")
    )
    return twin, Mesh(parts=parts, elements=(Element(name="box", ifc_class="IfcWall"),))


def _room(storey: int, number: int) -> Room:
    (x, y), m, z = corner(number), ROOM_M, storey * HEIGHT_M
    outline = ((x, y), (x + m, y), (x + m, y + m), (x, y + m))
    return Room(id=RoomId(f"r{storey}.{number}"), storey=StoreyId(f"s{storey}"), name=f"{number}", outline=outline, floor_m=z, ceiling_m=z + 2.7, area_m2=m * m)  # fmt: skip


def _device(storey: int, number: int) -> Device:
    link = Link(id=LinkId("bench"), protocol="bench", address="here")
    points = (PointInfo(key="on", capability="on_off"), PointInfo(key="t", capability="temperature"))
    made = take_in(DeviceInfo(uid=f"{storey}.{number}", name="Lamp", kind="light", points=points), link)
    room = number % ROOMS
    (x, y), spot = corner(room), number // ROOMS
    position = (x + 0.5 + 0.5 * (spot % 10), y + 0.5 + 0.5 * (spot // 10 % 10), storey * HEIGHT_M + 2.4)
    return Device(id=made.id, link=made.link, protocol="bench", uid=made.uid, name="Lamp", kind="light", points=made.points, room=RoomId(f"r{storey}.{room}"), position_m=position)  # fmt: skip


def _part(storey: int, category: str, found: list[Box]) -> Part:
    low = np.array([box[:3] for box in found], np.float32)
    size = np.array([box[3:] for box in found], np.float32)
    n = len(found)
    triangles = (_TRIANGLES[None] + (8 * np.arange(n, dtype=np.uint32))[:, None, None]).reshape(-1, 3)
    return Part(
        storey=StoreyId(f"s{storey}"),
        category=category,
        positions=(low[:, None] + _CORNERS[None] * size[:, None]).reshape(-1, 3).astype(np.float32),
        triangles=triangles,
        colours=np.tile(np.array([200, 200, 195, 255], np.uint8), (len(triangles), 1)),
        elements=np.zeros(len(triangles), np.uint32),
    )


def state_of(twin: Twin) -> State:
    """Every lamp on, every room with a temperature."""
    state = State(point.id for point in twin.points)
    for number, point in enumerate(twin.points):
        value = 1.0 if point.info.key == "on" else 18.0 + number % 80 / 10
        state.apply(Observation(point.id, 1, value))
    return state


def shown(devices: int = DEVICES) -> tuple[Scene, State]:
    """Our scene with the office in it, painted once."""
    twin, mesh = office(devices)
    scene, state = Scene(LIGHT), state_of(twin)
    scene.set_twin(twin)
    scene.set_mesh(mesh)
    scene.apply(state, range(len(state)))
    scene.stand(scene.fitting(Frame(SIZE[0] / SIZE[1])))
    scene.render(*SIZE)
    return scene, state


def actors() -> tuple[object, vtkRenderer]:
    """The yardstick: one VTK actor per floor, wall, piece of furniture and device; their cube is shared."""
    window, renderer = offscreen_window(), vtkRenderer()
    window.AddRenderer(renderer)  # pyright: ignore[reportAttributeAccessIssue]
    window.SetSize(*SIZE)  # pyright: ignore[reportAttributeAccessIssue]
    cube = vtkCubeSource()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(cube.GetOutputPort())
    for storey in range(STOREYS):
        for room in range(ROOMS):
            x, y = corner(room)
            found = [(x, y, storey * HEIGHT_M, ROOM_M, ROOM_M, 0.02)]
            for part in boxes(storey, room).values():
                found += part
            for box in found:
                _stand(renderer, mapper, box)
        for number in range(DEVICES):
            x, y, z = _device(storey, number).position_m or (0.0, 0.0, 0.0)
            _stand(renderer, mapper, (x, y, z, 0.1, 0.1, 0.1))
    renderer.ResetCamera()
    window.Render()  # pyright: ignore[reportAttributeAccessIssue]
    return window, renderer


def _stand(renderer: vtkRenderer, mapper: vtkPolyDataMapper, box: Box) -> None:
    one = vtkActor()
    one.SetMapper(mapper)
    one.SetPosition(box[0] + box[3] / 2, box[1] + box[4] / 2, box[2] + box[5] / 2)
    one.SetScale(*box[3:])
    renderer.AddActor(one)


def cpu(work: Callable[[], object], times: int) -> float:
    """Median CPU milliseconds of this process for one call."""
    work()
    seen: list[float] = []
    for _ in range(times):
        begun = time.process_time()
        work()
        seen.append(time.process_time() - begun)
    return statistics.median(seen) * 1000


def wall(work: Callable[[], object], times: int) -> float:
    """Median wall milliseconds of one call."""
    work()
    seen: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seen.append(time.perf_counter() - begun)
    return statistics.median(seen) * 1000


def measure_scene(quick: bool) -> dict[str, float]:
    """CPU milliseconds to submit a frame while the camera goes round."""
    scene, _ = shown()
    window, renderer = actors()

    def ours() -> None:
        scene.stand(scene.pose.turned(1.0, 0.0))
        scene.prepare()
        scene.window.Render()  # pyright: ignore[reportAttributeAccessIssue]

    def theirs() -> None:
        renderer.GetActiveCamera().Azimuth(1.0)
        window.Render()  # pyright: ignore[reportAttributeAccessIssue]

    rounds = [(cpu(ours, 60), cpu(theirs, 3)) for _ in range(1 if quick else 5)]
    figure, yardstick = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"figure": figure, "yardstick": yardstick, "props": float(scene.prop_count)}


def measure_update(quick: bool) -> dict[str, float]:
    """Milliseconds until 100,000 changed lamps are in the arrays that the next frame draws."""
    scene, state = shown(1000 if quick else 10_000)
    rows = np.array([row for row, point in enumerate(state.points) if point.endswith(".on")], np.intp)
    rng = np.random.default_rng(1)

    def ours() -> None:
        scene.apply(state, rows)

    copies = (state.value[rows], np.zeros((len(rows), 4), np.uint8))

    def theirs() -> None:
        for array in copies:
            array.copy()

    rounds: list[tuple[float, float]] = []
    for _ in range(3 if quick else 9):
        state.apply_rows(rows, (rng.random(len(rows)) < 0.5).astype(np.float64), state.time_ms[rows], np.full(len(rows), Quality.GOOD, np.uint8))  # fmt: skip
        rounds.append((wall(ours, 1), wall(theirs, 20)))
    figure, yardstick = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"figure": figure, "yardstick": yardstick, "markers": float(len(rows))}


def measure_pick(quick: bool) -> dict[str, float]:
    """Milliseconds to know the device, else the room, under a spot; beside VTK's own selector in the same scene."""
    scene, _ = shown()
    spots = [(float(x), float(y)) for x, y in np.random.default_rng(2).uniform((200, 150), (1080, 650), (40, 2))]

    def ours(spot: tuple[float, float]) -> None:
        projection = scene.sight.at(*SIZE)
        if scene.device_pick.at(projection, spot, 15.0, scene.shown_devices()) >= 0:
            return
        for index in reversed(scene.building.shown()):
            if scene.room_picks[index].at(projection, spot, scene.building.levels[index].lift) is not None:
                return

    selector = vtkHardwareSelector()
    selector.SetRenderer(scene.renderer)

    def theirs(spot: tuple[float, float]) -> None:
        x, y = int(spot[0]), SIZE[1] - int(spot[1])
        selector.SetArea(x, y, x, y)
        selector.Select()

    mine = [wall(lambda spot=spot: ours(spot), 5) for spot in spots]
    other = [wall(lambda spot=spot: theirs(spot), 1) for spot in spots[: 3 if quick else 10]]
    return {"figure": statistics.median(mine), "yardstick": statistics.median(other)}


def main() -> None:
    """Measures what the first word names; prints one JSON object."""
    measure = {"scene": measure_scene, "update": measure_update, "pick": measure_pick}[sys.argv[1]]
    sys.stdout.write(json.dumps(measure("quick" in sys.argv[2:])) + "\n")


if __name__ == "__main__":
    main()

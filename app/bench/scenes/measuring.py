# pyright: reportUnknownMemberType=false
"""Measures the 3D view in a process of its own: `python -m app.bench.scenes.measuring MEASUREMENT SIZE [quick]`.

MEASUREMENT is scene, update, pick or build; SIZE is home, office or campus.
Run it with GALLIUM_NOOP=1 in the environment to count submission only: Mesa then draws nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
from vtkmodules.vtkFiltersSources import vtkCubeSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkHardwareSelector, vtkPolyDataMapper, vtkRenderer

from app.bench.scenes.boxes import HEIGHT_M, ROOM_M, SIZES, Box, Size
from app.view.scene.camera.camera import PictureFrame
from app.view.scene.scene import Scene
from app.view.scene.viewport.offscreen import offscreen_window
from app.view.theme import LIGHT
from twin.model.observation import Observation, Quality
from twin.model.state import State
from twin.model.twin import Twin

SIZE = (1280, 800)


def state_of(twin: Twin) -> State:
    """Every lamp on, every room with a temperature."""
    state = State(point.id for point in twin.points)
    for number, point in enumerate(twin.points):
        value = 1.0 if point.info.key == "on" else 18.0 + number % 80 / 10
        state.apply(Observation(point.id, 1, value))
    return state


def shown(size: Size) -> tuple[Scene, State]:
    """A scene with the building of this size, rendered once, and its State."""
    twin, mesh = size.built()
    scene, state = Scene(LIGHT), state_of(twin)
    scene.set_twin(twin)
    scene.set_mesh(mesh)
    scene.apply(state, range(len(state)))
    scene.stand(scene.fitting(PictureFrame(SIZE[0] / SIZE[1])))
    scene.render(*SIZE)
    return scene, state


def actors(size: Size) -> tuple[object, vtkRenderer]:
    """The yardstick: one VTK actor per floor, wall, piece of furniture and device; their cube is shared."""
    window, renderer = offscreen_window(), vtkRenderer()
    window.AddRenderer(renderer)  # pyright: ignore[reportAttributeAccessIssue]
    window.SetSize(*SIZE)  # pyright: ignore[reportAttributeAccessIssue]
    cube = vtkCubeSource()
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(cube.GetOutputPort())
    for _, building, storey in size.levels:
        for room in range(size.rooms):
            x, y = size.corner(building, room)
            found = [(x, y, storey * HEIGHT_M, ROOM_M, ROOM_M, 0.02)]
            for part in size.boxes(building, storey, room).values():
                found += part
            for box in found:
                _stand(renderer, mapper, box)
        for number in range(size.devices):
            _stand(renderer, mapper, (*size.spot(building, storey, number), 0.1, 0.1, 0.1))
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
    """Median CPU milliseconds of this process per call."""
    work()
    seen: list[float] = []
    for _ in range(times):
        begun = time.process_time()
        work()
        seen.append(time.process_time() - begun)
    return statistics.median(seen) * 1000


def wall(work: Callable[[], object], times: int) -> float:
    """Median wall milliseconds per call of the work, after one unmeasured call."""
    work()
    seen: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seen.append(time.perf_counter() - begun)
    return statistics.median(seen) * 1000


def measure_scene(size: Size, *, quick: bool) -> dict[str, float]:
    """CPU milliseconds to submit a frame while the camera orbits."""
    scene, _ = shown(size)
    window, renderer = actors(size)

    def ours() -> None:
        scene.stand(scene.pose.turned(1.0, 0.0))
        scene.prepare()
        scene.window.Render()  # pyright: ignore[reportAttributeAccessIssue]

    def theirs() -> None:
        renderer.GetActiveCamera().Azimuth(1.0)
        window.Render()  # pyright: ignore[reportAttributeAccessIssue]

    rounds = [(cpu(ours, 60), cpu(theirs, 3)) for _ in range(1 if quick or size.buildings > 1 else 5)]
    figure, yardstick = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"figure": figure, "yardstick": yardstick, "props": float(scene.renderer.GetViewProps().GetNumberOfItems())}


def measure_update(size: Size, *, quick: bool) -> dict[str, float]:
    """Milliseconds until every lamp, changed, is in the arrays that the next frame draws."""
    scene, state = shown(size)
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


def measure_pick(size: Size, *, quick: bool) -> dict[str, float]:
    """Milliseconds to find the device, else the room, under a spot, and those of VTK's selector in the same scene."""
    scene, _ = shown(size)
    spots = [(float(x), float(y)) for x, y in np.random.default_rng(2).uniform((200, 150), (1080, 650), (40, 2))]

    def ours(spot: tuple[float, float]) -> None:
        projection = scene.projections.at(*SIZE)
        if scene.device_pick.at(projection, spot, 15.0, scene.shown_devices()) >= 0:
            return
        for index in reversed(scene.storey_stack.shown()):
            if scene.room_picks[index].at(projection, spot, scene.storey_stack.levels[index].lift) is not None:
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


def turns(work: Iterable[Callable[[], object]]) -> list[float]:
    """CPU milliseconds of this thread for each piece of work."""
    seen: list[float] = []
    for one in work:
        begun = time.thread_time()
        one()
        seen.append((time.thread_time() - begun) * 1000)
    return seen


def measure_build(size: Size, *, quick: bool) -> dict[str, float]:
    """Milliseconds of the longest turn while a building enters a window, and of loading the same building at once."""
    twin, mesh = size.built()
    state, rounds = state_of(twin), list[tuple[float, float, int]]()

    def empty(*, patient: bool) -> Scene:
        scene = Scene(LIGHT)
        scene.set_patient(patient)
        scene.set_twin(twin)
        scene.apply(state, range(len(state)))
        scene.stand(scene.fitting(PictureFrame(SIZE[0] / SIZE[1])))
        scene.window.SetSize(*SIZE)
        return scene

    def frame(scene: Scene) -> None:
        scene.prepare()
        scene.window.Render()  # pyright: ignore[reportAttributeAccessIssue]

    def bit_by_bit(scene: Scene) -> Iterator[Callable[[], object]]:
        building = scene.making(mesh, LIGHT)()  # on another thread in a window
        yield partial(scene.enter, building, mesh)
        while scene.storey_stack.is_growing:
            yield partial(frame, scene)
            yield scene.fill_in
        yield partial(frame, scene)

    for _ in range(1 if quick or size.buildings > 1 else 3):
        scene = empty(patient=False)
        (whole,) = turns([lambda scene=scene: (scene.set_mesh(mesh), frame(scene))])
        scene.release()
        scene = empty(patient=True)
        seen = turns(bit_by_bit(scene))
        scene.release()
        rounds.append((max(seen), whole, len(seen)))
    figure, yardstick, count = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"figure": figure, "yardstick": yardstick, "turns": count}


def main() -> None:
    """Runs the measurement named by the first argument and prints one JSON object."""
    measure = {"scene": measure_scene, "update": measure_update, "pick": measure_pick, "build": measure_build}[
        sys.argv[1]
    ]
    found = measure(SIZES[sys.argv[2]], quick="quick" in sys.argv[3:])
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

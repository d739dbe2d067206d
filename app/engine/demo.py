"""The demo: a home or office, made once in OIKOS_HOME from assets/demo and then opened like any project.

Parts: `assets/demo/<name>.sh3d` or `.ifc`; `<name>.json` with `{"link": "simulated://<name>", "devices":
{uid: {"room": room name, "position_m": [x, y, z]}}}`; the adapter of the link's scheme, which also supplies the
history (`devices.contract.Backfilling`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, cast

from app.engine.context import EngineContext
from app.engine.history_recorder import HistoryRecorder, presence
from app.engine.importing import import_label
from app.engine.problems import cancelled
from app.jobs import Jobs
from devices.contract import Adapter, AdapterContext, Backfilling
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.change import ImportPreviewed, Progress
from twin.model.device import Device, DeviceInfo, Link, device_from_description
from twin.model.mesh import Mesh
from twin.model.observation import Observation, StringTable
from twin.model.problem import Problem, ProblemError
from twin.model.space import Position
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project, UndoEntry

PAST_DAYS = 92
JOB = "demo"
GLIMPSE_S = 0.03
"""Pause (seconds) between partial buildings shown during the import, as each takes the screen some milliseconds."""
BUILDINGS = (".sh3d", ".ifc")


@dataclass(frozen=True, slots=True)
class DemoRecipe:
    """Contents of a demo: building file, link, and rooms of devices."""

    name: str
    building: Path
    link: str
    places: Mapping[str, tuple[str, Position | None]]
    """By device uid: (room name, position in metres or None)."""


async def make_demo(context: EngineContext, jobs: Jobs, name: str, path: Path) -> None:
    """Makes the demo's project; raises ProblemError. Runs on the loop."""
    try:
        await make(context, jobs, name, path)
    except BaseException:
        context.bus.publish(ImportPreviewed(None))
        raise
    finally:
        jobs.end(JOB)
        context.bus.publish(Progress(JOB, None, 1.0, done=True))


async def make(context: EngineContext, jobs: Jobs, name: str, path: Path) -> None:
    """Makes the demo in a temporary file and moves it into place, so that a cancelled start leaves nothing incomplete."""
    asked = jobs.begin(JOB)

    def report_progress(title: str, fraction: float | None) -> None:
        context.bus.publish(Progress(JOB, Text(title), fraction))
        if asked.is_set():
            raise ProblemError(cancelled(name))

    part = path.with_name(f"{name}.part.oikos")
    await context.run_blocking(lambda: _clear(part))
    with as_file(files("assets").joinpath("demo")) as folder:
        recipe = await context.run_blocking(lambda: read_recipe(folder, name))
        building = await context.run_blocking(
            lambda: read_building(recipe.building, progress=report_progress, cancelled=asked.is_set)
        )
    first, *more = building.mesh.parts
    context.bus.publish(
        ImportPreviewed(replace(building, mesh=Mesh(parts=(first,))))
    )  # to be seen while the rest is made
    for shape in more:
        context.bus.publish(ImportPreviewed(Building(source=building.source, mesh=Mesh(parts=(shape,)))))
        await asyncio.sleep(GLIMPSE_S)
    adapters = await context.run_blocking(lambda: context.adapters)
    adapter = adapter_for(recipe.link, adapters)
    link = adapter.link(recipe.link)
    report_progress("job.waking", None)
    infos = await _described(context, adapter, link)
    devices = tuple(device_from_description(info, link) for info in infos)
    report_progress("job.furnishing", None)
    await context.run_blocking(lambda: _add_devices(part, recipe, building, link, devices))
    await context.run_blocking(
        lambda: _remember(part, adapter, link, devices, now_ms=context.now_ms(), report_progress=report_progress)
    )
    await context.run_blocking(lambda: _move(part, path))


def read_recipe(folder: Path, name: str) -> DemoRecipe:
    """The recipe of a demo in the assets. Raises ProblemError where there is none of this name."""
    description = folder / f"{name}.json"
    building = next((file for end in BUILDINGS if (file := folder / f"{name}{end}").is_file()), None)
    if building is None or not description.is_file():
        raise ProblemError(Problem(code="demo.unknown", args={"name": name}))
    found = cast("dict[str, Any]", json.loads(description.read_text(encoding="utf-8")))
    places = {uid: (str(place.get("room", "")), _position(place)) for uid, place in found["devices"].items()}
    return DemoRecipe(name, building, str(found.get("link", f"simulated://{name}")), places)


def _position(place: dict[str, Any]) -> Position | None:
    spot = place.get("position_m")
    return (float(spot[0]), float(spot[1]), float(spot[2])) if spot else None


def adapter_for(url: str, adapters: Mapping[str, Adapter]) -> Adapter:
    """The adapter for the URL's scheme. Raises ProblemError where there is none."""
    scheme = url.partition("://")[0]
    for adapter in adapters.values():
        if scheme in adapter.schemes:
            return adapter
    raise ProblemError(Problem(code="demo.no_protocol"))


async def _described(context: EngineContext, adapter: Adapter, link: Link) -> tuple[DeviceInfo, ...]:
    folder = context.home / "protocols" / adapter.protocol
    await context.run_blocking(lambda: folder.mkdir(parents=True, exist_ok=True, mode=0o700))
    session = await adapter.open(link, None, AdapterContext(folder=folder))
    try:
        return await session.describe()
    finally:
        await session.close()


def _add_devices(part: Path, recipe: DemoRecipe, building: Building, link: Link, devices: tuple[Device, ...]) -> None:
    name = building.site.name or recipe.name.capitalize()
    nobody = UndoEntry(logged=False)  # who opens the demo did none of this by hand
    with Project.create(part, name=name) as project, project.recording(nobody):
        # The lights that the file plans are there already: they live.
        bare = replace(building, placeholders=())
        project.set_building(bare, label=import_label(recipe.building.name), keep={})
        project.add_link(link)
        project.put_devices(_placed(device, recipe, project.twin()) for device in devices)


def _placed(device: Device, recipe: DemoRecipe, twin: Twin) -> Device:
    """The device, in the room and at the position that the recipe gives it."""
    name, position = recipe.places.get(device.uid, ("", None))
    room = twin.find_room(name) if name else None
    return device if room is None else replace(device, room=room.id, position_m=position)


def _remember(
    part: Path,
    adapter: Adapter,
    link: Link,
    devices: tuple[Device, ...],
    *,
    now_ms: int,
    report_progress: Callable[[str, float | None], None],
) -> None:
    """Writes PAST_DAYS days of simulated samples into the demo's history."""
    start = now_ms - PAST_DAYS * 86_400_000
    point_of = {(device.uid, point.info.key): point for device in devices for point in device.points}
    history = History.open(history_file(part), now_ms=lambda: now_ms, lived_ms=None)
    try:
        HistoryRecorder(history, StringTable()).declare(devices)
        history.put([Observation(presence(device.id).id, start, 1.0) for device in devices])
        found = adapter.past(link, start, now_ms) if isinstance(adapter, Backfilling) else ()
        for number, (uid, key, times, values) in enumerate(found):
            if (point := point_of.get((uid, key))) is not None:
                history.bulk(point.id, times, values)
            report_progress("job.remembering", min(1.0, number / max(1, len(point_of))))
    finally:
        history.close()


def _clear(part: Path) -> None:
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in part.parent.glob(f"{part.stem}.*"):
        old.unlink(missing_ok=True)


def _move(part: Path, path: Path) -> None:
    history_file(part).replace(history_file(path))
    part.replace(path)
    _clear(part)

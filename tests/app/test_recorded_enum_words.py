"""What was recorded of a point of words stays the word, whatever its list becomes: live, in history, and in old files."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engine.history_recorder import HistoryRecorder
from app.engine.reading import ProjectReader
from twin.model.device import Device, DeviceInfo, Point, PointInfo
from twin.model.ids import PointId
from twin.model.observation import StringTable, decode
from twin.share import sample_table
from twin.store.file_names import history_file
from twin.store.history import History

FILES = Path(__file__).with_name("files")
FAR = 2**52
DAY_MS = 86_400_000


def fan(*options: str) -> DeviceInfo:
    return DeviceInfo(uid="fan", name="Fan", points=(PointInfo(key="mode", capability="fan_mode", options=options),))


def words_of(history: History, point: Point, strings: StringTable) -> list[object]:
    return [decode(point, value, strings) for value in history.raw(point.id, 0, FAR).values.tolist() if value == value]


@pytest.mark.blocks
def test_an_update_of_the_list_rewrites_nothing(make_desk: Any, world: Any) -> None:
    world.devices = [fan("eco", "boost", "night")]
    api = make_desk()
    api.engine.new_project(str(api.path)).result(60)
    api.engine.add("pretend://here").result(60)
    opened = api.engine.session
    for n, mode in enumerate(("eco", "boost", "night")):
        api.now[0] += 10_000
        world.report("mode", mode, "fan")
        api.until(lambda n=n: opened.ingest.counts.kept > n)
    world.describe(fan("silent", "night", "turbo", "eco"))
    api.until(lambda: api.engine.twin.devices[0].points[0].options[0] == "silent")
    point = api.engine.twin.devices[0].points[0]
    row = opened.state.index(point.id)
    assert decode(point, float(opened.state.value[row]), opened.strings) == "night"
    api.now[0] += 10_000
    world.report("mode", "turbo", "fan")
    api.until(lambda: opened.ingest.counts.kept > 3)
    opened.history.flush()
    wanted = ["eco", "boost", "night", "turbo"]
    assert words_of(opened.history, point, opened.strings) == wanted
    opened.history.seal()
    assert words_of(opened.history, point, opened.strings) == wanted
    (then,) = api.engine.moments([api.now[0] - 15_000]).result(60)
    assert decode(point, float(then.value[then.points.index(point.id)]), opened.strings) == "boost"
    (drawn,) = api.engine.columns([point.id], api.now[0] - DAY_MS, api.now[0] + 1, 500).result(60)
    assert [decode(point, value, opened.strings) for value in drawn.last.tolist()] == wanted
    assert drawn.last.tolist()[-2:] == [1.0, 2.0]  # positions in the list of today, as the axis draws them
    with ProjectReader.open(api.path) as project:
        assert project.history is not None
        assert words_of(project.history, point, project.strings) == wanted
        known = project.latest(project.twin.points, api.now[0])
        assert decode(point, known[point.id].value, project.strings) == "turbo"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A project that was recorded when words were kept as positions."""
    for name in ("mqtt.oikos", "mqtt.oikos-history"):
        (tmp_path / name).write_bytes(gzip.decompress((FILES / f"{name}.gz").read_bytes()))
    return tmp_path / "mqtt.oikos"


def renewed(device: Device, *options: str) -> Device:
    points = tuple(
        replace(point, info=replace(point.info, options=options)) if point.info.options else point
        for point in device.points
    )
    return replace(device, points=points)


def uncounted(history: History, point: PointId) -> list[sample_table.Sample]:
    """All samples of what is no meter."""
    columns = (column.tolist() for column in history.raw(point, 0, FAR))
    return [(time_ms, value, quality, None, False) for time_ms, value, quality in zip(*columns, strict=True)]


def test_positions_in_an_old_history_keep_meaning_what_they_meant(old: Path) -> None:
    with ProjectReader.open(old) as project:
        device = next(device for device in project.twin.devices if device.name == "Fan")
        point = next(point for point in device.points if point.info.options)
        assert project.history is not None
        wanted = words_of(project.history, point, project.strings)
        twin = project.twin
    assert set(wanted) == {"eco", "boost", "night"}
    assert len(wanted) >= 6
    changed = renewed(device, "off", "night", "eco")
    for devices in (twin.devices, (changed,), (renewed(device, "boost"),)):
        with History.open(history_file(old)) as history:
            strings = StringTable(history.strings())
            recording = HistoryRecorder(history, strings)
            if devices is not twin.devices:
                recording.declare(twin.devices)
            recording.declare(devices)
            (now,) = (p for d in devices if d.id == device.id for p in d.points if p.id == point.id)
            assert words_of(history, now, strings) == wanted
            history.flush()
            samples = history.raw(now.id, 0, FAR)
            known = replace(twin, devices=(renewed(device, *now.options),))
            said = "".join(sample_table.rows(known, lambda which, h=history: uncounted(h, which), strings))
            assert len(samples.times) >= len(wanted)
            assert said.count("boost") == wanted.count("boost")
            history.seal()
            assert words_of(history, now, strings) == wanted


def test_an_old_project_loses_nothing(old: Path) -> None:
    with ProjectReader.open(old) as project:
        assert project.history is not None
        before = {point.id: project.history.raw(point.id, 0, FAR) for point in project.twin.points}
        assert sum(len(samples.times) for samples in before.values()) > 10
    with History.open(history_file(old)) as history:
        for id, samples in before.items():
            got = history.raw(id, 0, FAR)
            for time_ms, value in zip(samples.times.tolist(), samples.values.tolist(), strict=True):
                at = int(got.times.searchsorted(time_ms))
                assert got.times[at] == time_ms
                assert got.values[at] == value or (value != value and got.values[at] != got.values[at])
        assert history.check() == []

"""Two links that report the same uid have a device each: no edit of one link, undone or not, touches those of another."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.device_room import DeviceRoom
from app.engine.edit_queue import EditQueue
from app.engine.engine import Engine
from app.engine.registration import DeviceRegistration
from app.settings import Settings
from devices.link import uids_by_id
from devices.protocols.simulated.blueprint import load_blueprint
from tests.app.conftest import lamp
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.twin import Twin
from twin.store.project import Project, UndoEntry

LINKS = {name: Link(id=LinkId(name), protocol="pretend", address=f"pretend://{name}", title=name) for name in "ABC"}
DESCRIBED = st.tuples(st.sampled_from("ABC"), st.frozensets(st.sampled_from(["lamp", "plug", "door"])))
OPS = st.lists(
    st.one_of(
        st.tuples(st.just("describe"), DESCRIBED),
        st.tuples(st.just("add"), DESCRIBED),
        st.tuples(st.just("drop"), st.sampled_from("ABC")),
        st.tuples(st.just("take out"), DESCRIBED),
        st.tuples(st.sampled_from(["undo", "redo", "restart"]), st.none()),
    ),
    min_size=2,
    max_size=14,
)


class House:
    """A project with links that say what they please, and nothing of the rest of an engine."""

    def __init__(self, project: Project) -> None:
        self.project, self.pool = project, ThreadPoolExecutor(1)
        self.tasks = set[asyncio.Task[object]]()
        self.said = dict[str, frozenset[str]]()
        spawn = SimpleNamespace(spawn=self.spawn_task)
        self.context: Any = SimpleNamespace(loop=spawn, now_ms=lambda: 0, raise_problem=lambda *_: None)
        knows = SimpleNamespace(knows=lambda point: False)
        self.recording: Any = SimpleNamespace(declare=lambda devices: None, unit_of=lambda point: None, history=knows)
        self.presence: Any = SimpleNamespace(forget=lambda gone: None, there={}, set_online=lambda *_: None)
        self.ingest: Any = SimpleNamespace(route=lambda *_: None)
        self.begin()

    def begin(self) -> None:
        self.edits = EditQueue(self.project, self.pool, lambda _, twin, __: self.registration.twin_changed(twin))
        self.registration = DeviceRegistration(self)

    @property
    def twin(self) -> Twin:
        return self.edits.twin

    def link(self, id: LinkId) -> Link | None:
        return next((one for one in self.twin.links if one.id == id), None)

    def spawn_task(self, work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[object]:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def devices(self, link: str) -> dict[str, tuple[object, ...]]:
        return {one.uid: (one.id, *(p.id for p in one.points)) for one in self.twin.devices if one.link == link}

    async def settle(self) -> None:
        while self.tasks:
            await asyncio.wait(set(self.tasks))
            await asyncio.sleep(0)

    async def do(self, op: str, about: Any) -> None:
        registration, infos = self.registration, ()
        if isinstance(about, tuple):
            about, uids = about
            infos = tuple(lamp(uid, f"{about} {uid}") for uid in sorted(uids))
        if op == "describe" and LINKS[about] in self.twin.links:
            registration.update_description(LinkId(about), infos)
        elif op == "add" and LINKS[about] not in self.twin.links:
            registration.begin_trial(LINKS[about])
            registration.update_description(LinkId(about), infos)
            entry = UndoEntry()
            await self.edits.add_link(LINKS[about], entry)
            with registration.recording(LinkId(about), entry):
                await registration.accept_trial(LinkId(about), DeviceRoom(None))
        elif op == "drop":
            await self.edits.remove_link(LinkId(about))
        elif op == "take out":
            for device in [one for one in self.twin.devices if one.link == about and one.uid in uids]:
                await registration.remove(device)
                await self.edits.edit(partial(Project.remove_device, id=device.id))
        elif op in ("undo", "redo"):
            await (self.edits.undo() if op == "undo" else self.edits.redo())
        elif op == "restart":
            self.begin()
        await self.settle()


async def _played(ops: list[tuple[str, Any]], project: Project) -> None:
    house = House(project)
    try:
        for op, about in ops:
            name = about[0] if isinstance(about, tuple) else about
            before = {link: house.devices(link) for link in LINKS}
            await house.do(op, about)
            after = {link: house.devices(link) for link in LINKS}
            if op in ("describe", "add", "drop", "take out"):  # of one link: nothing of another one changes
                assert {one: after[one] for one in LINKS if one != name} == {
                    one: before[one] for one in LINKS if one != name
                }
            if op == "describe" and LINKS[name] in house.twin.links:
                out = {uid for uid in about[1] if uid not in after[name]}
                ids = uids_by_id(LINKS[name], [lamp(uid) for uid in out])
                assert {ids[id] for id in house.registration._out.links if id in ids} >= out
            ids = [id for devices in after.values() for row in devices.values() for id in row]
            assert len(ids) == len(set(ids))
    finally:
        house.pool.shutdown()


@given(OPS)
@settings(max_examples=30, deadline=None)
def test_whatever_is_added_removed_and_undone_each_link_keeps_its_own_devices(ops: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Project.create(Path(folder) / "p.oikos") as project:
        asyncio.run(_played(ops, project))


def test_undoing_a_second_simulated_building_leaves_the_first_one_whole(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "home", settings=Settings())
    engine.start()
    try:
        Project.create(tmp_path / "p.oikos").close()
        engine.open(tmp_path / "p.oikos").result(60)
        for name in ("home", "office"):
            load_blueprint(name)
        first = engine.add("simulated://home").result(60)
        office = engine.add("simulated://office").result(60)
        shared = {device.uid for device in first} & {device.uid for device in office}
        assert len(shared) >= 3, "the buildings share uids, or this shows nothing"
        assert not {device.id for device in first} & {device.id for device in office}
        engine.undo().result(60)
        left = {device.id: replace(device, interval_s=None) for device in engine.twin.devices}
        assert left == {device.id: replace(device, interval_s=None) for device in first}
        engine.redo().result(60)
        again = next(one for one in engine.twin.devices if one.link == office[0].link and one.uid in shared)
        lamps = [p for one in engine.twin.devices if one.link == office[0].link for p in one.points if p.info.writable]
        assert again.id in {device.id for device in office}
        assert lamps
    finally:
        engine.stop()

"""A desk of the window's tests and an engine on a real project, side by side: what both must hold is tested on both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fake_api import PRETEND_LAMP, FakeDesk, home

from app.api import EngineApi
from app.engine.engine import Engine
from app.inbox import Inbox
from app.settings import Settings
from tests.app.conftest import PretendAdapter, World
from twin.model.building import Building, Source
from twin.model.change import Change, TwinChanged
from twin.model.device import Device
from twin.model.ids import PlaceholderId
from twin.model.space import Placeholder
from twin.store.project import Project, UndoEntry

DESK, ENGINE = "the desk of the tests", "engine on a real project"
HOLDER = Placeholder(
    id=PlaceholderId("planned"), kind="light", name="Planned lamp", storey=None, room=None, source_id="lamp-1"
)  # fmt: skip


class Contract:
    """A desk and what it tells."""

    def __init__(self, api: EngineApi, inbox: Inbox) -> None:
        self.api, self.inbox = api, inbox

    def told(self) -> list[TwinChanged]:
        """The snapshots that were told since the last call."""
        return [change for change in self.news() if isinstance(change, TwinChanged)]

    def news(self) -> list[Change]:
        """Everything that was told since the last call."""
        return self.inbox.drain()[1]

    def named(self, name: str) -> Device:
        """A device by its name."""
        found = self.api.twin.find_device(name)
        assert found is not None
        return found


def contracts(kind: str, tmp_path: Path) -> Iterator[Contract]:
    """A desk of this kind, with the test home in it."""
    if kind == DESK:
        api = FakeDesk(twin=replace(home(), placeholders=(HOLDER,)))
        yield Contract(api, api.inbox)
        return
    path, twin = tmp_path / "home.oikos", home()
    source = Source(path="home.ifc", sha256="0" * 64, importer="test 1")
    with Project.create(path, name=twin.name) as project, project.recording(UndoEntry(logged=False)):
        project.set_building(Building(source=source, storeys=twin.storeys, rooms=twin.rooms, placeholders=(HOLDER,)))
        for link in twin.links:
            project.add_link(link)
        project.put_devices(twin.devices)
    engine = Engine(tmp_path / "engine", settings=Settings(tmp_path / "settings.toml"))
    world = World(devices=[PRETEND_LAMP])
    engine.context.__dict__["adapters"] = {"pretend": PretendAdapter(world, commissions=True)}
    engine.start()
    try:
        engine.open(path).result(30)
        made = Contract(engine, engine.inbox)
        made.told()
        yield made
    finally:
        engine.stop()

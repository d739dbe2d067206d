"""Modules of the engine that are imported by their first user."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType

import pytest

from app.engine import context
from app.engine.context import EngineContext
from app.settings import Settings


def test_those_who_wait_for_the_same_module_go_on_in_the_order_in_which_they_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[str] = []
    went_on: list[int] = []

    def loaded(name: str) -> ModuleType:
        imported.append(name)
        return ModuleType(name)

    monkeypatch.setattr(context, "import_module", loaded)
    services = EngineContext(home=tmp_path, settings=Settings.load(tmp_path))

    async def user(number: int) -> None:
        await services.imported("app.engine.exporting")
        went_on.append(number)
        if number == 0:  # the module is there now, and those who asked before still wait for their turn
            late.append(asyncio.create_task(user(9)))

    late: list[asyncio.Task[None]] = []

    async def work() -> None:
        await asyncio.gather(*(user(number) for number in range(4)))
        await asyncio.gather(*late)

    services.loop.start()
    try:
        services.loop.submit(work(), name="users").result(60)
    finally:
        services.loop.stop()
        services.pool.shutdown()
        services.verb_pool.shutdown()
    assert imported == ["app.engine.exporting"]
    assert went_on == [0, 1, 2, 3, 9]

"""A commissioning that was cut off: its node is looked for at the next start, and only such a one."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from devices.protocols.matter import interrupted_commissioning
from devices.protocols.matter.interrupted_commissioning import KEEP_S, MARK, finish, marked, unfinished


class Storage:
    def get(self, key: str, default: int) -> int:
        return {"last_node_id": 6}.get(key, default)


class Controller:
    """The parts of the server's controller that are used; it has lost node 7, which answers after some asking."""

    def __init__(self, asking: int = 1) -> None:
        self.server = self
        self.storage = Storage()
        self.asking = asking
        self.completed: list[int] = []
        self._nodes: dict[int, object] = {}
        self._chip_device_controller = self

    async def send_command(self, node: int, endpoint: int, command: object) -> None:
        self.completed.append(node)

    async def _interview_node(self, node: int) -> None:
        self.asking -= 1
        if self.asking > 0:
            raise TimeoutError
        self._nodes[node] = object()

    def _setup_node_create_task(self, node: int) -> None:
        assert node in self._nodes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def complete(controller: Controller, node: int) -> None:
        await controller.send_command(node, 0, None)

    monkeypatch.setattr(interrupted_commissioning, "_complete", complete)  # chip is not on every machine
    monkeypatch.setattr(interrupted_commissioning, "AGAIN_S", 0.0)


@pytest.mark.blocks  # the server's own process writes on its loop
async def test_the_node_s_number_is_on_disk_while_its_commissioning_lasts(tmp_path: Path) -> None:
    async def commission(self: Controller, code: str) -> str:
        assert unfinished(tmp_path) == 7
        if code == "wrong":
            raise ValueError(code)
        return code

    run = marked(commission, tmp_path, "last_node_id")
    assert await run(Controller(), "right") == "right"
    assert unfinished(tmp_path) == 0
    with pytest.raises(ValueError, match="wrong"):
        await run(Controller(), "wrong")
    assert unfinished(tmp_path) == 0


@pytest.mark.blocks
async def test_one_that_is_cut_off_is_taken_in_at_the_next_start_however_late_it_answers(tmp_path: Path) -> None:
    async def commission(self: Controller) -> None:
        await asyncio.sleep(60)

    cut = asyncio.ensure_future(marked(commission, tmp_path, "last_node_id")(Controller()))
    await asyncio.sleep(0)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    assert unfinished(tmp_path) == 7
    controller = Controller(asking=4)
    await finish(controller, tmp_path)
    assert set(controller._nodes) == {7}
    assert set(controller.completed) == {7}
    assert unfinished(tmp_path) == 0


@pytest.mark.blocks
async def test_one_that_never_joined_is_not_looked_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupted_commissioning, "SEARCH_S", 0.05)
    (tmp_path / MARK).write_text('{"node": 7}')
    controller = Controller(asking=10**9)
    await finish(controller, tmp_path)
    assert not controller._nodes
    os.utime(tmp_path / MARK, (0, 0))
    assert unfinished(tmp_path) == 0
    assert KEEP_S <= 7 * 86_400


@pytest.mark.parametrize("content", ["", "[]", "{", '{"node": null}', '{"node": "x"}', json.dumps({"no": 1})])
def test_a_damaged_mark_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / MARK).write_text(content)
    assert unfinished(tmp_path) == 0


@pytest.mark.blocks
async def test_without_a_mark_nobody_is_asked(tmp_path: Path) -> None:
    controller: Any = Controller()
    await finish(controller, tmp_path)
    assert controller.completed == []

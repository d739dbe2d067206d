"""A device that could not hear that it was removed is told when it announces itself again, also after a restart."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from devices.protocols.matter import leaving as part
from devices.protocols.matter.leaving import (
    FILE,
    KEEP_S,
    AwayError,
    leaving,
    remembering_leave,
    removed,
    unpair_returned,
)

pytestmark = pytest.mark.blocks  # the server's own process writes on its loop


class Stack:
    """The native stack: asks a node to leave, which fails while it is away."""

    def __init__(self) -> None:
        self.away = {7}
        self.asked: list[int] = []

    async def unpair_device(self, node: int) -> None:
        self.asked.append(node)
        if node in self.away:
            raise TimeoutError


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(Stack, "unpair_device", remembering_leave(Stack.unpair_device, tmp_path, set()))  # type: ignore[arg-type]
    monkeypatch.setattr(part, "AGAIN_S", 0.0)
    monkeypatch.setattr(part, "QUIET_S", 0.0)
    return Stack()


async def test_a_node_that_hears_it_is_forgotten_and_one_that_does_not_is_kept(stack: Stack, tmp_path: Path) -> None:
    await stack.unpair_device(3)
    assert leaving(tmp_path) == ()
    with pytest.raises(TimeoutError):
        await stack.unpair_device(7)
    assert leaving(tmp_path) == (7,)


async def test_it_is_told_once_it_announces_itself_and_never_asked_before(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        await stack.unpair_device(7)
    stack.asked.clear()
    looks: list[int] = []

    async def announced(controller: object, node: int) -> bool:
        looks.append(node)
        if len(looks) == 3:
            stack.away.clear()
        return not stack.away

    task = asyncio.create_task(unpair_returned(SimpleNamespace(_chip_device_controller=stack), tmp_path, announced))
    async with asyncio.timeout(60):
        while leaving(tmp_path):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0)
    task.cancel()
    assert looks[:3] == [7, 7, 7]
    assert stack.asked == [7]
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}', '{"7": null}', "{", '{"7": 0}'])
async def test_a_file_that_holds_nothing_of_use_means_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert leaving(tmp_path) == ()
    (tmp_path / FILE).write_text(json.dumps({"7": part.time.time() - KEEP_S - 1}))
    assert leaving(tmp_path) == ()


async def test_nobody_waits_for_a_node_that_is_known_to_be_away(tmp_path: Path) -> None:
    asked, away = list[int](), set[int]()

    async def unpair(self: object, node: int) -> None:
        asked.append(node)

    leave = remembering_leave(unpair, tmp_path, away)

    async def remove(self: SimpleNamespace, node_id: int) -> None:
        del self._nodes[node_id]
        await leave(self, node_id)

    controller = SimpleNamespace(_nodes={3: SimpleNamespace(available=True), 7: SimpleNamespace(available=False)})
    await removed(remove, away)(controller, 3)
    with pytest.raises(AwayError):
        await removed(remove, away)(controller, 7)
    assert (asked, away, leaving(tmp_path), leaving(tmp_path, 60)) == ([3], set(), (7,), ())

"""Bakes ahead, while nothing else is to be baked: the storey in focus with each of its doors in its other state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from app.view.scene.light.bake_queue import Baked, BakeQueue, Baker, LightKey, model_maker
from app.view.scene.light.kept_lights import KeptLights
from app.view.scene.light.lit_scene import LitScene

AHEAD = "ahead"
"""Quality of such a request: the usual one, without progress, and given up for any other."""
MOST_STATES = 8
"""Most doors of one storey that are baked ahead in their other state, one at a time."""
_TRIES = 3


class BakeAhead:
    """Requests light before it is needed, so that a door that opens changes the light without a bake."""

    def __init__(self, queue: BakeQueue, kept: KeptLights) -> None:
        self._queue, self._kept = queue, kept
        self._asked: object | None = None
        self._made: set[LightKey] = set()
        self._tries: dict[LightKey, int] = {}

    def clear(self) -> None:
        """Drops all requests and results: their building is gone."""
        self._asked = None
        self._made.clear()
        self._tries.clear()

    def ask(self, scene: LitScene, arrived: Callable[[LightKey, Baked], None]) -> None:
        """Requests the next state, unless a request is in progress or all states are there."""
        index, baker = scene.storey_stack.focus, self._queue.baker
        if self._asked is not None or baker is None or self._queue.asked is not None or self._queue.fine:
            return
        for key in self._states(scene, index):
            self._request(scene, index, key, baker, arrived)
            return

    def _states(self, scene: LitScene, index: int) -> Iterator[LightKey]:
        """The states one door away from the present one whose light is not there."""
        levels = scene.storey_stack.levels
        now = self._queue.settled(scene, index) if index < len(levels) else None
        if now is None:
            return
        self._drop_former(now)
        for door in [one for one in levels[index].doors if one][:MOST_STATES]:
            key = replace(now, ajar=now.ajar ^ door)
            there = key in self._made or self._kept.find(key) is not None
            if not there and self._tries.get(key, 0) < _TRIES:
                yield key

    def _drop_former(self, now: LightKey) -> None:
        """Drops what is known of states of the same storey with other lamps, leaves or blinds."""

        def is_former(key: LightKey) -> bool:
            return key.storey == now.storey and replace(key, ajar=now.ajar) != now

        self._made = {key for key in self._made if not is_former(key)}
        self._tries = {key: count for key, count in self._tries.items() if not is_former(key)}

    def _request(
        self, scene: LitScene, index: int, key: LightKey, baker: Baker, arrived: Callable[[LightKey, Baked], None]
    ) -> None:
        before = self._queue.bakes
        mark = self._asked = object()

        def take(found: Baked) -> None:
            if self._asked is not mark:
                return
            self._asked = None
            if found is not None:
                self._made.add(key)
            elif self._queue.bakes == before:  # else it was given up for other light, and did not fail
                self._tries[key] = self._tries.get(key, 0) + 1
            arrived(key, found)

        baker(key.storey, model_maker(scene, key, scene.storey_stack.levels[index]), AHEAD, take)

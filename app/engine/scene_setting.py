"""Scenes that are set and put back: their runs under way, and what puts their points back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

from app.engine.rule_commands import SCENE
from app.engine.rule_host import RuleHost
from app.engine.scenes_before import before_setting, not_put_back
from twin.model.command_approval import BY_NO_RULE, RuleCause
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.model.text import Text
from twin.rules.automation import CommandValue
from twin.rules.rule_memory import CommandAnswer
from twin.rules.scene import (
    Places,
    Scene,
    SceneCommand,
    SceneRun,
    SceneTarget,
    advance_scene,
    begin_scene,
    decided_points,
    resumed_scene,
    superseded,
)

SAVED_S = 0.25
"""Longest wait (s) of a scene's first commands for its run to be written."""


type Members = Mapping[str, tuple[PointId, ...]]


@dataclass(slots=True)
class SceneSetting:
    """Scene runs in progress: commands are sent through `send`, answers come through `take`. Event loop only."""

    session: RuleHost
    send: Callable[[str, str, str, CommandValue, str, RuleCause], None]
    members: Callable[[], Members]
    """The points of each room, zone and storey."""
    save: Callable[[], Coroutine[object, object, None]]
    """Writes the runs under way and returns once they are written, or could not be."""
    keep_before: Callable[[Mapping[str, tuple[SceneTarget, ...]]], None]
    """Saves `before`, without waiting."""
    ended: Callable[[SceneRun], None]
    """Callback for every finished run, with its failed points."""
    answered: Callable[[CommandAnswer], None]
    """Callback for the outcome of a run that no call of `set_scene` or `put_back` waits for."""
    before: dict[str, tuple[SceneTarget, ...]] = field(default_factory=dict[str, tuple[SceneTarget, ...]])
    """By scene that was set, what puts its points back."""
    runs: dict[str, SceneRun] = field(default_factory=dict[str, SceneRun])
    newest: dict[str, str] = field(default_factory=dict[str, str])
    """By scene, the id of its run that began last."""
    _senders: dict[str, tuple[str, RuleCause]] = field(default_factory=dict[str, tuple[str, RuleCause]])
    """By run, the sender of its commands, and the cause of the rule that set the scene."""
    _unsent: set[str] = field(default_factory=set[str])
    """Ids of runs whose first commands wait until the run is saved."""
    _awaited: dict[str, asyncio.Future[SceneRun]] = field(default_factory=dict[str, asyncio.Future[SceneRun]])
    """By run, who waits for its end."""

    async def set_scene(self, id: str, scene: Scene, sender: str) -> SceneRun:
        """Sets a scene and waits for its end; returns the finished run."""
        self.remember_before(scene)
        return await self._finished(id, scene, sender)

    async def put_back(self, id: str, scene: Scene, sender: str) -> SceneRun | None:
        """Returns the points of a scene to where they were before it was set; None where that is not known."""
        targets = self.before.get(scene.id)
        if targets is None:
            return None
        run = await self._finished(id, msgspec.structs.replace(scene, targets=targets), sender, puts_back=scene)
        if self.newest.get(scene.id) == id:  # else it was set again meanwhile
            self._keep(scene.id, not_put_back(targets, run, self.session.twin))
        return run

    async def _finished(self, id: str, scene: Scene, sender: str, *, puts_back: Scene | None = None) -> SceneRun:
        ended = self._awaited[id] = self.session.context.loop.asyncio.create_future()
        await self.begin(id, scene, sender, puts_back=puts_back)
        return await ended

    def remember_before(self, scene: Scene) -> None:
        """Remembers where a scene's points are, before it is set."""
        known = self.before.get(scene.id, ())
        if not (known and self.under_way(scene.id)):  # else its points are on their way
            self._keep(scene.id, before_setting(known, scene, self.places(), self.members()))

    def _keep(self, scene: str, targets: tuple[SceneTarget, ...]) -> None:
        self.before = {id: one for id, one in {**self.before, scene: targets}.items() if one}
        self.keep_before(self.before)

    async def begin(
        self,
        id: str,
        scene: Scene,
        sender: str,
        cause: RuleCause = BY_NO_RULE,
        *,
        puts_back: Scene | None = None,
        whole: bool = True,
    ) -> None:
        """Starts setting a scene for `sender`; `ended` gets the finished run. With `puts_back`, `scene` has the values
        from before that one was set. Earlier runs send nothing more to the points that this one decides on.

        The run is saved before its first commands are sent, so that it goes on after a crash; a disk that takes longer
        than SAVED_S delays it no further.
        """
        places, members = self.places(), self.members()
        for one in (scene, puts_back):
            if one is not None:
                self._supersede(decided_points(one, places, members))
        self._senders[id] = sender, replace(cause, definitions=(*cause.definitions, f"{SCENE} {scene.id}"))
        run = msgspec.structs.replace(begin_scene(id, scene, places, members)[0], whole=whole and puts_back is None)
        self.runs[id], self.newest[scene.id] = run, id
        self._unsent.add(id)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.save()), SAVED_S)
        self._unsent.discard(id)
        run = self.runs[id]  # a newer one may have taken points over
        self._go_on(run, run.waiting)

    def _supersede(self, points: frozenset[PointId]) -> None:
        for id, run in self.runs.items():
            self.runs[id] = superseded(run, points, sent=id not in self._unsent)

    def resume(self, saved: Iterable[SceneRun]) -> None:
        """Continues scene runs that an earlier process saved unfinished."""
        for run in saved:
            self.runs[run.id] = run
            self._go_on(run, resumed_scene(run))

    def take(self, answer: CommandAnswer) -> bool:
        """Passes an answer to the run that waits for it; False where none does."""
        run = next((one for one in self.runs.values() if any(c.id == answer.id for c in one.waiting)), None)
        if run is None:
            return False
        run, commands = advance_scene(run, (answer,))
        self.runs[run.id] = run
        self._go_on(run, commands)
        return True

    def under_way(self, scene: str) -> bool:
        """Whether a scene is being set or put back."""
        return any(run.scene == scene for run in self.runs.values())

    def places(self) -> Places:
        """The points of the twin and their current values, for planning a scene's commands."""
        state, twin = self.session.state, self.session.twin
        rows = ((point.id, state.index(point.id)) for point in twin.points)
        known = {
            id: float(state.value[row]) for id, row in rows if row is not None and state.quality[row] < Quality.STALE
        }
        return Places(twin.points, known, self.session.strings)

    def _go_on(self, run: SceneRun, commands: Iterable[SceneCommand]) -> None:
        sender, cause = self._senders.get(run.id, (SCENE, RuleCause("", (f"{SCENE} {run.scene}",))))
        for one in commands:
            self.send(one.id, one.point, one.verb, one.value, sender, cause)
        if run.over:
            del self.runs[run.id]
            self._senders.pop(run.id, None)
            self.ended(run)
            self._tell_end(run)

    def _tell_end(self, run: SceneRun) -> None:
        waiting = self._awaited.pop(run.id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(run)
        else:
            why = failure(run)
            self.answered(CommandAnswer(id=run.id, ok=why is None, reason=why))

    def close(self) -> None:
        """Lets go of those who wait for the end of a run."""
        for waiting in self._awaited.values():
            waiting.cancel()


def failure(run: SceneRun) -> Text | None:
    """The text naming the points that a scene failed to set; None where all were set."""
    return Text("scene.partly", n=len(run.failed), points=list(run.failed)) if run.failed else None

"""Writes down how alarms stand, what happened to them, what automations did and what rules remember, without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec

from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_state import AlarmEvent, AlarmState
from twin.rules.rule_memory import RuleMemory, TraceStep
from twin.rules.scene import SceneRun
from twin.store.history.rule_records import LogRow, RuleRecord, RuleRecords

MOST_ROWS = 20_000
"""Rows of each log that wait while nothing can be written; older ones are let go of then."""
_JSON = msgspec.json.Encoder(order="deterministic")
RULES, FLOOD, SCENES = "rules", "flood", "scenes"
"""Parts of what rules remember."""


class SavedRules(msgspec.Struct, frozen=True):
    """What a history kept."""

    alarms: AlarmMemory = AlarmMemory()
    rules: RuleMemory = RuleMemory()
    scenes: tuple[SceneRun, ...] = ()
    lost: tuple[str, ...] = ()
    """What could not be read: those begin anew."""


@dataclass(slots=True)
class RuleSaver:
    """Collects, and writes in one transaction when told; what cannot be written is tried again. Event loop only."""

    records: RuleRecords
    on_loop: Callable[[Callable[[], None]], object]
    """Runs a function soon on the loop's thread."""
    _alarms: dict[str, str | None] = field(default_factory=dict[str, str | None])
    _memory: dict[str, str] = field(default_factory=dict[str, str])
    _alarm_log: list[LogRow] = field(default_factory=list[LogRow])
    _run_log: list[LogRow] = field(default_factory=list[LogRow])
    _newest: Future[None] | None = None

    def alarms(self, before: AlarmMemory, after: AlarmMemory, events: Iterable[AlarmEvent]) -> None:
        """What is another in the alarms' memory, and the log's new rows."""
        if after.states is not before.states:
            for id, state in after.states.items():
                if state is not before.states.get(id):
                    self._alarms[id] = _JSON.encode(state).decode()
            self._alarms |= dict.fromkeys(before.states.keys() - after.states.keys())
        if after.flood is not before.flood:
            self._memory[FLOOD] = _JSON.encode(after.flood).decode()
        self._alarm_log += [LogRow(one.time_ms, one.alarm, _JSON.encode(one).decode()) for one in events]
        del self._alarm_log[:-MOST_ROWS]

    def rules(self, memory: RuleMemory, trace: Iterable[TraceStep]) -> None:
        """What rules remember, and what they did."""
        self._memory[RULES] = _JSON.encode(memory).decode()
        self._run_log += [LogRow(one.time_ms, one.rule, _JSON.encode(one).decode()) for one in trace]
        del self._run_log[:-MOST_ROWS]

    def scenes(self, runs: Iterable[SceneRun]) -> None:
        """The scenes that are being set."""
        self._memory[SCENES] = _JSON.encode(tuple(runs)).decode()

    def flush(self) -> Future[None] | None:
        """Hands everything to the history's writer; the newest of what was handed over, None for nothing yet."""
        record = RuleRecord(
            alarms=self._alarms, alarm_log=tuple(self._alarm_log), run_log=tuple(self._run_log), memory=self._memory
        )
        if record.empty:
            return self._newest
        self._alarms, self._memory, self._alarm_log, self._run_log = {}, {}, [], []
        written = self.records.keep(record)
        written.add_done_callback(lambda done: self._again(record) if done.exception() is not None else None)
        self._newest = written
        return written

    def _again(self, record: RuleRecord) -> None:
        self.on_loop(lambda: self._put_back(record))

    def _put_back(self, record: RuleRecord) -> None:
        """What was not written waits for the next time; what is newer counts."""
        self._alarms = {**record.alarms, **self._alarms}
        self._memory = {**record.memory, **self._memory}
        self._alarm_log = [*record.alarm_log, *self._alarm_log][-MOST_ROWS:]
        self._run_log = [*record.run_log, *self._run_log][-MOST_ROWS:]


def saved_rules(records: RuleRecords) -> SavedRules:
    """What a history kept; what cannot be read is named, and begins anew. Blocks: runs on the pool."""
    lost: list[str] = []
    memory = records.memory()

    def read[T](name: str, kind: type[T], fresh: T) -> T:
        try:
            return msgspec.json.decode(memory[name], type=kind) if name in memory else fresh
        except (msgspec.DecodeError, RecursionError):
            lost.append(name)
            return fresh

    states: dict[str, AlarmState] = {}
    for id, body in records.alarm_states().items():
        try:
            states[id] = msgspec.json.decode(body, type=AlarmState)
        except msgspec.DecodeError:
            lost.append(id)
    flood = read(FLOOD, type(AlarmMemory().flood), AlarmMemory().flood)
    rules = read(RULES, RuleMemory, RuleMemory())
    scenes = read(SCENES, tuple[SceneRun, ...], ())
    return SavedRules(AlarmMemory(states=states, flood=flood), rules, scenes, tuple(lost))

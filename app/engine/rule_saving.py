"""Saves alarm states, the rules' memory and the logs of both in the history, without waiting for the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec

from twin.model.problem import Problem, ProblemError, Severity
from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_state import AlarmEvent, AlarmState
from twin.rules.notification import Outbox
from twin.rules.rule_memory import RuleMemory, TraceStep
from twin.rules.scene import SceneRun, SceneTarget
from twin.store.history.rule_records import OUTBOX, LogRow, RuleRecord, RuleRecords

MOST_ROWS = 20_000
"""Most unsaved rows of each log; the oldest are dropped beyond that."""
_JSON = msgspec.json.Encoder(order="deterministic")
RULES, FLOOD, SCENES, BEFORE = "rules", "flood", "scenes", "before"
"""Names of the parts of the saved memory."""
_LASTING = ("seen", "armed", "silent", "levels", "runs", "queue", "deferred", "switched_off", "by_hand", "previous")
"""Fields of the rules' memory whose changes are saved at once; the others are saved with them."""


class SavedRules(msgspec.Struct, frozen=True):
    """Alarm and rule memory as read from a history."""

    alarms: AlarmMemory = AlarmMemory()
    rules: RuleMemory = RuleMemory()
    scenes: tuple[SceneRun, ...] = ()
    before: dict[str, tuple[SceneTarget, ...]] = {}
    """By scene, what puts its points back to where they were before it was set."""
    outbox: Outbox = Outbox()
    """Notifications that wait to be delivered."""
    lost: tuple[str, ...] = ()
    """Names of memory parts and ids of alarms that could not be read and start empty."""
    problems: tuple[Problem, ...] = ()
    """What the user is told of parts or whole tables that could not be read."""


@dataclass(slots=True)
class RuleSaver:
    """Collects changes and writes them in one transaction at `save` or `flush`; failed writes are retried. Event loop
    only."""

    records: RuleRecords
    on_loop: Callable[[Callable[[], None]], object]
    """Runs a function soon on the loop's thread."""
    _alarms: dict[str, str | None] = field(default_factory=dict[str, str | None])
    _memory: dict[str, str] = field(default_factory=dict[str, str])
    _alarm_log: list[LogRow] = field(default_factory=list[LogRow])
    _run_log: list[LogRow] = field(default_factory=list[LogRow])
    _outbox: Outbox | None = None
    """The newest outbox that is not yet encoded; it is when it is written."""
    _newest: Future[None] | None = None
    _more: bool = False
    """Whether changes wait for the end of the write under way."""

    def alarms(self, before: AlarmMemory, after: AlarmMemory, events: Iterable[AlarmEvent]) -> None:
        """Collects changed alarm states and new rows of the alarms' log."""
        if after.states is not before.states:
            for id, state in after.states.items():
                if state is not before.states.get(id):
                    self._alarms[id] = _JSON.encode(state).decode()
            self._alarms |= dict.fromkeys(before.states.keys() - after.states.keys())
        if after.flood is not before.flood:
            self._memory[FLOOD] = _JSON.encode(after.flood).decode()
        self._alarm_log += [LogRow(one.time_ms, one.alarm, _JSON.encode(one).decode()) for one in events]
        del self._alarm_log[:-MOST_ROWS]

    def outbox(self, outbox: Outbox) -> None:
        """Collects the notifications that wait to be delivered."""
        self._outbox = outbox

    def rules(self, memory: RuleMemory, trace: Iterable[TraceStep]) -> None:
        """Collects the rules' memory and new rows of the automations' log."""
        self._memory[RULES] = _JSON.encode(memory).decode()
        self.trace(trace)

    def trace(self, trace: Iterable[TraceStep]) -> None:
        """Collects new rows of the automations' log."""
        self._run_log += [LogRow(one.time_ms, one.rule, _JSON.encode(one).decode()) for one in trace]
        del self._run_log[:-MOST_ROWS]

    def scenes(self, runs: Iterable[SceneRun]) -> None:
        """Collects the scene runs under way."""
        self._memory[SCENES] = _JSON.encode(tuple(runs)).decode()

    def before(self, targets: Mapping[str, tuple[SceneTarget, ...]]) -> None:
        """Collects what puts the points of set scenes back."""
        self._memory[BEFORE] = _JSON.encode(targets).decode()

    def save(self) -> None:
        """Writes all changes, after the write under way where there is one: at most one is queued."""
        if self._newest is None or self._newest.done():
            self.flush()
        else:
            self._more = True

    def flush(self) -> Future[None] | None:
        """Hands all changes to the history's writer; returns the future of the newest write, None before the first."""
        self._more = False
        if self._outbox is not None:
            self._memory[OUTBOX] = _JSON.encode(self._outbox).decode()
            self._outbox = None
        record = RuleRecord(
            alarms=self._alarms, alarm_log=tuple(self._alarm_log), run_log=tuple(self._run_log), memory=self._memory
        )
        if record.empty:
            return self._newest
        self._alarms, self._memory, self._alarm_log, self._run_log = {}, {}, [], []
        written = self._newest = self.records.keep(record)
        written.add_done_callback(lambda done: self.on_loop(lambda: self._ended(record, done)))
        return written

    def _ended(self, record: RuleRecord, done: Future[None]) -> None:
        """Puts a failed record back, and writes what was collected meanwhile."""
        if done.exception() is not None:
            self._put_back(record)
        if self._more and done is self._newest:
            self.flush()

    def _put_back(self, record: RuleRecord) -> None:
        """Puts a failed record back to be written again; newer changes take precedence."""
        self._alarms = {**record.alarms, **self._alarms}
        self._memory = {**record.memory, **self._memory}
        self._alarm_log = [*record.alarm_log, *self._alarm_log][-MOST_ROWS:]
        self._run_log = [*record.run_log, *self._run_log][-MOST_ROWS:]


def is_worth_saving(before: RuleMemory, after: RuleMemory) -> bool:
    """Whether the rules' memory changed in what must outlast the process."""
    return any(
        getattr(before, name) is not getattr(after, name) and getattr(before, name) != getattr(after, name)
        for name in _LASTING
    )


def saved_rules(records: RuleRecords) -> SavedRules:
    """Reads the saved memory of a history; unreadable parts are named in `lost` and start empty. Blocks: runs on the
    pool."""
    lost: list[str] = []
    problems: list[Problem] = []

    def table(rows: Callable[[], dict[str, str]]) -> dict[str, str]:
        try:
            return rows()
        except ProblemError as error:
            problems.extend(error.problems)
            return {}

    memory = table(records.memory)

    def read[T](name: str, kind: type[T], fresh: T) -> T:
        try:
            return msgspec.json.decode(memory[name], type=kind) if name in memory else fresh
        except (msgspec.DecodeError, RecursionError):
            lost.append(name)
            return fresh

    states: dict[str, AlarmState] = {}
    for id, body in table(records.alarm_states).items():
        try:
            states[id] = msgspec.json.decode(body, type=AlarmState)
        except msgspec.DecodeError:
            lost.append(id)
    flood = read(FLOOD, type(AlarmMemory().flood), AlarmMemory().flood)
    rules = read(RULES, RuleMemory, RuleMemory())
    scenes = read(SCENES, tuple[SceneRun, ...], ())
    before = read(BEFORE, dict[str, tuple[SceneTarget, ...]], {})
    outbox = read(OUTBOX, Outbox, Outbox())
    if lost:
        problems.append(Problem(code="rules.memory_lost", args={"n": len(lost)}, severity=Severity.WARNING))
    return SavedRules(
        AlarmMemory(states=states, flood=flood), rules, scenes, before, outbox, tuple(lost), tuple(problems)
    )

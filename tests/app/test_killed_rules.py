"""kill -9 at any moment while alarms come and go: none is lost, none doubled, and the log fits the state."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = 12
SCRIPT = """
import json, os, random, signal, sys, threading, time
from pathlib import Path

import msgspec
from app.engine.engine import Engine
from tests.app.conftest import PretendAdapter, World
from twin.model.change import AlarmsChanged
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, Low
from twin.rules.alarm_state import AlarmEvent, AlarmState
from twin.rules.definition_body import definition_of
from twin.store.file_names import history_file
from twin.store.history import History

top, rounds = Path(sys.argv[1]), int(sys.argv[2])
path, chance, pause = top / "house.oikos", random.Random(14), threading.Event()

def work(tell):
    world = World()
    engine = Engine(top / "home")
    engine.context.adapters = {"pretend": PretendAdapter(world)}
    engine.start()
    if path.exists():
        engine.open(path).result(60)
    else:
        engine.new_project(str(path)).result(60)
        engine.add("pretend://house").result(60)
        frost = AlarmDefinition(id="frost", key=engine.twin.find_point("Lamp/t").id, condition=Low(5.0), priority=AlarmPriority.HIGH)
        engine.change_definitions([DefinitionEdit(DefinitionKind.ALARM, "frost", definition_of(frost))]).result(60)
    value = 3.0
    while True:
        world.report("t", value)
        value = 23.0 - value
        for change in engine.inbox.drain()[1]:
            for one in change.alarms if isinstance(change, AlarmsChanged) and not change.whole else ():
                os.write(tell, f"{one.phase} {one.since_ms}\\n".encode())
        pause.wait(0.003)

shown = 0
bad = []
for number in range(rounds):
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hear)
        try:
            work(tell)
        finally:
            os._exit(1)
    os.close(tell)
    said = os.fdopen(hear)
    told = [said.readline() for _ in range(chance.choice((1, 2, 5, 20)) if number % 10 else 60)]
    time.sleep(chance.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    told += said.readlines()
    os.waitpid(child, 0)
    with History.open(history_file(path), readonly=True) as history:
        events = [msgspec.json.decode(one.body, type=AlarmEvent) for one in reversed(history.rules.alarm_log(0, 1 << 60, 100_000))]
        states = {id: msgspec.json.decode(body, type=AlarmState) for id, body in history.rules.alarm_states().items()}
    kinds = [one.kind.value for one in events if one.kind.value in ("raised", "returned")]
    if any(a == b for a, b in zip(kinds, kinds[1:])):
        bad.append(f"round {number}: one is doubled")
    if events and states["frost"].phase != events[-1].phase:
        bad.append(f"round {number}: the state is {states['frost'].phase}, the log ends with {events[-1].phase}")
    logged = {f"{one.phase.value} {one.time_ms}\\n" for one in events}
    kept = [line in logged for line in told]
    shown += sum(kept)
    if kept != sorted(kept, reverse=True):  # what was on its way to the disk at the kill is all that is judged anew
        bad.append(f"round {number}: one before the last that was kept is lost")
print(json.dumps({"bad": bad, "alarms": len(kinds), "shown": shown}))
"""


def test_alarms_that_come_and_go_while_the_program_is_killed_are_neither_lost_nor_doubled(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(ROUNDS)]
    ended = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=600
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["bad"] == []
    assert found["alarms"] > ROUNDS
    assert found["shown"] > 0, "some that were shown were kept"

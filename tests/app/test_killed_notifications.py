"""kill -9 while notifications are delivered: none is lost, and a repetition has the same id."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROUNDS = 10
SCRIPT = """
import json, os, random, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
from app.engine.engine import Engine
from tests.app.conftest import PretendAdapter, World
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, Low
from twin.rules.alarm_state import AlarmEvent
from twin.rules.definition_body import definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient
from twin.store.file_names import history_file
from twin.store.history import History

top, rounds = Path(sys.argv[1]), int(sys.argv[2])
path, chance = top / "house.oikos", random.Random(9)
posts, lock, arrived = [], threading.Lock(), threading.Condition()

class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with arrived:
            posts.append((self.headers["X-Oikos-Delivery"], body["time_ms"], body["kind"]))
            arrived.notify_all()
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass

def define(engine, kind, value):
    engine.change_definitions([DefinitionEdit(kind, value.id, definition_of(value))]).result(60)

def work(port):
    world, pause = World(), threading.Event()
    engine = Engine(top / "home")
    engine.context.adapters = {"pretend": PretendAdapter(world)}
    engine.start()
    if path.exists():
        engine.open(path).result(60)
    else:
        engine.new_project(str(path)).result(60)
        engine.add("pretend://house").result(60)
        frost = AlarmDefinition(id="frost", key=engine.twin.find_point("Lamp/t").id, condition=Low(5.0), priority=AlarmPriority.HIGH)
        define(engine, DefinitionKind.CHANNEL, NotificationChannel(id="hook", kind=ChannelKind.WEBHOOK, address=f"http://127.0.0.1:{port}/"))
        define(engine, DefinitionKind.RECIPIENT, Recipient(id="anna", uses=(ChannelUse(channel="hook"),)))
        define(engine, DefinitionKind.ALARM, frost)
    value = 3.0
    while True:
        world.report("t", value)
        value = 23.0 - value
        pause.wait(0.01)

listener = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
port = listener.server_address[1]
children = []
for number in range(rounds):
    child = os.fork()
    if child == 0:
        try:
            work(port)
        finally:
            os._exit(1)
    children.append(child)
    if number == 0:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
    with arrived:
        wanted = len(posts) + chance.choice((1, 2, 4))
        arrived.wait_for(lambda: len(posts) >= wanted, 120)
    time.sleep(chance.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

# One more engine delivers what waits; nothing comes that is new.
engine = Engine(top / "home")
engine.context.adapters = {"pretend": PretendAdapter(World())}
engine.start()
engine.open(path).result(60)
for _ in range(6000):
    if not engine.notifications().result(60).waiting:
        break
    time.sleep(0.01)
waiting = len(engine.notifications().result(60).waiting)
engine.stop()
with History.open(history_file(path), readonly=True) as history:
    events = [msgspec.json.decode(one.body, type=AlarmEvent) for one in history.rules.alarm_log(0, 1 << 60, 100_000)]
raised = [one for one in events if one.annunciated and not one.grouped and one.kind.value == "raised"]
told = {}
for id, time_ms, kind in posts:
    told.setdefault((time_ms, kind), set()).add(id)
lost = [one.time_ms for one in raised if (one.time_ms, "alarm") not in told]
ids = {id for id, _, _ in posts}
same = all(len(found) == 1 for found in told.values())
print(json.dumps({"raised": len(raised), "lost": lost, "posts": len(posts), "ids": len(ids), "same": same, "waiting": waiting}))
"""


def test_a_notification_is_delivered_at_least_once_however_often_the_program_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(ROUNDS)]
    ended = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=900
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["raised"] > 0, told
    assert (told["lost"], told["waiting"], told["same"]) == ([], 0, True), told

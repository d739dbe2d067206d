"""A full disk and a folder that is deleted under `run`: told, ended with 1, nothing hangs, nothing older is lost.

The disk is a real one of 20 MB (tmpfs in a mount namespace of its own).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json, os, shutil, subprocess, sys, time
from pathlib import Path
top, home, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(top)], check=True)
os.environ["OIKOS_HOME"] = home
oikos = [sys.executable, "-c", "import sys; from app.__main__ import main; sys.exit(main())"]
def call(*words, code=0):
    done = subprocess.run([*oikos, *map(str, words), "--json"], capture_output=True, text=True, timeout=400)
    assert done.returncode == code, (words, done.returncode, done.stdout[-1500:], done.stderr[-1500:])
    return json.loads(done.stdout)
def fill():
    with open(top / "ballast", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
def wait(ready, longest_s=300):
    until = time.monotonic() + longest_s
    while not ready():
        assert time.monotonic() < until, "too long"
        time.sleep(0.05)
folder = top / "house"; folder.mkdir()
project = folder / "p.oikos"
call("new", project); call("add", project, "simulated://home")
"""

RUN = """
told = Path(home) / "told"
program = f"import logging, sys; log = logging.getLogger('oikos.engine'); log.setLevel(20); log.addHandler(logging.FileHandler({str(told)!r})); from app.__main__ import main; sys.exit(main())"
process = subprocess.Popen([sys.executable, "-c", program, "run", str(project), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
wal = folder / "p.oikos-history-wal"
wait(lambda: wal.exists() and wal.stat().st_size > 30_000)
if what == "deleted":
    shutil.rmtree(folder)
else:
    fill()
wait(lambda: told.exists() and "problem" in told.read_text())
if what == "freed":
    os.unlink(top / "ballast")
    full = wal.stat().st_mtime_ns
    wait(lambda: wal.stat().st_mtime_ns != full)
process.terminate()
out, err = process.communicate(timeout=400)
seen = {"rc": process.returncode, "document": json.loads(out), "err": err[-1000:], "left": os.listdir(folder) if folder.exists() else []}
if what != "deleted":
    (top / "ballast").unlink(missing_ok=True)
    seen["check"] = call("check", project)
    seen["rows"] = call("export", project, "--csv", top / "out.csv")["samples"]
print(json.dumps(seen))
"""

WRITERS = """
call("run", project, "--for", "3")
call("backup", project, top / "safe")
before = {name: (folder / name).read_bytes() for name in os.listdir(folder)}
fill()
seen = {}
for name, words in {
    "csv": ["export", project, "--csv", top / "o.csv"], "gltf": ["export", project, "--gltf", top / "o.glb"],
    "ifc": ["export", project, "--ifc", top / "o.ifc"], "text": ["export", project, "--text", top / "text"],
    "backup": ["backup", project, top / "again"], "restore": ["restore", top / "safe", project], "new": ["new", top / "n.oikos"],
}.items():
    seen[name] = [problem["remedy"] for problem in call(*words, code=1)["problems"]]
seen["same"] = before == {name: (folder / name).read_bytes() for name in os.listdir(folder)}
seen["left"] = sorted(os.listdir(top))
call("info", project)
(top / "ballast").unlink()
call("restore", top / "safe", project)
print(json.dumps(seen))
"""


def unshare() -> list[str] | None:
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*words, "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return words
    return None


def played(tmp_path: Path, script: str, what: str = "") -> dict[str, Any]:
    alone = unshare()
    if alone is None:
        pytest.skip("a small disk of its own needs mount namespaces, which this machine does not allow")
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").mkdir()
    words = [str(tmp_path / "disk"), str(tmp_path / "home"), what]
    done = subprocess.run([*alone, sys.executable, "-c", SCRIPT + script, *words], capture_output=True, text=True, timeout=400, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def codes(seen: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in seen["document"]["problems"]]


def test_a_disk_that_stays_full_is_told_and_the_exit_does_not_hang(tmp_path: Path) -> None:
    seen = played(tmp_path, RUN, "full")
    assert seen["rc"] == 1
    assert "store.full" in codes(seen)
    assert "500,000" in next(p["remedy"] for p in seen["document"]["problems"] if p["code"] == "store.full")
    lost = [problem for problem in seen["document"]["problems"] if problem["code"] == "history.unwritten"]
    number = int(lost[0]["what"].split()[0]) if lost else 0
    assert seen["rows"] > 0
    assert seen["document"]["observations"] <= seen["rows"] + number
    assert seen["check"]["sound"]
    assert not [name for name in seen["left"] if name.endswith(".lock")]


def test_what_waited_for_room_is_written_when_there_is_room_again(tmp_path: Path) -> None:
    seen = played(tmp_path, RUN, "freed")
    assert seen["rc"] == 1
    assert codes(seen) == ["store.full"]
    assert seen["rows"] >= seen["document"]["observations"] > 0
    assert seen["check"]["sound"]


def test_a_folder_deleted_under_run_is_a_problem(tmp_path: Path) -> None:
    seen = played(tmp_path, RUN, "deleted")
    assert seen["rc"] == 1
    assert codes(seen) == ["store.vanished_folder"]
    assert "folder was deleted" in seen["document"]["problems"][0]["what"]


def test_every_writer_says_that_the_disk_is_full_and_leaves_what_was_there(tmp_path: Path) -> None:
    seen = played(tmp_path, WRITERS)
    assert seen.pop("same")
    assert seen.pop("left") == ["ballast", "house", "safe.oikos", "safe.oikos-history"]
    assert all(len(remedies) == 1 and "room" in remedies[0] for remedies in seen.values()), seen

"""Many engines in one process, each with a project and a door of its own; the other side watches them.

Run as a module it is that process: `FOLDER COUNT`; it ends when stdin does.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from app.bench.harness.door_process import pause
from app.bench.harness.result import UnmeasurableError

DEVICES = 40


@contextmanager
def sites_process(count: int) -> Generator[list[Path]]:
    """The projects of so many running engines; they end with the context."""
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        command = [sys.executable, "-m", "app.bench.harness.sites_process", folder, str(count)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout is None or process.stdout.readline().strip() != "open":
                    raise UnmeasurableError("the engines did not open their doors")
                yield [Path(folder) / f"site{at}.oikos" for at in range(count)]
            finally:
                process.kill()
                process.wait(20)


def _serve(folder: Path, count: int) -> None:
    from app.bench.harness.generated_history import devices
    from app.engine.engine import Engine
    from app.server.door_address import door_of
    from twin.model.device import Link
    from twin.model.ids import LinkId
    from twin.store.project import Project

    first = folder / "site0.oikos"
    with Project.create(first, name="Site") as made:
        made.add_link(Link(id=LinkId("bench"), protocol="bench", address="here"))
        made.put_devices(tuple(devices(DEVICES)))
    paths = [first, *(folder / f"site{at}.oikos" for at in range(1, count))]
    for path in paths[1:]:
        shutil.copy(first, path)
    engines: list[Engine] = []
    for path in paths:
        engine = Engine(folder / "home")
        engine.context.__dict__["adapters"] = {}
        engine.start()
        engine.listen()
        engine.open(path).result(60)
        engines.append(engine)
    while any(door_of(path) is None for path in paths):
        pause(0.01)
    print("open", flush=True)  # noqa: T201 - the other side reads it
    sys.stdin.read()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))

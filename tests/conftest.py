"""What every test may use, and what no test may leave behind: tasks, threads, widgets, log lines, far sockets."""

from __future__ import annotations

import asyncio
import functools
import gc
import itertools
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from blockbuster import BlockBuster
from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]

from app.i18n.language import catalogue, current_language, set_context_language, set_language
from devices.lab.loopback import LOOPBACK
from tests.file_scheduling import FileScheduling

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

if sys.dont_write_bytecode:  # else each process that a test starts compiles anew all that it imports: half of its start
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(Path(sys.prefix, "cache", "code"))

TOP = Path(__file__).resolve().parents[1]
ASKED_FOR_ROUTES = ("192.0.2.1", "2001:db8::1")
"""Addresses of nobody (RFC 5737, 3849): to which card they lead is asked, and nothing is sent there."""
WHOLE_LOOKS = itertools.count(1)
REAPED = "exit status already read"
"""asyncio's warning where a child ended just before it was signalled: subprocess looks at it then, and takes its exit status."""

# A loaded machine is no fault of what is tested, and the same tree gives the same verdict: its examples do not change.
hypothesis.settings.register_profile("oikos", deadline=None, derandomize=True)
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.load_profile("oikos")


def pytest_configure(config: pytest.Config) -> None:
    """Tests talk to this machine only, and say what they find in English."""
    gc.disable()  # as in the window: what Qt drew is deleted by this thread alone
    catalogue("en")  # before a test's loop runs, which may not read files
    config.addinivalue_line("markers", "expects_log: the test provokes warnings or errors in the log and says so")
    config.addinivalue_line("markers", "blocks: the test blocks its event loop on purpose")
    config.addinivalue_line("markers", "waits: the file's tests mostly wait for real devices and processes")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores, as some worker nearly always waits for a device or a process; fewer where
    memory is short, as each grows to 3 GB."""
    workers = (os.cpu_count() or 1) + 1
    if not hasattr(os, "sysconf"):
        return workers
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(workers, memory // 3_500_000_000))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    """Files are handed out so that a worker that crashes costs the verdict of one test."""
    return FileScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with many tests first; those that mostly wait are spread among the first half, so that they wait while others
    compute, and none is left for the end."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    ordered = sorted(files.values(), key=len, reverse=True)
    waiting = [file for file in ordered if file[0].get_closest_marker("waits")]
    computing = [file for file in ordered if not file[0].get_closest_marker("waits")]
    step = max(1, len(computing) // 2 // max(1, len(waiting)))
    for number, file in enumerate(waiting):
        computing.insert(number * (step + 1), file)
    items[:] = itertools.chain.from_iterable(computing)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test reaches beyond loopback, whatever it forgot to stub."""
    pytest_socket.socket_allow_hosts(
        ["127.0.0.1", "::1", "localhost", LOOPBACK, LOOPBACK.partition("%")[0], *ASKED_FOR_ROUTES],
        allow_unix_socket=True,
    )
    del item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Circles of references that a test left. What outlives a whole look at them is left out of the next ones, which
    would take seconds once large modules and files are loaded; every tenth look is at everything again."""
    yield
    due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    if not due[2]:
        if any(due):
            gc.collect(1)
        return
    if next(WHOLE_LOOKS) % 10 == 0:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


import pytest_socket  # noqa: E402


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files beside the project; the test is skipped where it is absent."""
    folder = TOP.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder with real test files is not beside the project")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches, secrets and logs of the test, away from the user's own."""
    folder = tmp_path / "oikos-home"
    monkeypatch.setenv("OIKOS_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A test that chose a language leaves none to the next one."""
    yield
    set_context_language("")
    if current_language() != "en":
        set_language("en")


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A test that starts a thread ends it."""
    before = set(threading.enumerate())
    yield
    # the threads of a loop's own pool end with the loop, after this fixture
    new = [t for t in set(threading.enumerate()) - before if not t.daemon and not t.name.startswith("asyncio_")]
    for thread in new:
        thread.join(timeout=30.0)
    left = [t.name for t in new if t.is_alive()]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def no_surprise_in_the_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or error that the test did not announce fails it."""
    yield
    if request.node.get_closest_marker("expects_log"):
        return
    records = [r for phase in ("setup", "call") for r in caplog.get_records(phase)]
    told = [f"{r.name}: {r.getMessage()}" for r in records if r.levelno >= logging.WARNING]
    stray = [line for line in told if not (line.startswith("asyncio: ") and REAPED in line)]
    assert not stray, f"unexpected log lines: {stray}"


@functools.cache
def loop_guard() -> BlockBuster:
    """What finds our own code blocking a loop, on whatever thread; made once, as it is dear to make."""
    guard = BlockBuster(["app", "twin", "devices"])
    for function in guard.functions.values():  # PySide's import hook reads the source of whoever imports anything
        function.can_block_in("shibokensupport/feature.py", "feature_imported")
    return guard


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """No task outlives an async test."""
    before = asyncio.all_tasks()
    yield
    left = [t.get_name() for t in asyncio.all_tasks() - before if not t.done() and t is not asyncio.current_task()]
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(autouse=True)
def loop_never_blocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Our own code may not block a loop, be it that of the test or of an engine beside it. A test that is not async is
    given no loop of its own: making one takes longer than most tests."""
    if request.node.get_closest_marker("blocks"):
        yield
        return
    if request.node.get_closest_marker("asyncio"):
        request.getfixturevalue("no_task_left")
    loop_guard().activate()
    yield
    loop_guard().deactivate()

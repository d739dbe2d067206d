# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Runs python-matter-server as a child of Oikos: `python -m devices.protocols.matter.launch --folder F --roots R
[--socket S]`.

The token that its clients need is read from stdin, because arguments are visible to every user of the machine. The
server is adapted to a desktop before it starts: state in one private folder, no root, no internet unless allowed, nodes
reconnected at once, and commissioning with stages and reasons of failures. Facts are written to stdout as JSON lines.
Pinned to python-matter-server 8.1 and chip-core 2025.7; anything else is refused with a reason.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import functools
import json
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from devices.protocols.matter import interrupted_commissioning, keystore, leaving, server_gate
from devices.protocols.matter.library_paths import UnknownLibraryError, relocate

_LIBRARIES = ("libnl-3.so.200", "libnl-route-3.so.200")
_KICK_S = 0.1
_SEARCH_S = 9.0
_REFUSED_S = 3.0
_GLANCE_S = 0.2
_KICK_AT_ONCE = 6
"""Concurrent look-ups; chip's resolver keeps about ten and drops the rest."""
_LOOK_S = 1.0
_LAST_S = 5.0
_PARENT_DIED = 1
"""PR_SET_PDEATHSIG of <linux/prctl.h>."""

FABRIC_LABEL = "Oikos"
"""Name of this home in its devices' lists of homes, as the server on matter.js gives it."""

REASONS = (
    ("wrong_code", "Failed to verify peer's MAC"),
    ("not_trusted", "PAA not found"),
    ("not_trusted", "Failed Device Attestation"),
    ("busy", "PASESession timed out"),
    ("not_found", "Discovery timed out"),
    ("no_network", "No endpoint was available"),
    ("no_network", "Network is unreachable"),
)
"""Reason of a failure and the text in chip-core's log that indicates it; the first match counts."""
_STEP = re.compile(r"Performing next commissioning step '(?:k)?(\w+)'")
_FOUND = "Discovered device to be commissioned"


def send_fact(**fact: Any) -> None:  # noqa: ANN401 - JSON
    """Writes one fact as a JSON line for the parent."""
    print(json.dumps(fact), flush=True)  # noqa: T201 - the pipe to the parent


def refuse(reason: str, detail: str) -> None:
    """Writes the reason for the parent and exits with code 3."""
    send_fact(refused=reason, detail=detail)
    sys.exit(3)


def failure_reason(log: list[str]) -> str:
    """The reason why a commissioning failed, derived from chip-core's log."""
    text = "\n".join(log)
    for reason, sign in REASONS:
        if sign in text:
            return reason
    if not log:
        return "not_ready"  # chip refused at once: its search for the one before goes on
    steps = [line.removeprefix("step:") for line in log if line.startswith("step:")]
    if steps:
        return f"failed_at_{steps[-1]}"
    return "busy" if "found" in log else "not_found"


class _ChipLogListener(logging.Handler):
    """Log handler that collects chip-core's messages while it commissions."""

    def __init__(self) -> None:
        super().__init__()
        self.log_lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if step := _STEP.search(text):
            self.log_lines.append(f"step:{step[1]}")
            send_fact(step=step[1])
        elif _FOUND in text:
            self.log_lines.append("found")
            send_fact(step="Found")
        elif record.levelno >= logging.ERROR - 1:
            self.log_lines.append(text)


async def _bounded(work: Awaitable[Any], log_lines: list[str]) -> Any:  # noqa: ANN401 - the server's own
    """The result of `work`; TimeoutError where no device is found or all refuse, sooner than chip's 30 seconds."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)  # noqa: TID251 - awaited below
    began, refused = loop.time(), 0.0
    try:
        while not (await asyncio.wait((task,), timeout=_GLANCE_S))[0]:
            now = loop.time()
            if any(line.startswith("step:") for line in log_lines):
                return await task
            if not refused and any(REASONS[0][1] in line for line in log_lines):
                refused = now
            if (refused and now - refused > _REFUSED_S) or ("found" not in log_lines and now - began > _SEARCH_S):
                raise TimeoutError
        return await task
    finally:
        if not task.done():  # chip finds nothing any more after a search that was cancelled: let it end by itself
            _SEARCHING.append(task)
            task.add_done_callback(_forget)


_SEARCHING: list[asyncio.Future[Any]] = []
"""Searches that were abandoned; the next one waits for their end."""


def _forget(task: asyncio.Future[Any]) -> None:
    _SEARCHING.remove(task)
    if not task.cancelled():
        task.exception()


def _report_commissioning(folder: Path) -> None:
    import chip.logging as chip_log
    from matter_server.common.errors import NodeCommissionFailed
    from matter_server.server.device_controller import DATA_KEY_LAST_NODE_ID, MatterDeviceController

    log_listener = _ChipLogListener()
    for module in ("CTL", "SC", "-", "ZCL", "DIS"):
        logging.getLogger(f"chip.native.{module}").addHandler(log_listener)

    def with_reason(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def run(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the server's own
            if _SEARCHING:
                await asyncio.wait(_SEARCHING)
            log_listener.log_lines.clear()
            chip_log.SetLogFilter(chip_log.LOG_CATEGORY_PROGRESS)
            try:
                return await _bounded(method(*arguments, **named), log_listener.log_lines)
            except TimeoutError:
                reason = "wrong_code" if "found" in log_listener.log_lines else "not_found"
                raise NodeCommissionFailed(f"{reason}: the search was ended") from None
            except NodeCommissionFailed as error:
                raise NodeCommissionFailed(f"{failure_reason(log_listener.log_lines)}: {error}") from error
            finally:
                chip_log.SetLogFilter(chip_log.LOG_CATEGORY_ERROR)

        return run

    for name in ("commission_with_code", "commission_on_network"):
        method = interrupted_commissioning.marked(getattr(MatterDeviceController, name), folder, DATA_KEY_LAST_NODE_ID)
        setattr(MatterDeviceController, name, with_reason(method))


def _stay_offline() -> None:
    from matter_server.server import server
    from matter_server.server.vendor_info import VendorInfo

    async def nothing(*_: Any, **__: Any) -> int:  # noqa: ANN401 - takes whatever the server passes
        return 0

    for owner, name in ((server, "fetch_certificates"), (VendorInfo, "_fetch_vendors")):  # the server has no switch
        setattr(owner, name, nothing)


def _meet_again_at_once(folder: Path) -> None:
    """Sets every stored node up at start; the server alone waits up to 79 s for announcements."""
    from matter_server.server import device_controller

    controller: Any = device_controller.MatterDeviceController  # patched: it has no hook for this
    begin, try_once = controller.start, controller._setup_node_try_once  # noqa: SLF001 - no public hook
    gate, stored = asyncio.Semaphore(_KICK_AT_ONCE), set[int]()

    async def gated(self: Any, log: Any, node: int) -> None:  # noqa: ANN401 - the server's own
        # nodes that are gone keep the gate shut for a minute: a new one or one that was just seen needs none
        while gate.locked() and node in stored and node not in self._node_last_seen_on_mdns:  # noqa: ASYNC110 - neither has an event
            await asyncio.sleep(_KICK_S)
        opened = node not in stored or node in self._node_last_seen_on_mdns
        async with contextlib.nullcontext() if opened else gate:
            if not self._chip_device_controller.node_has_subscription(node):
                await try_once(self, log, node)

    async def start(self: Any) -> None:  # noqa: ANN401 - the server's own
        await begin(self)
        stored.update(self._nodes)
        self.finishing = asyncio.ensure_future(interrupted_commissioning.finish(self, folder))  # noqa: TID251 - ends with the server
        self.leaving = asyncio.ensure_future(leaving.unpair_returned(self, folder))  # noqa: TID251 - ends with the server

        def kick() -> None:
            for node in tuple(self._nodes):
                if node < device_controller.TEST_NODE_START:
                    self._setup_node_create_task(node)

        asyncio.get_running_loop().call_later(_KICK_S, kick)

    controller.start, controller._setup_node_try_once = start, gated  # noqa: SLF001


def _name_home() -> None:
    """Makes devices list this home by the name of the app; the server alone gives it none."""
    from matter_server.server.device_controller import MatterDeviceController

    begin = MatterDeviceController.start

    async def start(self: Any) -> None:  # noqa: ANN401 - the server's own
        await self.set_default_fabric_label(FABRIC_LABEL)
        await begin(self)

    MatterDeviceController.start = start


def _remember_leaving(folder: Path) -> None:
    from matter_server.server import device_controller, sdk

    away = set[int]()
    owner: Any = device_controller.MatterDeviceController
    stack: Any = sdk.ChipDeviceControllerWrapper  # patched: the server only logs that a device did not hear it
    owner.remove_node = leaving.removed(owner.remove_node, away)
    stack.unpair_device = leaving.remembering_leave(stack.unpair_device, folder, away)


def _load_libraries() -> None:
    for name in _LIBRARIES:
        for folder in ("", *filter(None, os.environ.get("OIKOS_MATTER_LIBRARIES", "").split(":"))):
            with contextlib.suppress(OSError):
                ctypes.CDLL(os.path.join(folder, name), mode=ctypes.RTLD_GLOBAL)  # noqa: PTH118 - a bare name too
                break
        else:
            refuse("libnl", name)


def _load_chip() -> None:
    """Loads the native stack with its state in the current folder."""
    try:
        from chip import native
    except ImportError as error:
        refuse("wheel", str(error))
        return
    if sys.platform != "linux":
        return
    library = Path(native.FindNativeLibraryPath(native.Library.CONTROLLER))
    load = getattr(native, "_GetLibraryHandle")  # noqa: B009 - private, and the only way to load without starting
    try:
        load(native.Library.CONTROLLER, False)
        relocate(library)
    except (UnknownLibraryError, OSError) as error:
        refuse("chip", str(error))


def _protect_keys(folder: Path) -> None:
    try:
        if keystore.guard(folder):
            send_fact(restored=keystore.FILE)
    except keystore.DamagedError as error:
        refuse("damaged", str(error))
    from chip import storage

    def commit(self: Any) -> None:  # noqa: ANN401 - chip's own
        keystore.commit(self._path, self._jsonData)

    for found in vars(storage).values():
        if isinstance(found, type) and "Commit" in vars(found):
            found.Commit = commit


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGTERM)
    if not parent:
        return
    if os.getppid() != parent:
        sys.exit(0)
    threading.Thread(target=_outlive_nobody, args=(parent,), daemon=True).start()  # noqa: TID251 - not Oikos' process


def _outlive_nobody(parent: int) -> None:
    """Where the kernel sends no signal (macOS), or where the native stack hangs in its own shutdown."""
    while os.getppid() == parent:
        time.sleep(_LOOK_S)  # noqa: TID251 - a thread of its own, which nothing waits for
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST_S)  # noqa: TID251 - see above
    os._exit(4)


def _serve_behind_the_gate(token: str, socket_path: str, host: str) -> None:
    """Runs the server so that only Oikos can connect; the fact `ready` carries the port, 0 on a Unix socket."""
    from matter_server.server import server

    begin = server.MatterServer.start

    def site(runner: Any, **_: Any) -> Any:  # noqa: ANN401 - in place of the server's own
        return server_gate.site(runner, socket_path, host)

    async def start(self: Any) -> None:  # noqa: ANN401 - the server's own
        self.app.middlewares.append(server_gate.guard(token))
        await begin(self)
        (address,) = self._runner.addresses
        send_fact(ready=True, port=address[1] if isinstance(address, tuple) else 0)

    owner: Any = server  # patched: the server takes no site and no middleware
    owner.MultiHostTCPSite, owner.MatterServer.start = site, start


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devices.protocols.matter.launch")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--roots", type=Path, required=True)
    parser.add_argument("--socket", default="", help="the Unix socket to listen on")
    parser.add_argument("--host", default="", help="the loopback address to listen on at a free port, without a socket")
    parser.add_argument("--online", action="store_true")
    parser.add_argument("--parent", type=int, default=0, help="the process without which this one ends")
    return parser.parse_args()


def main() -> None:
    """Main function of the child process. Exits with code 3 where it cannot run, after writing the reason to stdout."""
    arguments = _arguments()
    _die_with_parent(arguments.parent)
    token = sys.stdin.readline().strip()
    if not token:
        refuse("token", "no line on stdin")
    os.umask(0o077)
    folder = arguments.folder.absolute()
    roots = arguments.roots.absolute()
    sys.argv = ["matter-server", "--storage-path", str(folder), "--paa-root-cert-dir", str(roots)]
    sys.argv += ["--ota-provider-dir", str(folder / "updates"), "--disable-server-interactions"]
    os.chdir(folder)  # noqa: TID251 - chip-core's files are relative to it, and this process is ours
    if sys.platform == "linux":
        _load_libraries()
    _load_chip()
    _protect_keys(folder)
    try:
        _report_commissioning(folder)
        if not arguments.online:
            _stay_offline()
        _meet_again_at_once(folder)
        _name_home()
        _remember_leaving(folder)
        _serve_behind_the_gate(token, arguments.socket, arguments.host)
        from matter_server.server.__main__ import main as serve
    except (ImportError, AttributeError) as error:
        refuse("wheel", str(error))
        return
    serve()


if __name__ == "__main__":
    main()

"""Records the reports of one link in a file without secrets, to report a fault or to replay in tests."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.problems import login_needed, unreachable
from devices.capture import SessionRecorder
from devices.contract import Adapter, AdapterContext, AdapterSession, AuthError, Redescribed, Secret
from devices.link import DESCRIBE_S, OPEN_S
from twin.model.device import Link
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.report_columns import ReportColumns
from twin.model.text import why

_LOOK_S = 0.1


@dataclass(slots=True)
class Captured:
    """Result of a recording: counts, seconds from the first description to the end, and why it ended early."""

    devices: int = 0
    events: int = 0
    seconds: float = 0.0
    problem: Problem | None = None


async def capture(
    adapter: Adapter,
    link: Link,
    secret: Secret | None,
    adapter_context: AdapterContext,
    write: Callable[[str], object],
    *,
    time_s: float,
    stop: threading.Event,
) -> Captured:
    """Opens a second session beside the engine's and writes whole lines for `time_s` seconds or until `stop`. Raises
    ProblemError where the link cannot be opened; a connection that ends early is noted in `Captured.problem`.
    `write` runs on a worker thread and may block.
    """
    loop, found = asyncio.get_running_loop(), Captured()
    lines = [json.dumps({"t": 0.0, "recording": {"version": 1, "protocol": link.protocol}})]

    async def flush() -> None:
        text, lines[:] = "".join(f"{line}\n" for line in lines), []
        await asyncio.to_thread(write, text)

    session = SessionRecorder(await _opened(adapter, link, secret, adapter_context), lines.append, secret)
    begun = loop.time()
    try:
        await _describe(session, link, found)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_listen(session, link, found))
            while not listening.done() and not stop.is_set() and (left := time_s - (loop.time() - begun)) > 0:
                await asyncio.wait([listening], timeout=min(_LOOK_S, left))
                await flush()
            listening.cancel()
    finally:
        await session.close()
    await flush()
    found.seconds = round(loop.time() - begun, 1)
    return found


async def _opened(
    adapter: Adapter, link: Link, secret: Secret | None, adapter_context: AdapterContext
) -> AdapterSession:
    try:
        async with asyncio.timeout(OPEN_S):
            return await adapter.open(link, secret, adapter_context)
    except AuthError as error:
        raise ProblemError(login_needed(link.address, why(error))) from error
    except (TimeoutError, OSError) as error:
        raise ProblemError(unreachable(link.address, why(error) if str(error) else None)) from error


async def _describe(session: SessionRecorder, link: Link, found: Captured) -> None:
    try:
        async with asyncio.timeout(DESCRIBE_S):
            found.devices = len(await session.describe())
    except (TimeoutError, OSError) as error:
        raise ProblemError(unreachable(link.address, why(error) if str(error) else None)) from error


async def _listen(session: SessionRecorder, link: Link, found: Captured) -> None:
    """Counts events until the connection ends, and notes its problem."""
    reason = ""
    try:
        async for event in session.events():
            found.events += len(event) if isinstance(event, ReportColumns) else 1
            if isinstance(event, Redescribed):
                await _describe(session, link, found)
    except ProblemError as error:
        found.problem = error.problems[0]
        return
    except (TimeoutError, OSError) as error:
        reason = str(error)
    found.problem = Problem(
        code="capture.ended", where=link.title or link.address, severity=Severity.WARNING, retry=True, detail=reason
    )

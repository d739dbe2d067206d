"""Verbs that attach to the engine of another machine themselves, as a window does."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.server.network_engine import NetworkEngine


@contextmanager
def attached_far(url: str) -> Generator[NetworkEngine]:
    """A client of an engine of another machine, attached. Raises ProblemError where it does not answer."""
    from app.engine.clock import utc_ms
    from app.engine.machine_secrets import open_secrets
    from app.server.known_engines import cache_folder, known_engine
    from app.server.network_engine import NetworkEngine
    from app.settings import home

    address = known_engine(url, home(), open_secrets)
    remote = NetworkEngine.at(address, utc_ms, cache_folder(home(), address.url))
    try:
        remote.start().result()
        yield remote
    finally:
        remote.stop()

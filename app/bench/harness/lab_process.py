"""The lab as a process of its own, started by the users' command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from app.bench.harness.result import UnmeasurableError


@contextmanager
def lab(*arguments: str) -> Generator[dict[str, Any]]:
    """A running lab and its facts; ends with the context."""
    command = [sys.executable, "-m", "app", "lab", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise UnmeasurableError("the lab says nothing")
        try:
            facts = cast("dict[str, Any]", json.loads(process.stdout.readline() or "{}"))
            if facts.get("problems"):
                raise UnmeasurableError("; ".join(str(problem["remedy"]) for problem in facts["problems"]))
            yield facts
        finally:
            process.terminate()
            process.wait(10)

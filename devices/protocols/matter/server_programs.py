"""The two Matter servers that Oikos can run: python-matter-server on the native stack, and its own on matter.js.

The wheels of the native stack (home-assistant-chip-core) end with Linux and macOS on Apple silicon; matter.js runs wherever
Node does. Both have the same WebSocket API; each has a network of its own, with keys of its own.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import devices
from devices.folders import home
from devices.node_runtime import NodeProgram, installed, is_installed, node_program, node_version
from twin.model.link_option import LinkOption, OptionKind
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

SERVER_OPTION = "server"
_TOP = Path(devices.__file__).resolve().parents[1]
"""Working directory of the native server, from which it imports this package."""
MATTERJS_PROGRAM = NodeProgram(
    Path(__file__).parent / "matterjs",
    ("server.mjs", "gate.mjs", "nodes.mjs", "values.mjs", "commissioning.mjs", "errors.mjs", "updates.mjs"),
    lock="package-lock.json",
)


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """One of the servers: its name as the value of the link's option `server`, the folder of its keys, and the file with the
    network's root in it.
    """

    name: str
    store: str
    root: str
    ends_with_stdin: bool
    """Whether it ends when its stdin is closed; else it watches its parent."""

    def unfit(self) -> Problem | None:
        """The problem why this machine cannot run it; None where it can. Blocks."""
        if self is MATTERJS:
            return _without_node()
        there = sys.platform in ("linux", "darwin") and has_wheels()
        return None if there else Problem(code="matter.wheel")

    async def command(self, *, may_fetch: bool) -> tuple[tuple[str, ...], Path]:
        """Its command line and working directory. Packages that are missing are fetched where `may_fetch`, else that is a
        ProblemError.
        """
        if self is not MATTERJS:
            return (sys.executable, "-m", "devices.protocols.matter.launch"), _TOP
        folder = matterjs_folder()
        if not may_fetch and not await asyncio.to_thread(is_installed, MATTERJS_PROGRAM, folder):
            raise ProblemError(Problem(code="matter.not_fetched", retry=True))
        await installed(MATTERJS_PROGRAM, folder)
        return (await asyncio.to_thread(node_program), str(folder / "server.mjs")), folder


NATIVE = ServerProgram("python", "store", "chip.json", ends_with_stdin=False)
MATTERJS = ServerProgram("matter.js", "matterjs", "controller/certificates.rootCertBytes", ends_with_stdin=True)
PROGRAMS = {program.name: program for program in (NATIVE, MATTERJS)}


def has_wheels() -> bool:
    """Whether the native stack is installed."""
    return find_spec("matter_server") is not None and find_spec("chip") is not None


def default_program() -> ServerProgram:
    """The server where the user chose none: the native one where it has wheels."""
    return NATIVE if sys.platform in ("linux", "darwin") and has_wheels() else MATTERJS


def chosen_program(options: tuple[tuple[str, str], ...], folder: Path) -> ServerProgram:
    """The server that a link's options name, else the one that alone has a network in the protocol's folder, else the default
    of this machine.
    """
    named = PROGRAMS.get(dict(options).get(SERVER_OPTION, ""))
    begun = [program for program in PROGRAMS.values() if (folder / program.store / program.root).exists()]
    return named or (begun[0] if len(begun) == 1 else default_program())


def matterjs_folder() -> Path:
    """Folder of the matter.js server and its packages, shared by all projects of this user."""
    return home() / "matter-server"


OPTIONS = (
    LinkOption(
        name=SERVER_OPTION,
        title=Text("matter.option.server"),
        kind=OptionKind.CHOICE,
        choices=tuple(PROGRAMS),
        help=Text("matter.option.server.help"),
    ),
)


def _without_node() -> Problem | None:
    """Node is missing, or too old for @matter/main 0.17.9 (its `engines`: >=20.19 <22, or >=22.13)."""
    try:
        version = node_version(node_program())
    except ProblemError as error:
        return error.problems[0]
    if (20, 19) <= version < (22, 0) or version >= (22, 13):
        return None
    return Problem(code="matter.node_version", args={"version": ".".join(map(str, version)) if any(version) else "?"})

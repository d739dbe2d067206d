"""Writes every direct and transitive version into pyproject.toml, without addresses.

Run `python packaging/pin.py` after changing a dependency; `--upgrade` moves to the newest
versions first. The block between the two marker lines belongs to this script.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
BEGIN, END = "# pins: begin (packaging/pin.py)\n", "# pins: end\n"


def resolved(*options: str) -> list[str]:
    """Every version that uv resolves for all platforms, extras and groups, as PEP 508 lines."""
    command = ["uv", "export", "--quiet", "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header"]
    done = subprocess.run(
        [*command, "--all-extras", "--all-groups", *options], cwd=TOP, check=True, capture_output=True, text=True
    )
    return sorted(line.strip().replace('"', "'") for line in done.stdout.splitlines() if "==" in line)


def pinned(project: str, lines: list[str]) -> str:
    """The text of pyproject.toml with the block replaced."""
    head, _, rest = project.partition(BEGIN)
    _, _, tail = rest.partition(END)
    rows = "".join(f'    "{line}",\n' for line in lines)
    return f"{head}{BEGIN}constraint-dependencies = [\n{rows}]\n{END}{tail}"


def main() -> None:
    """Resolves without the old pins, then writes the new ones."""
    path = TOP / "pyproject.toml"
    bare = pinned(path.read_text(), [])
    path.write_text(bare)
    path.write_text(pinned(bare, resolved(*sys.argv[1:])))


if __name__ == "__main__":
    main()

"""Makes the README's pictures from the living demos: `uv run python packaging/pictures.py`.

With a folder it makes the whole gallery there instead, light and dark; buildings of others are in it where
`OIKOS_BENCH_DATA` (or the folder beside the project) has them: `uv run python packaging/pictures.py GALLERY`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "assets" / "pictures"
SHOTS = (
    ("home-light", "home", "--theme", "light", "--storey", "Ground floor"),
    ("home-dark", "home", "--theme", "dark"),
    ("home-night", "home", "--theme", "dark", "--storey", "Ground floor", "--night", "--colour-by", ""),
    ("home-walk", "home", "--theme", "light", "--view", "walk", "--room", "Living room", "--sky", "day"),
    ("plan-light", "drawn", "--theme", "light", "--view", "editor"),
    ("office-light", "office", "--theme", "light", "--storey", "Floor 2", "--colour-by", "co2"),
    ("office-dark", "office", "--theme", "dark"),
    ("office-change", "office", "--theme", "dark", "--compare=-6h"),
)
VIEWS = (
    ("whole",),
    ("temperature", "--colour-by", "temperature"),
    ("smooth", "--colour-by", "temperature", "--smooth"),
    ("exploded", "--exploded"),
    ("ghosts", "--ghosts"),
    ("top", "--view", "top"),
    ("walk", "--view", "walk"),
    ("day", "--sky", "day"),
    ("night", "--night"),
)
MODELS = (("duplex", "Duplex_A.ifc"), ("institute", "AC11-Institute-Var-2.ifczip"))


def main() -> None:
    """Makes the demos in a folder of their own, then the pictures."""
    gallery = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as home:
        projects = _projects(Path(home), models=gallery is not None)
        for picture, project, *options in _gallery(projects) if gallery else SHOTS:
            out = (gallery or OUT) / f"{picture}.png"
            out.parent.mkdir(parents=True, exist_ok=True)
            live = ("--live", "3") if project in ("home", "office") else ()
            _oikos(home, "shot", str(projects[project]), str(out), "--size", "1280x800", *live, *options)


def _gallery(projects: dict[str, Path]) -> list[tuple[str, ...]]:
    """Every view of every building in both themes; the drawn one in the editor."""
    shots = [
        (f"{name}-{view}-{theme}", name, "--theme", theme, *options)
        for name in projects if name != "drawn"
        for view, *options in VIEWS
        for theme in ("light", "dark")
    ]  # fmt: skip
    return [
        *shots,
        *((f"editor-{theme}", "drawn", "--theme", theme, "--view", "editor") for theme in ("light", "dark")),
    ]


def _projects(home: Path, *, models: bool) -> dict[str, Path]:
    """The demos, the drawn home, and the models of others that are there."""
    made = {name: home / "demo" / f"{name}.oikos" for name in ("home", "office")}
    for name in made:
        _oikos(str(home), "demo", f"--{name}", "--headless", "--for", "5")
    made["drawn"] = home / "drawn.oikos"
    subprocess.run([sys.executable, str(HERE / "demo" / "drawn_home.py"), str(made["drawn"])], check=True)
    beside = HERE.parents[1] / "shared" / "data" / "building-models"
    folder = Path(os.environ.get("OIKOS_BENCH_DATA", beside))
    for name, file in MODELS if models else ():
        if (folder / file).is_file():
            made[name] = home / f"{name}.oikos"
            _oikos(str(home), "new", str(made[name]), "--from", str(folder / file))
    return made


def _oikos(home: str, *words: str) -> None:
    surroundings = {**os.environ, "OIKOS_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([sys.executable, "-m", "app", *words], env=surroundings, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()

"""Makes the README's pictures from the living demos: `uv run python packaging/pictures.py`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "assets" / "pictures"
SHOTS = (
    ("home-light", "home", "--theme", "light", "--storey", "Ground floor"),
    ("home-dark", "home", "--theme", "dark"),
    ("office-light", "office", "--theme", "light", "--storey", "Floor 2", "--colour-by", "co2"),
    ("office-dark", "office", "--theme", "dark"),
)


def main() -> None:
    """Makes both demos in a folder of their own, then a picture of each kind."""
    with tempfile.TemporaryDirectory() as home:
        surroundings = {**os.environ, "OIKOS_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        for name in ("home", "office"):
            _oikos(surroundings, "demo", f"--{name}", "--headless", "--for", "5")
        for picture, demo, *options in SHOTS:
            _oikos(
                surroundings,
                "shot",
                f"{home}/demo/{demo}.oikos",
                str(OUT / f"{picture}.png"),
                "--size",
                "1280x800",
                "--live",
                "3",
                *options,
            )


def _oikos(surroundings: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-m", "app", *words], env=surroundings, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()

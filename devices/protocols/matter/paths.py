"""Paths of the files of the Matter fabric and server on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from devices.folders import lab_folder

TEST_TRUST = "OIKOS_MATTER_TEST_PAA"
"""Environment: a folder with the roots of test devices, trusted besides the real ones."""


def test_roots() -> Path | None:
    """The folder with roots of test devices; None where nobody asked for test devices on this machine."""
    told = os.environ.get(TEST_TRUST)
    folder = Path(told) if told else lab_folder() / "trust"
    return folder if folder.is_dir() else None

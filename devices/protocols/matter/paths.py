"""Paths of the files of the Matter fabric and server on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from devices.folders import lab_folder

TEST_TRUST = "OIKOS_MATTER_TEST_PAA"
"""Environment variable: a folder with root certificates of test devices, trusted in addition."""


def test_roots() -> Path | None:
    """The folder with root certificates of test devices; None where test devices are not enabled on this machine."""
    told = os.environ.get(TEST_TRUST)
    folder = Path(told) if told else lab_folder() / "trust"
    return folder if folder.is_dir() else None

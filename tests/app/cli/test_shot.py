"""What `oikos shot` takes from the command line."""

from __future__ import annotations

import argparse
import time

import pytest

from app.cli.shot import arguments


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    arguments(parser)
    return parser.parse_args(["p.oikos", "out.png", *words])


def test_the_two_moments_are_given_as_times_or_as_how_long_ago() -> None:
    found = parsed("--at", "2026-03-01T12:00", "--compare=-8h")
    assert found.at_ms == 1_772_366_400_000
    assert abs(found.compare_ms - (time.time() * 1000 - 8 * 3_600_000)) < 60_000
    assert parsed().compare_ms is None


def test_a_word_that_is_no_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--compare", "yesterday")
    assert "is no time" in capsys.readouterr().err

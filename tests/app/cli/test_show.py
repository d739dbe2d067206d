"""Answers for people are aligned, and numbers are written as people read them."""

from __future__ import annotations

from app.cli.frame.show import columns


def test_numbers_are_written_as_people_read_them() -> None:
    rows = ((3_294_000.0, 1), (21.456, None), ((0.4500038, 0.4099946), True))
    assert [line.split() for line in columns(rows)] == [["3294000", "1"], ["21.46", "-"], ["0.450", "0.410", "yes"]]

"""Result of a bench row: its figure, unit, yardstick and verdict."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`ratio` is figure / yardstick, both in `unit`, medians of interleaved runs. `note`: what would meet a missed
    goal.
    """

    figure: float
    unit: str
    yardstick: float
    ratio: float
    goal: str
    ok: bool
    note: str = ""
    more: tuple[tuple[str, float], ...] = ()
    """Further figures by name, for diagnosis."""

    def as_json(self, name: str) -> dict[str, object]:
        """The row as `oikos bench --json` prints it."""
        row: dict[str, object] = {
            "name": name,
            "figure": rounded(self.figure),
            "unit": self.unit,
            "yardstick": rounded(self.yardstick),
            "ratio": rounded(self.ratio),
            "goal": self.goal,
            "ok": self.ok,
            "note": self.note,
        }
        return row | ({"more": {key: rounded(value) for key, value in self.more}} if self.more else {})


class UnmeasurableError(Exception):
    """Raised when a row cannot be measured on this machine; the message gives the reason."""


def rounded(value: float) -> float:
    """The value rounded to four significant digits."""
    return float(f"{value:.4g}")

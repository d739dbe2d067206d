"""The axis of a chart of a report: what is counted has no halves."""

from __future__ import annotations

import pytest
from reportlab.graphics.shapes import Drawing, String

from app.i18n.numbers import format_decimal
from twin.share.report_document import BarChart
from twin.share.report_drawings import bar_chart


def marks(drawing: Drawing) -> list[str]:
    return [one.text for one in drawing.contents if isinstance(one, String)]


@pytest.mark.parametrize(
    ("values", "digits", "ticks"),
    [
        ((0.0, 0.0), 0, ["0", "1"]), ((1.0, 2.0), 0, ["0", "1", "2"]), ((0.0, 0.0), 2, ["0.0", "0.5"]),
        ((None, 7.0), 0, ["0", "2", "4", "6", "8"]),
    ],
)  # fmt: skip
def test_ticks(values: tuple[float | None, ...], digits: int, ticks: list[str]) -> None:
    made = bar_chart(BarChart("Alarms", ("a", "b"), values, "alarms", digits), 300, 100, format_decimal, "unknown")
    assert [one for one in marks(made) if one[:1].isdigit()] == ticks

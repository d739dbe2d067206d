"""Bars and plans of a report as vector drawings."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

from collections.abc import Callable
from math import floor, isfinite, log10
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, Rect, String
from reportlab.lib.colors import Color, HexColor

from twin.share.report_document import BarChart, ReportPlan
from twin.share.report_fonts import font_runs, text_width

ACCENT, INK, MUTED, GRID, PALE = (HexColor(one) for one in ("#2563c9", "#1b2330", "#4d5867", "#dce1e8", "#eef1f5"))
WARM = HexColor("#c2362e")
SMALL = 7.0
"""Size of texts in drawings, points."""
_TICKS = 4


def put_text(drawing: Drawing, x: float, y: float, text: str, *, size: float = SMALL, anchor: str = "start") -> None:
    """Writes a line into a drawing; `anchor`: start, middle, end."""
    width = text_width(text, size)
    x -= {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    for name, part in font_runs(text):
        drawing.add(String(x, y, part, fontName=name, fontSize=size, fillColor=MUTED))
        x += text_width(part, size)


def _filled(x: float, y: float, width: float, height: float, fill: Color, line: Color | None = None) -> Rect:
    style: dict[str, Any] = {"fillColor": fill, "strokeColor": line, "strokeWidth": 0.4}
    return Rect(x, y, width, height, **style)


def tick_step(top: float) -> float:
    """A step of 1, 2 or 5 times a power of ten, with which `top` is reached in about four."""
    raw = max(top, 1e-9) / _TICKS
    power = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)


def bar_chart(
    chart: BarChart, width: float, height: float, number: Callable[[float, int], str], unknown: str
) -> Drawing:
    """The chart in points; intervals of unknown amount are pale columns, named below the axis."""
    drawing = Drawing(width, height)
    known = [value for value in chart.values if value is not None and isfinite(value)]
    step = max(tick_step(max([*known, 0.0]) or 1.0), 0.0 if chart.digits else 1.0)  # nothing is counted by halves
    top = step * max(1, -(-max([*known, step]) // step))
    digits = max(0, -floor(log10(step)))
    left = 8 + max(text_width(number(top, digits), SMALL), text_width(chart.unit, SMALL))
    bottom, plot_w, plot_h = 16.0, width - left - 2, height - 34.0
    put_text(drawing, left - 6, bottom + plot_h + 9, chart.unit, anchor="end")
    for tick in range(round(top / step) + 1):
        y = bottom + plot_h * tick * step / top
        drawing.add(Line(left, y, left + plot_w, y, strokeColor=GRID, strokeWidth=0.5))
        put_text(drawing, left - 6, y - 2.5, number(tick * step, digits), anchor="end")
    slot = plot_w / max(1, len(chart.values))
    bar = min(28.0, slot * 0.68)
    for n, value in enumerate(chart.values):
        x = left + slot * n
        if value is None or not isfinite(value):
            drawing.add(_filled(x + 0.5, bottom, max(0.5, slot - 1), plot_h, PALE))
        elif value > 0:
            drawing.add(_filled(x + (slot - bar) / 2, bottom, bar, plot_h * value / top, ACCENT))
    if len(known) < len(chart.values):
        drawing.add(_filled(width - 10, height - 9, 8, 7, PALE, GRID))
        put_text(drawing, width - 14, height - 8, unknown, anchor="end")
    widest = max([text_width(label, SMALL) for label in chart.labels], default=0) + 4
    every = max(1, -int(-widest // slot)) if slot else 1
    for n, label in enumerate(chart.labels):
        if n % every == 0:
            put_text(drawing, left + slot * (n + 0.5), 4, label, anchor="middle")
    return drawing


def plan_drawing(plan: ReportPlan, width: float, height: float) -> Drawing:
    """Rooms to scale, the marked one filled and named, and the spot as a dot."""
    drawing = Drawing(width, height)
    points = [point for _, ring in plan.rooms for point in ring]
    if not points:
        return drawing
    low_x, low_y = (min(point[axis] for point in points) for axis in (0, 1))
    high_x, high_y = (max(point[axis] for point in points) for axis in (0, 1))
    scale = min((width - 4) / max(high_x - low_x, 0.1), (height - 4) / max(high_y - low_y, 0.1))
    shift = (width - scale * (high_x - low_x)) / 2
    drawing.height = scale * (high_y - low_y) + 4

    def placed(x: float, y: float) -> tuple[float, float]:
        return shift + (x - low_x) * scale, 2 + (y - low_y) * scale

    for n, (_, ring) in enumerate(plan.rooms):
        corners = [number for x, y in ring for number in placed(x, y)]
        fill = HexColor("#cfe0f8") if n == plan.marked else HexColor("#ffffff")
        drawing.add(Polygon(corners, fillColor=fill, strokeColor=MUTED, strokeWidth=0.6))
    for n, (name, ring) in enumerate(plan.rooms):
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        x, y = placed((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
        fits = text_width(name, SMALL) < scale * (max(xs) - min(xs)) - 2
        if fits or n == plan.marked:
            put_text(drawing, x, y - 2.5, name, anchor="middle")
    if plan.spot is not None:
        x, y = placed(*plan.spot)
        drawing.add(Circle(x, y, 4, fillColor=WARM, strokeColor=HexColor("#ffffff"), strokeWidth=1))
    return drawing

"""Viewport of the plan: converts between metres (y up) and pixels (y down)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF

from twin.model.drawing import Spot

NEAREST, FARTHEST = 2000.0, 0.5
"""Maximum and minimum scale in pixels per metre."""


@dataclass(frozen=True, slots=True)
class PlanViewport:
    """Scale, size of the widget in pixels, and the spot (metres) at its middle."""

    px_per_m: float
    middle: Spot
    size: QSizeF

    def px(self, at: Spot) -> QPointF:
        """Converts a spot in metres to pixels."""
        return QPointF(
            (at[0] - self.middle[0]) * self.px_per_m + self.size.width() / 2,
            (self.middle[1] - at[1]) * self.px_per_m + self.size.height() / 2,
        )

    def m(self, at: QPointF) -> Spot:
        """Converts pixels to a spot in metres."""
        return (
            (at.x() - self.size.width() / 2) / self.px_per_m + self.middle[0],
            self.middle[1] - (at.y() - self.size.height() / 2) / self.px_per_m,
        )

    def zoomed(self, factor: float, at: QPointF) -> PlanViewport:
        """The viewport scaled by `factor`; the spot under the pixel `at` keeps its place."""
        scale = min(max(self.px_per_m * factor, FARTHEST), NEAREST)
        fixed = self.m(at)
        shift = 1 - self.px_per_m / scale
        x, y = self.middle
        return PlanViewport(scale, (x + (fixed[0] - x) * shift, y + (fixed[1] - y) * shift), self.size)

    def moved(self, by: QPointF) -> PlanViewport:
        """The viewport panned by this many pixels."""
        x, y = self.middle
        return PlanViewport(self.px_per_m, (x - by.x() / self.px_per_m, y + by.y() / self.px_per_m), self.size)

    def showing(self, box: QRectF, margin_px: float = 56.0) -> PlanViewport:
        """The viewport in which this box of the plan (metres; top is its lowest y) fills the widget."""
        wide = max(self.size.width() - 2 * margin_px, 50.0) / max(box.width(), 1.0)
        high = max(self.size.height() - 2 * margin_px, 50.0) / max(box.height(), 1.0)
        centre = box.center()
        return PlanViewport(min(max(min(wide, high), FARTHEST), 250.0), (centre.x(), centre.y()), self.size)

    @property
    def box(self) -> QRectF:
        """The visible part of the plan (metres; top is its lowest y)."""
        wide, high = self.size.width() / self.px_per_m, self.size.height() / self.px_per_m
        return QRectF(self.middle[0] - wide / 2, self.middle[1] - high / 2, wide, high)

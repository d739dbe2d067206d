"""Viewport of the plan: converts between metres (y up) and pixels (y down)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF

from twin.model.drawing import Spot

NEAREST, FARTHEST = 2000.0, 0.5
"""Pixels per metre."""


@dataclass(frozen=True, slots=True)
class PlanViewport:
    """A scale and the spot in the middle of the widget."""

    px_per_m: float
    middle: Spot
    size: QSizeF

    def px(self, at: Spot) -> QPointF:
        """A spot on the widget."""
        return QPointF(
            (at[0] - self.middle[0]) * self.px_per_m + self.size.width() / 2,
            (self.middle[1] - at[1]) * self.px_per_m + self.size.height() / 2,
        )

    def m(self, at: QPointF) -> Spot:
        """The spot under a pixel."""
        return (
            (at.x() - self.size.width() / 2) / self.px_per_m + self.middle[0],
            self.middle[1] - (at.y() - self.size.height() / 2) / self.px_per_m,
        )

    def zoomed(self, factor: float, at: QPointF) -> PlanViewport:
        """Nearer or farther; what lies under the pixel stays there."""
        scale = min(max(self.px_per_m * factor, FARTHEST), NEAREST)
        fixed = self.m(at)
        shift = 1 - self.px_per_m / scale
        x, y = self.middle
        return PlanViewport(scale, (x + (fixed[0] - x) * shift, y + (fixed[1] - y) * shift), self.size)

    def moved(self, by: QPointF) -> PlanViewport:
        """Slid by pixels."""
        x, y = self.middle
        return PlanViewport(self.px_per_m, (x - by.x() / self.px_per_m, y + by.y() / self.px_per_m), self.size)

    def showing(self, box: QRectF, margin_px: float = 56.0) -> PlanViewport:
        """A box of the plan (metres; top is its lowest y) filling the widget."""
        wide = max(self.size.width() - 2 * margin_px, 50.0) / max(box.width(), 1.0)
        high = max(self.size.height() - 2 * margin_px, 50.0) / max(box.height(), 1.0)
        centre = box.center()
        return PlanViewport(min(max(min(wide, high), FARTHEST), 250.0), (centre.x(), centre.y()), self.size)

    @property
    def box(self) -> QRectF:
        """The part of the plan that is in sight (metres; top is its lowest y)."""
        wide, high = self.size.width() / self.px_per_m, self.size.height() / self.px_per_m
        return QRectF(self.middle[0] - wide / 2, self.middle[1] - high / 2, wide, high)

# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Chart axes that format their labels in the user's language and units, on the clock of the site."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import override

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QDate, QTime

from app.i18n.numbers import format_decimal
from app.view.formatting import display_unit, format_date, format_word, to_display
from app.view.site_clock import site_midnight, site_moment, site_time
from app.view.style import colour, current_theme, font
from twin.model.capability import Capability, ValueType

_STEPS_S = (
    1,
    5,
    15,
    30,
    60,
    300,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    86400,
    172800,
    604800,
    1209600,
    2592000,
    7776000,
    31536000,
)
_MINUTE, _HOUR, _DAY, _MONTH = 60, 3600, 86400, 2_592_000


class TimeAxis(pg.AxisItem):
    """Time axis: values are seconds since 1970 (UTC), ticks are at round local times."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.apply_theme()

    def apply_theme(self) -> None:
        """Applies the colours of the current theme."""
        _apply_theme(self)

    @override
    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        span = max(maxVal - minVal, 1e-3)
        wanted = span / max(2.0, size / 95)
        step = next((s for s in _STEPS_S if s >= wanted), _STEPS_S[-1])
        if step < _HOUR:  # no zone's clock changes by less than whole steps of these
            offset = site_moment(int(max(0, minVal)) * 1000).offsetFromUtc()
            first = np.ceil((minVal + offset) / step) * step - offset
            return [(float(step), [float(v) for v in np.arange(first, maxVal, step)])]
        ticks = dict.fromkeys(_local_ticks(site_moment(int(minVal) * 1000).date(), maxVal, step))
        return [(float(step), [tick for tick in ticks if minVal <= tick <= maxVal])]

    @override
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if spacing < _MINUTE:
            skeleton = "Hms"
        elif spacing < _DAY:
            skeleton = "Hm"
        else:
            skeleton = "MMMd" if spacing < _MONTH else "yMMM"
        labels: list[str] = []
        for value in values:
            when = site_moment(int(value) * 1000)
            midnight = spacing < _DAY and when.time().hour() == 0 and when.time().minute() == 0
            labels.append(format_date(when, "MMMd" if midnight else skeleton))
        return labels


def _local_ticks(day: QDate, until_s: float, step: int) -> Iterator[float]:
    """Round local times from a day on, in seconds since 1970: whole hours, midnights, or first days of months; correct
    across clock changes."""
    while (midnight := site_midnight(day).toSecsSinceEpoch()) <= until_s:
        if step >= _MONTH:
            if day.day() == 1 and (day.month() - 1) % min(12, step // _MONTH) == 0:
                yield float(midnight)
            day = day.addDays(1 - day.day()).addMonths(1)
            continue
        if step >= _DAY:
            if day.toJulianDay() % (step // _DAY) == 0:
                yield float(midnight)
        else:
            for s in range(0, _DAY, step):
                yield float(site_time(day, QTime(0, 0).addSecs(s)).toSecsSinceEpoch())
        day = day.addDays(1)


class ValueAxis(pg.AxisItem):
    """Value axis in the displayed unit; points with options show them as words."""

    def __init__(self, side: str = "left") -> None:
        super().__init__(side)
        self._row: Capability | None = None
        self._options: tuple[str, ...] = ()
        self.setWidth(58)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Applies the colours of the current theme."""
        _apply_theme(self)

    def show_row(self, row: Capability, options: tuple[str, ...]) -> None:
        """Sets the capability that the axis shows, and the options of its point."""
        self._row, self._options = row, options if row.type is not ValueType.NUMBER else ()
        self.setLabel(
            escape(display_unit(row)), color=current_theme().muted
        )  # a label is HTML, a raw number's unit is not ours
        self.picture = None
        self.update()

    @override
    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        if self._options:
            return [(1.0, [float(i) for i in range(len(self._options)) if minVal <= i <= maxVal])]
        if self._row is None:
            return []
        # round numbers in the unit that is shown, not in the one that is stored
        low, high = to_display(self._row, minVal), to_display(self._row, maxVal)
        raw = (high - low) / max(2.0, size / 30)
        if not raw > 0:
            return []
        power = 10.0 ** np.floor(np.log10(raw))
        step = power * next(m for m in (1, 2, 5, 10) if m * power >= raw)
        ticks = np.arange(np.ceil(low / step) * step, high + step * 1e-6, step)
        slope = (maxVal - minVal) / (high - low)
        return [(float(step), [float(minVal + (tick - low) * slope) for tick in ticks])]

    @override
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self._options:
            return [
                format_word(self._options[int(v)]) if v == int(v) and 0 <= v < len(self._options) else ""
                for v in values
            ]
        digits = max(0, int(np.ceil(-np.log10(spacing) - 1e-9))) if spacing > 0 else 0
        return [format_decimal(to_display(self._row, v) if self._row else v, digits) for v in values]


def _apply_theme(axis: pg.AxisItem) -> None:
    axis.setStyle(tickFont=font(11), tickLength=0, tickTextOffset=8)
    axis.setPen(colour(current_theme().line))
    axis.setTextPen(colour(current_theme().muted))

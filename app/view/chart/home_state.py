"""The recorded state of the home (at home, away, asleep) as spans of time, and the band that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.i18n import translate
from app.view.array_sets import distinct
from app.view.feed import Feed
from app.view.formatting import format_short_time
from app.view.style import colour, current_theme, font, text_width
from app.view.theme import Theme
from twin.model.history_series import ChartColumns
from twin.model.home_presence import HomeStatus
from twin.model.ids import PointId
from twin.model.problem import Problem
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY

COLUMNS = 400
AGAIN_MS = 60_000
UNKNOWN = HomeStatus().word


@dataclass(frozen=True, slots=True)
class HomeSpan:
    """A time [from, to), UTC ms, with one state: `home`, `away` or `asleep`."""

    from_ms: int
    to_ms: int
    word: str

    @property
    def text(self) -> str:
        """The state in words."""
        return translate(f"home.is.{self.word}")

    def tip(self, now_ms: int) -> str:
        """The state with its times."""
        begin, end = (format_short_time(at, now_ms) for at in (self.from_ms, self.to_ms))
        return f"{self.text}\n{begin} – {end}"


def home_spans(presence: ChartColumns, asleep: ChartColumns, to_ms: int) -> tuple[HomeSpan, ...]:
    """The state from the history of both points, each value held until the next column; what is not known is left out."""
    times = distinct(np.concatenate([presence.time_ms, asleep.time_ms]))
    times = times[times < to_ms]
    at_home, sleeping = (_held(one, times) for one in (presence, asleep))
    words = [
        HomeStatus(at_home=None if np.isnan(here) else bool(here), asleep=bool(np.nan_to_num(sleeps))).word
        for here, sleeps in zip(at_home.tolist(), sleeping.tolist(), strict=True)
    ]
    ends = np.append(times[1:], to_ms)[: len(times)]
    found = list[HomeSpan]()
    for begin, end, word in zip(times.tolist(), ends.tolist(), words, strict=True):
        if found and found[-1].word == word and found[-1].to_ms == begin:
            found[-1] = HomeSpan(found[-1].from_ms, end, word)
        elif word != UNKNOWN:
            found.append(HomeSpan(begin, end, word))
    return tuple(found)


def with_present(spans: tuple[HomeSpan, ...], status: HomeStatus, to_ms: int) -> tuple[HomeSpan, ...]:
    """The spans with the present state behind the last of them: roll-ups end with the last change that was recorded."""
    begin = max(status.since_ms, spans[-1].to_ms if spans else 0)
    if status.word == UNKNOWN or not status.since_ms or begin >= to_ms:
        return spans
    if spans and (spans[-1].to_ms, spans[-1].word) == (begin, status.word):
        return (*spans[:-1], HomeSpan(spans[-1].from_ms, to_ms, status.word))
    return (*spans, HomeSpan(begin, to_ms, status.word))


def _held(columns: ChartColumns, times: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(columns.time_ms):
        return np.full(len(times), np.nan)
    at = np.searchsorted(columns.time_ms, times, side="right") - 1
    return np.where(at >= 0, columns.last[np.maximum(at, 0)], np.nan)


class HomeHistory:
    """Requests the state of one time span at a time; repeats after a minute or for another span."""

    def __init__(self, feed: Feed, show: Callable[[tuple[HomeSpan, ...]], None]) -> None:
        self._feed, self._show = feed, show
        self._asked: tuple[str, int, int] | None = None
        self._busy = False

    def request(self, from_ms: int, to_ms: int) -> None:
        """Requests the spans in [from, to), UTC ms, unless those of about the same time are shown."""
        asked = (self._feed.api.project(), to_ms // AGAIN_MS, to_ms - from_ms)
        if self._busy or asked == self._asked or not asked[0] or to_ms <= from_ms:
            return
        self._asked, self._busy = asked, True
        job = self._feed.api.columns([PointId(HOME_KEY), PointId(ASLEEP_KEY)], from_ms, to_ms, COLUMNS)
        self._feed.when(job, lambda found: self._answered(found, to_ms), self._fail)

    def _answered(self, found: list[ChartColumns], to_ms: int) -> None:
        spans = home_spans(found[0], found[1], to_ms)
        present = self._feed.api.home_presence()
        self._feed.when(present, lambda status: self._known(with_present(spans, status, to_ms)), self._fail)

    def _known(self, spans: tuple[HomeSpan, ...]) -> None:
        self._busy = False
        self._show(spans)

    def _fail(self, _problem: Problem) -> None:
        self._busy = False  # an access to rooms has no state of the home
        self._show(())


def tone(theme: Theme, word: str) -> str:
    """Colour of a state in a theme: as light as the state is awake."""
    return {"home": theme.good, "asleep": theme.accent}.get(word, theme.faint)


def paint_spans(painter: QPainter, spans: Iterable[HomeSpan], box: QRectF, x_of: Callable[[int], float]) -> None:
    """Paints the spans into a box; with their words where the box is high enough and a span is wide enough."""
    theme = current_theme()
    with_words = box.height() >= 14
    for one in spans:
        left, right = (min(box.right(), max(box.left(), x_of(at))) for at in (one.from_ms, one.to_ms))
        if right <= left:
            continue
        part = QRectF(left, box.top(), max(1.0, right - left), box.height())
        painter.fillRect(part, colour(tone(theme, one.word), 0.28 if with_words else 0.8))
        if with_words and text_width(one.text, 11) + 8 < part.width():
            painter.setFont(font(11))
            painter.setPen(colour(theme.text))
            painter.drawText(part, Qt.AlignmentFlag.AlignCenter, one.text)

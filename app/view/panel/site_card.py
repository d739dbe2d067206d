"""Card of one site: alarms, offline devices, power, energy, comfort, age of its data, and when it was last received."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QMenu, QSizePolicy, QWidget

from app.i18n import format_age, in_full, sentence, tr, what
from app.portfolio.site_status import STALE_MS, SiteRank, SiteStatus
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, IconLabel, Label, StatusDot, row, text_label
from app.view.formatting import NOTHING, format_number
from app.view.icon import icon
from app.view.panel.panel_base import CardFrame
from app.view.style import colour, current_theme
from twin.model.capability import CAPABILITIES
from twin.model.site_digest import SiteDigest
from twin.model.text import Text

CARD_PX = 272
"""Least width of a card."""
TONES = {
    SiteRank.CRITICAL: "error", SiteRank.HIGH: "error", SiteRank.UNREACHED: "offline", SiteRank.MEDIUM: "warning",
    SiteRank.LOW: "warning", SiteRank.OFFLINE: "warning", SiteRank.COMFORT: "accent", SiteRank.FINE: "good",
}  # fmt: skip
"""Theme colours by what is worst about a site."""
_ALARM_STYLES = {"error": "reason", "warning": "caution"}
"""Style of the text of alarms by the tone of the gravest."""
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
"""Columns to the right and lines down, by arrow key."""
_POWER, _ENERGY = CAPABILITIES["power"], CAPABILITIES["energy_import"]


def tone_of(status: SiteStatus) -> str:
    """Theme colour of a site; that of one that has not answered yet is `offline`."""
    return TONES[status.rank] if status.asked else "offline"


def alarm_words(digest: SiteDigest) -> str:
    """Alarms by priority: `1 critical, 2 low`; empty for none."""
    counts = enumerate(digest.alarms, 1)
    between = sentence(Text("text.between"))
    return between.join(f"{count} {sentence(Text(f'alarm.priority.{at}'))}" for at, count in counts if count)


def state_words(status: SiteStatus, now_ms: int) -> str:
    """Whether a site answers, and since when not; empty for one that does."""
    if status.live:
        return ""
    if not status.asked and status.received_ms is not None:
        return tr("Asking…, last heard {ago}", ago=format_age(status.received_ms, now_ms))
    if not status.asked:
        return tr("Asking…")
    if status.needs_token:
        return tr("Does not let this computer in")
    if status.received_ms is None:
        return tr("Does not answer")
    return tr("Does not answer, last heard {ago}", ago=format_age(status.received_ms, now_ms))


class SiteCard(CardFrame):
    """Card of a site. Click or arrow keys choose it, double click or Enter opens it, Delete removes it."""

    chosen = Signal(str)
    open_wanted = Signal(str)
    remove_wanted = Signal(str)
    step_wanted = Signal(int, int)
    """An arrow key: columns to the right, lines down."""

    def __init__(self, status: SiteStatus, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._now_ms = now_ms
        self._marked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(CARD_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)  # as high as those beside it
        self.dot, self.name, self.place = StatusDot(), ElidedLabel("", "paneltitle"), ElidedLabel("", "muted")
        self.alarm_icon, self.alarms = IconLabel("alarm", tone="error", size=16), ElidedLabel("", "reason")
        keeping = self.alarm_icon.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.alarm_icon.setSizePolicy(keeping)
        self.state = ElidedLabel("", "faint")
        head = row(self.dot, self.name)
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self.column.addWidget(self.place)
        self.grid, self.figures = QGridLayout(), list[tuple[Label, Label]]()
        self.grid.setHorizontalSpacing(14)
        self.grid.setVerticalSpacing(0)
        for at in range(6):
            title, value = text_label("", "faint"), ElidedLabel("", "")
            self.figures.append((title, value))
            line, column = divmod(at, 3)
            self.grid.addWidget(title, 3 * line, column)
            self.grid.addWidget(value, 3 * line + 1, column)
            self.grid.setColumnStretch(column, 1)
        self.grid.setRowMinimumHeight(2, 6)
        self.column.addSpacing(4)
        self.column.addLayout(self.grid)
        self.column.addSpacing(2)
        alarm_row = row(self.alarm_icon, self.alarms)
        alarm_row.setStretch(1, 1)
        self.column.addLayout(alarm_row)
        self.column.addWidget(self.state)
        self.status = status
        self.show_status(status)

    def show_status(self, status: SiteStatus) -> None:
        """Shows how the site stands; figures of one that does not answer are greyed."""
        self.status = status
        digest, tone = status.digest or SiteDigest(), tone_of(status)
        self.dot.set_tone(tone)
        self.name.setText(status.title)
        self._restyle(self.name, "paneltitle" if status.live else "muted")
        self.place.setText(status.place + (f" · {tr('some rooms only')}" if digest.partial else "") or status.site.at)
        for (title, value), (name, text) in zip(self.figures, self._texts(status, self._now_ms()), strict=True):
            title.setText(name)
            value.setText(text)
            self._restyle(value, "" if status.live else "faint")
        alarms = alarm_words(digest) if status.digest else ""
        shown = alarms or (tr("No alarms") if status.live else "")
        self.alarms.setText(shown)
        self._restyle(self.alarms, _ALARM_STYLES.get(tone, "faint") if alarms and status.live else "faint")
        self.alarm_icon.set_icon("alarm" if alarms else "check", tone if alarms and status.live else "faint")
        self.alarm_icon.setVisible(bool(shown))  # it keeps its place: cards are equally high
        state = state_words(status, self._now_ms())
        self.state.setText(state or (_received(status, self._now_ms())))
        set_tip(self, in_full(status.problem) if status.problem else status.site.at)
        spoken = [status.title, state or tr("live"), shown, what(status.problem) if status.problem else ""]
        spoken += [f"{title.text()} {value.text()}" for title, value in self.figures if value.text() != NOTHING]
        self.setAccessibleName(", ".join(part for part in spoken if part))
        level = "error" if tone == "error" else ""
        if self.property("level") != level:
            self.setProperty("level", level)
            self._restyle(self, "card", always=True)

    def mark(self, on: bool) -> None:
        """Frames the chosen card."""
        if on is not self._marked:
            self._marked = on
            self.update()

    @staticmethod
    def _restyle(widget: QWidget, name: str, *, always: bool = False) -> None:
        if widget.objectName() == name and not always:
            return
        widget.setObjectName(name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)

    def _texts(self, status: SiteStatus, now_ms: int) -> list[tuple[str, str]]:
        digest = status.digest
        titles = [tr("Power"), tr("Today"), tr("Offline"), tr("Uncomfortable"), tr("Gateways down"), tr("Data")]
        if digest is None:
            return [(title, NOTHING) for title in titles]
        age = status.data_age_at(now_ms)
        values = [
            NOTHING if digest.power_w is None else format_number(_POWER, digest.power_w),
            NOTHING if digest.energy_wh is None else _about(digest) + format_number(_ENERGY, digest.energy_wh),
            tr("{part} of {all}", part=digest.offline, all=digest.devices),
            tr("{part} of {all}", part=digest.rooms_outside, all=digest.rooms) if digest.rooms else NOTHING,
            tr("{part} of {all}", part=digest.links_down, all=digest.links) if digest.links else NOTHING,
            NOTHING if age is None else format_age(now_ms - age, now_ms),
        ]
        return list(zip(titles, values, strict=True))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._marked or self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour(current_theme().accent), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 10, 10)
            painter.end()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.chosen.emit(self.status.site.at)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.open_wanted.emit(self.status.site.at)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_wanted.emit(self.status.site.at)
        elif event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit(self.status.site.at)
        elif (step := ARROWS.get(Qt.Key(event.key()))) is not None:
            self.step_wanted.emit(*step)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.chosen.emit(self.status.site.at)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        opens = ("unlock", tr("New token…")) if self.status.needs_token else ("open", tr("Open"))
        for name, text, wanted in (
            (*opens, self.open_wanted), ("remove", tr("Remove from the list…"), self.remove_wanted),
        ):  # fmt: skip
            action = menu.addAction(icon(name, current_theme()), text)
            action.triggered.connect(lambda _=False, wanted=wanted: wanted.emit(self.status.site.at))
        menu.popup(event.globalPos())


def _about(digest: SiteDigest) -> str:
    return "≈ " if digest.energy_estimated else ""


def _received(status: SiteStatus, now_ms: int) -> str:
    """When the digest of a live site came; that its data are old, where they are."""
    if status.data_age_ms is not None and status.data_age_ms > STALE_MS:
        return tr("Live, but its data are old")
    return tr("Live, {ago}", ago=format_age(status.received_ms or now_ms, now_ms))

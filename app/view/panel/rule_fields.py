"""Fields of the rule editor: choose a point or room, a value, hours and days."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import override

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    QStringListModel,
    QTime,
    Signal,
)
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QWidget,
)

from app.i18n import tr
from app.view.control.form_fields import ChoiceBox, ClockBox, NumberBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.formatting import display_unit, format_word, from_display, to_display
from app.view.panel.rule_sentences import MINUTE_MS, WEEKEND, WORKDAYS
from app.view.panel.rule_subjects import RuleSubject
from app.view.panel.search_text import folded
from twin.rules.automation import DayKind, RuleDays
from twin.rules.schedule_edit import NO_VALUE
from twin.rules.selector import Selector

_WIDEST = 1e9
LONGEST_MIN = 24 * 60
MOST_OFFERED = 10
"""Most titles that are shown at once while a name is typed."""


class _WordsFilter(QSortFilterProxyModel):
    """The titles that hold all words of a search, anywhere and in any order."""

    def __init__(self, titles: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._titles, self._folded = titles, list[str]()
        self._words: list[str] = []

    def search(self, text: str) -> None:
        """Offers what fits the text from now on."""
        self._words = folded(text).split()
        if (
            self._words and not self._folded
        ):  # not before something is searched: an editor may have hundreds of these lists
            self._folded = [folded(one) for one in self._titles]
        self.invalidate()

    @override
    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        return all(word in self._folded[source_row] for word in self._words)


class SubjectField(ChoiceBox):
    """Searchable list of points and rooms; words anywhere in the name find it, in any order."""

    picked = Signal()

    def __init__(self, found: Sequence[RuleSubject]) -> None:
        super().__init__()
        self.subjects = tuple(found)
        self._at = {one.selector: at for at, one in enumerate(self.subjects)}
        self._model = QStringListModel([one.title for one in self.subjects])
        listed = QListView()
        listed.setUniformItemSizes(True)  # else every change of the font measures each title
        self.setView(listed)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setModel(self._model)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(24)
        self.setAccessibleName(tr("Point or room"))
        self.offered = _WordsFilter([one.title for one in self.subjects], self)
        self.offered.setSourceModel(self._model)
        completer = QCompleter(self.offered, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(MOST_OFFERED)
        popup = QListView()
        popup.setObjectName("choices")
        popup.setUniformItemSizes(True)
        completer.setPopup(popup)
        popup.ensurePolished()  # the completer measures its rows before it shows them
        self.setCompleter(completer)
        edit = self.lineEdit()
        if edit is not None:
            edit.textEdited.connect(self.offered.search)
            edit.setPlaceholderText(tr("Choose a point or room"))
            edit.editingFinished.connect(self._typed)
        self.setCurrentIndex(-1)
        self.currentIndexChanged.connect(calling(self.picked.emit))

    def _typed(self) -> None:
        """Chooses the subject whose title was typed, or the only one that fits; otherwise restores the title of the chosen
        one."""
        text, at = self.currentText().strip().casefold(), self.currentIndex()
        if at >= 0 and self.subjects[at].title.strip().casefold() == text:
            return  # several may have this title
        fitting = (one for one, subject in enumerate(self.subjects) if subject.title.casefold() == text)
        only = self.offered.mapToSource(self.offered.index(0, 0)).row() if self.offered.rowCount() == 1 else at
        at = next(fitting, only)
        self.setCurrentIndex(at)
        self.setEditText(self.subjects[at].title if at >= 0 else "")

    def subject(self) -> RuleSubject | None:
        """The chosen subject; None while none is."""
        at = self.currentIndex()
        return self.subjects[at] if 0 <= at < len(self.subjects) else None

    def choose_of(self, points: Collection[str]) -> None:
        """Chooses the first subject that is one of these points; nothing where none is."""
        self.setCurrentIndex(next((at for at, one in enumerate(self.subjects) if one.selector.point in points), -1))

    def choose(self, selector: Selector) -> None:
        """Chooses a subject; nothing where it is not in the list."""
        self.setCurrentIndex(self._at.get(selector, -1))


class ValueField(QStackedWidget):
    """A value of a subject: a number in its display unit, or one of its words."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.number, self.word = NumberBox(), ChoiceBox()
        self._subject: RuleSubject | None = None
        self._may_be_none = False
        """Whether no word may be chosen."""
        self._begun = math.nan
        """The number with which the box began; NaN once another one was given."""
        self._given: tuple[float, float] | None = None
        """The canonical number that was given, and what the box shows of it, which is rounded."""
        self.number.setAccessibleName(tr("Value"))
        self.word.setAccessibleName(tr("Value"))
        self.number.setRange(-_WIDEST, _WIDEST)
        for one in (self.number, self.word):
            self.addWidget(one)
        self.number.valueChanged.connect(calling(self.changed.emit))
        self.word.currentIndexChanged.connect(calling(self.changed.emit))

    def follow(self, subject: RuleSubject | None) -> None:
        """Shows the words, or the unit and range, of another subject."""
        if subject == self._subject:
            return
        self._subject, self._given = subject, None
        self.setCurrentWidget(self.word if subject is not None and subject.options else self.number)
        self.word.clear()
        if subject is None:
            return
        self.word.addItems([format_word(one) for one in subject.options])
        self.word.setCurrentIndex(1 if len(subject.options) == 2 else 0)
        low = -_WIDEST if subject.low is None else to_display(subject.row, subject.low)
        high = _WIDEST if subject.high is None else to_display(subject.row, subject.high)
        unit = display_unit(subject.row)
        self.number.setSuffix(f" {unit}" if unit else "")
        self.number.setRange(low, high)
        self.number.setDecimals(0 if subject.row.resolution >= 1 else 1 if subject.row.resolution >= 0.1 else 2)
        self._begun = self.number.value()
        self.begin(below=False)

    def begin(self, *, below: bool) -> None:
        """Shows the usual limit of the subject on this side, where the number is the one that the box began with."""
        subject = self._subject
        if subject is None or subject.options or self.number.value() != self._begun:
            return
        if (usual := subject.usual(below=below)) is not None:
            self.set_value(usual)
            self._begun = self.number.value()

    def follow_words(self, words: Sequence[str]) -> None:
        """Shows these words as they are; the value is the index of the chosen one, NO_VALUE while none is."""
        self._subject = self._given = None
        self._may_be_none = True
        self.setCurrentWidget(self.word)
        self.word.clear()
        self.word.addItems(list(words))

    def value(self) -> float:
        """The canonical number."""
        if self.currentWidget() is self.word:
            if self._may_be_none and self.word.currentIndex() < 0:
                return NO_VALUE
            return float(max(0, self.word.currentIndex()))
        subject, shown = self._subject, self.number.value()
        if self._given is not None and self._given[1] == shown:
            return self._given[0]
        return shown if subject is None else round(from_display(subject.row, shown), 6)

    def set_value(self, value: float) -> None:
        """Shows a canonical number."""
        self._begun = math.nan
        if self.currentWidget() is self.word or value == NO_VALUE:
            self._may_be_none |= value == NO_VALUE
            self.word.setCurrentIndex(-1 if value == NO_VALUE else int(value))
        elif self._subject is not None:
            subject = self._subject
            low = -math.inf if subject.low is None else subject.low
            high = math.inf if subject.high is None else subject.high
            self._given = None
            self.number.setValue(to_display(subject.row, value))
            if low <= value <= high:
                self._given = value, self.number.value()


class DurationField(WholeNumberBox):
    """Minutes; none is `at once`."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, LONGEST_MIN)
        self.setSpecialValueText(tr("a moment"))
        self.setSuffix(f" {tr('min')}")
        self.setAccessibleName(tr("For so long"))

    def ms(self) -> int:
        """The duration, ms."""
        return self.value() * MINUTE_MS


class ClockField(ClockBox):
    """A minute of the day."""

    def __init__(self, name: str, minute: int) -> None:
        super().__init__(QTime(minute // 60 % 24, minute % 60))
        self.setDisplayFormat("HH:mm")
        self.setAccessibleName(name)

    def minute(self) -> int:
        """The minute of the day."""
        return self.time().hour() * 60 + self.time().minute()

    def set_minute(self, minute: int) -> None:
        """Shows a minute of the day."""
        self.setTime(QTime(minute // 60 % 24, minute % 60))


class DaysField(ChoiceBox):
    """Every day, working days, weekends, or days off and workdays by the calendar."""

    def __init__(self) -> None:
        super().__init__()
        self._days = (
            RuleDays(), RuleDays(weekdays=WORKDAYS), RuleDays(weekdays=WEEKEND), RuleDays(kind=DayKind.WORKDAY),
            RuleDays(kind=DayKind.DAY_OFF),
        )  # fmt: skip
        self.addItems([tr("Every day"), tr("Monday to Friday"), tr("Weekends"), tr("Workdays"), tr("Days off")])
        self.setAccessibleName(tr("Days"))

    def days(self) -> RuleDays:
        """The chosen days."""
        return self._days[self.currentIndex()]

    def set_days(self, days: RuleDays) -> None:
        """Chooses days; nothing where the list has not these."""
        if days in self._days:
            self.setCurrentIndex(self._days.index(days))


def together(*widgets: QWidget) -> QWidget:
    """These widgets side by side, in one."""
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(6)
    for one in widgets:
        line.addWidget(one, 1 if isinstance(one, SubjectField) else 0)
    if not any(isinstance(one, SubjectField) for one in widgets):
        line.addStretch(1)
    return made

"""The alarms panel: active and hidden alarms with their actions, and proposals of alarms to watch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QToolButton, QWidget

from app.i18n import sentence, tr, translate
from app.view.control.safe_text import LINES
from app.view.control.slots import taking
from app.view.control.widgets import IconLabel, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time, format_value
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.shelve_dialog import ShelveDialog
from app.work_orders import order_of_alarm
from twin.model.alarm import AlarmOverlay, AlarmStatus, listed
from twin.model.change import AlarmsChanged, Change, TwinChanged
from twin.model.observation import Quality, decode
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_act import Acknowledge, AlarmAct, Reset, ReturnToService, Shelve, Unshelve
from twin.rules.alarm_list import alarm_title, watches_what_is_there
from twin.rules.alarm_proposals import AlarmProposal, proposals
from twin.rules.definition_body import read_rules

if TYPE_CHECKING:
    from app.view.panel.alarm_metrics_page import AlarmMetricsPage

SHOWN = 40
"""Maximum number of listed alarms; the rest is counted."""
LOOKS = ("hour", "show")
"""Words of the buttons that change nothing; they have a line of their own."""
WATCHED = LINES - 1
"""Maximum number of watched alarms that are named; the rest is counted on the label's last line."""


def tone(alarm: AlarmStatus) -> str:
    """The theme tone of an alarm: `error` if grave, `warning` if not, `muted` if over or hidden."""
    if not alarm.active or alarm.overlay:
        return "muted"
    return "error" if alarm.grave else "warning"


def newest_value(alarm: AlarmStatus, feed: Feed) -> str:
    """The live value of an alarm's point as text; empty if unknown or stale."""
    point = feed.twin.point_of.get(alarm.point) if alarm.point is not None else None
    at = feed.live.index(point.id) if point is not None else None
    if point is None or at is None or feed.live.quality[at] >= Quality.STALE:
        return ""
    return format_value(point, decode(point, float(feed.live.value[at]), feed.strings))


def facts(alarm: AlarmStatus, feed: Feed, value: str = "") -> list[str]:
    """Texts of an alarm: priority, state, room, value, start and end, acknowledgement, uncertainty."""
    twin = feed.twin
    state = (
        translate(f"alarm.overlay.{alarm.overlay.value}") if alarm.overlay else translate(f"alarm.phase.{alarm.phase}")
    )
    facts = [translate(f"alarm.priority.{alarm.priority}"), state]
    room = twin.room_of.get(alarm.room) if alarm.room is not None else None
    facts += [room.title] if room is not None else []
    facts += [value] if value else []
    facts += [tr("since {time}", time=format_time(alarm.raised_ms))] if alarm.raised_ms else []
    facts += [tr("until {time}", time=format_time(alarm.until_ms))] if alarm.until_ms else []
    facts += [tr("acknowledged by {name}", name=alarm.acked_by)] if alarm.acked_by and alarm.active else []
    facts += [tr("not known now")] if alarm.uncertain else []
    return facts


def device_notes(alarm: AlarmStatus) -> list[str]:
    """Sentences about the device that raises an alarm: its words, and why it is not told yet of the acknowledgement."""
    notes = [translate("alarm.device_says", message=alarm.message)] if alarm.message else []
    return [*notes, *([sentence(Text("alarm.untold_card", why=alarm.untold))] if alarm.untold is not None else [])]


def watched_titles(twin: Twin) -> tuple[Text, ...]:
    """The titles of all alarms that are on; those that cannot be read are left out."""
    alarms = read_rules(twin.definitions).alarms.values()
    return tuple(alarm_title(one, twin) for one in alarms if watches_what_is_there(one, twin))


class AlarmsPanel(CardPanel):
    """Lists the alarms by urgency and age, hidden ones last, and offers alarms that fit the building below."""

    title, icon = "Alarms", "alarm"
    flown = Signal(str)
    """The user wants to see this device or room (its id)."""
    replayed = Signal(object)
    """The user wants to see the hour before this AlarmStatus was raised."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._stale = True
        self._proposed = self.add_query(lambda twin: feed.api.compute(partial(proposals, twin)), self._offer)
        self._titles = self.add_query(lambda twin: feed.api.compute(partial(watched_titles, twin)), self._name_watched)
        self.none, self.more = text_label("", "muted", wrap=True), text_label("", "faint", wrap=True)
        self.unsupported = text_label("", "faint", wrap=True)
        self.present = text_label("", "reason", wrap=True)
        self.acknowledge_all = QPushButton()
        self.acknowledge_all.clicked.connect(self._acknowledge_all)
        self.offers_title = text_label("", "paneltitle", wrap=True)
        self.watched_title, self.watched = text_label("", "paneltitle", wrap=True), text_label("", "faint", wrap=True)
        self.tools = QWidget()
        self.tools.setLayout(row(1, self.acknowledge_all))
        self.cards = self.add_list(self.present, self.tools, self.none)
        self.offers = self.add_list(self.more, self.offers_title)
        for widget in (self.watched_title, self.watched, self.unsupported):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.views = QButtonGroup(self)
        self.metrics: AlarmMetricsPage | None = None
        """The metrics; made when they are first shown."""
        self._add_views()
        self.retranslate()

    def _add_views(self) -> None:
        """Adds the choice between the list and the metrics above both."""
        chips = row(spacing=4)
        chips.setContentsMargins(14, 8, 14, 6)
        for number in range(2):
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setChecked(not number)
            self.views.addButton(chip, number)
            chips.addWidget(chip)
        chips.addStretch(1)
        self.outer.insertLayout(0, chips)
        self.views.idClicked.connect(taking(int, lambda number: self.show_metrics(bool(number))))

    def show_metrics(self, on: bool) -> None:
        """Shows the metrics in place of the list, or the list again."""
        self.views.button(int(on)).setChecked(True)
        if self.metrics is None and on:
            from app.view.panel.alarm_metrics_page import AlarmMetricsPage  # not before it is shown

            self.metrics = AlarmMetricsPage(self.feed)
            self.metrics.edit_wanted.connect(taking(str, self._edit))
            self.outer.addWidget(self.metrics, 1)
        self.area.setVisible(not on)
        if self.metrics is not None:
            self.metrics.setVisible(on)

    def _edit(self, id: str) -> None:
        from app.view.panel.alarm_editor import open_alarm_editor  # not before it is used

        open_alarm_editor(self, self.feed, id)

    @override
    def retranslate(self) -> None:
        for chip, text in zip(self.views.buttons(), (tr("List"), tr("Metrics")), strict=True):
            chip.setText(text)
        if self.metrics is not None:
            self.metrics.retranslate()
        self.present.setText(tr("These are the alarms of now, not of the moment that is shown."))
        self.acknowledge_all.setText(tr("Acknowledge all"))
        self.none.setText(tr("No alarm stands."))
        self.offers_title.setText(tr("Could be watched here"))
        self.watched_title.setText(tr("Watched alarms"))
        self.unsupported.setText(tr("Limits, delays and instructions of alarms are changed on the page Rules."))
        self.drop_cards()
        self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        self._stale |= isinstance(change, AlarmsChanged | TwinChanged)
        if isinstance(change, TwinChanged):
            self._titles.invalidate()
            if not self.feed.diff.only_names:
                self._proposed.invalidate()

    @override
    def refresh(self) -> None:
        if self._stale:
            self._stale = False
            self._list()
        super().refresh()
        self.present.setVisible(self.feed.past is not None)
        for card in self.findChildren(AlarmCard):
            card.show_value()

    @override
    def drop_cards(self) -> None:
        super().drop_cards()
        self.watched_title.hide()
        self.watched.hide()
        self._stale = True

    def _list(self) -> None:
        found = listed(self.feed.alarms)
        # a card stays while all that it says is the same, the names of room and point too
        self.cards.show({(one, *facts(one, self.feed)): partial(AlarmCard, self, one) for one in found[:SHOWN]})
        self.none.setVisible(not found)
        self.tools.setVisible(any(one.standing and one.needs_ack for one in found))
        self.more.setText(tr("%n more alarms", len(found) - SHOWN))
        self.more.setVisible(len(found) > SHOWN)

    def _offer(self, found: tuple[AlarmProposal, ...]) -> None:
        self.offers_title.setVisible(bool(found))
        self.offers.show({one: partial(self._offer_card, one) for one in found})

    def _name_watched(self, titles: tuple[Text, ...]) -> None:
        named = [sentence(one) for one in titles[:WATCHED]]
        if len(titles) > WATCHED:
            named.append(tr("%n more alarms", len(titles) - WATCHED))
        self.watched.setText("\n".join(named))
        for one in (self.watched_title, self.watched):
            one.setVisible(bool(named))

    def _offer_card(self, offer: AlarmProposal) -> CardFrame:
        card = CardFrame()
        words = translate(f"alarm.group.{offer.group}")
        watch = button(tr("Watch"))
        watch.setAccessibleName(f"{tr('Watch')}: {words}")
        watch.clicked.connect(lambda: self._accept(offer))
        card.column.addWidget(text_label(words, "", wrap=True))
        card.column.addLayout(row(text_label(tr("%n alarms", len(offer.alarms)), "faint"), 1, watch))
        return card

    def _accept(self, offer: AlarmProposal) -> None:
        self.feed.when(self.feed.api.change_definitions(offer.edits), lambda _: None)

    def act(self, alarms: Sequence[AlarmStatus], act: AlarmAct) -> None:
        """Sends an action on alarms to the engine; a refusal becomes a problem."""
        if alarms:
            self.feed.when(self.feed.api.act_on_alarms([one.id for one in alarms], act), lambda _: None)

    def _acknowledge_all(self) -> None:
        waiting = [one for one in listed(self.feed.alarms) if one.standing and one.needs_ack]
        self.act(waiting, Acknowledge())

    def open_work_order(self, alarm: AlarmStatus) -> None:
        """Opens the dialog of a new work order for an alarm."""
        from app.view.panel.work_order_page import WorkOrderDialog  # not before it is used

        made = order_of_alarm(
            f"work-{token_hex(4)}", alarm, sentence(alarm.title), sentence(alarm.what_to_do), self.feed.api.now_ms(), ""
        )
        WorkOrderDialog(self, self.feed, made).open()


class AlarmCard(CardFrame):
    """Card of one alarm: title, facts, words of its device, reason or instruction, and buttons for the possible actions."""

    def __init__(self, panel: AlarmsPanel, alarm: AlarmStatus) -> None:
        super().__init__()
        self.panel, self.alarm = panel, alarm
        title = sentence(alarm.title)
        self.setAccessibleName(f"{translate(f'alarm.priority.{alarm.priority}')}: {title}")
        head = row(IconLabel("alarm", tone=tone(alarm), size=18), text_label(title, "paneltitle", wrap=True))
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self._value = newest_value(alarm, panel.feed)
        self.facts = text_label(" · ".join(facts(alarm, panel.feed, self._value)), "muted", wrap=True)
        self.column.addWidget(self.facts)
        for said in device_notes(alarm):
            self.column.addWidget(text_label(said, "", wrap=True, select=True))
        if alarm.why is not None:
            self.column.addWidget(text_label(sentence(alarm.why), "faint", wrap=True, select=True))
        elif alarm.what_to_do is not None and alarm.active:
            self.column.addWidget(text_label(sentence(alarm.what_to_do), "muted", wrap=True))
        self.buttons = {words: self._button(words, title) for words in self._offered()}
        for looks in (False, True):
            self.column.addLayout(row(*(one for word, one in self.buttons.items() if (word in LOOKS) is looks), 1))

    def show_value(self) -> None:
        """Updates the text if the value of the alarm's point changed."""
        if (value := newest_value(self.alarm, self.panel.feed)) != self._value:
            self._value = value
            self.facts.setText(" · ".join(facts(self.alarm, self.panel.feed, value)))

    def _offered(self) -> list[str]:
        """Words of the actions that are possible in the alarm's state."""
        alarm, words = self.alarm, list[str]()
        if alarm.overlay is AlarmOverlay.SHELVED:
            words.append("unshelve")
        elif alarm.overlay is AlarmOverlay.OUT_OF_SERVICE:
            words.append("in_service")
        elif alarm.standing:
            words += ["acknowledge"] if alarm.needs_ack else []
            words += ["reset"] if alarm.phase == "latched_ack" else []
            words += ["shelve"] if alarm.longest_shelf_ms else []
            words += ["work", "hour"]
        return [*words, "show"] if alarm.device or alarm.room else words

    def _button(self, word: str, title: str) -> QPushButton:
        words = {
            "acknowledge": tr("Acknowledge"),
            "reset": tr("Reset"),
            "shelve": tr("Shelve…"),
            "unshelve": tr("Unshelve"),
            "in_service": tr("Back in service"),
            "work": tr("Work order…"),
            "hour": tr("The hour before"),
            "show": tr("Show"),
        }[word]
        made = button(words, "primary" if word == "acknowledge" else "")
        made.setAccessibleName(f"{words}: {title}")
        made.clicked.connect(lambda: self._do(word))
        return made

    def _do(self, word: str) -> None:
        alarm, panel = self.alarm, self.panel
        if word == "show":
            panel.flown.emit(str(alarm.device or alarm.room))
        elif word == "hour":
            panel.replayed.emit(alarm)
        elif word == "work":
            panel.open_work_order(alarm)
        elif word == "shelve":
            ShelveDialog(self, alarm.longest_shelf_ms, self._shelve).open()
        else:
            acts = {
                "acknowledge": Acknowledge(),
                "reset": Reset(),
                "unshelve": Unshelve(),
                "in_service": ReturnToService(),
            }
            panel.act([alarm], acts[word])

    def _shelve(self, for_ms: int, why: str) -> None:
        self.panel.act([self.alarm], Shelve(for_ms=for_ms, why=why))

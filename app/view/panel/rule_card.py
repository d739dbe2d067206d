"""Card of one automation, schedule or scene on the rules panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.i18n import sentence, tr, translate
from app.view.control.safe_text import set_tip
from app.view.control.widgets import IconButton, ToggleSwitch, button, row, text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.formatting import format_reason, format_time
from app.view.panel.panel_base import CardFrame
from app.view.panel.rule_editor import automation_words
from app.view.panel.rule_runs import RuleRunsDialog
from app.view.panel.rule_subjects import point_subject
from twin.model.definition import Definition, DefinitionKind
from twin.model.problem import ProblemError
from twin.model.rule_status import RuleStatus
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.automation import Automation
from twin.rules.definition_body import RuleValue, read_body


class RuleCardHost(Protocol):
    """What a card asks of its panel."""

    @property
    def feed(self) -> Feed:
        """The engine and the twin."""
        ...

    def enable(self, kind: DefinitionKind, id: str, *, on: bool) -> None:
        """Turns a definition on or off."""
        ...

    def delete(self, kind: DefinitionKind, id: str) -> None:
        """Deletes a definition."""
        ...

    def run(self, status: RuleStatus) -> None:
        """Starts an automation, or sets a scene."""
        ...

    def preview(self, scene: str) -> None:
        """Paints a scene in 3D and sends nothing; an empty id ends it."""
        ...

    def put_back(self, scene: str) -> None:
        """Returns a scene's points to where they were before it was set."""
        ...

    def edit(self, kind: DefinitionKind, id: str) -> None:
        """Opens the editor."""
        ...


def facts(status: RuleStatus) -> list[str]:
    """Texts of a rule: kind, state, last and next run on the clock of the site."""
    found = [translate(f"rules.kind.{status.kind}")]
    if not status.readable:
        found.append(tr("cannot be read"))
    elif status.circles_since_ms:
        found.append(tr("stopped: it went in circles"))
    elif status.running:
        found.append(tr("running"))
    if status.is_active:
        found.append(translate("scene.active"))
    elif status.is_nearly_active:
        found.append(translate("scene.nearly", n=len(status.differs)))
    found += [tr("last run {time}", time=format_time(status.last_run_ms))] if status.last_run_ms else []
    found += [tr("next run {time}", time=format_time(status.next_run_ms))] if status.next_run_ms else []
    return found


class RuleCard(CardFrame):
    """Card of one automation, schedule or scene; it stays while the rule does, and follows it with `show_rule`."""

    def __init__(self, host: RuleCardHost, status: RuleStatus, definition: Definition | None) -> None:
        super().__init__()
        self.host, self.status, self.kind = host, status, DefinitionKind(status.kind)
        self._definition: Definition | None = None
        self._twin: Twin | None = None
        self._value: RuleValue | None = None
        self._title, self.switch = text_label("", "paneltitle", wrap=True), ToggleSwitch()
        self.switch.clicked.connect(lambda: host.enable(self.kind, self.status.id, on=not self.status.enabled))
        head = row(self._title, self.switch)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        self._facts, self._words = text_label("", "muted", wrap=True), text_label("", "", wrap=True)
        self.answer = text_label("", "faint", wrap=True)
        self.answer.hide()
        self.delete = IconButton("remove", tr("Delete"), size=16)
        self.delete.clicked.connect(lambda: host.delete(self.kind, self.status.id))
        self._all = {name: self._button(name) for name in _BUTTONS[self.kind]}
        for one in (self._facts, self._words):
            self.column.addWidget(one)
        foot = QHBoxLayout()
        foot.addLayout(WrappingRow(*self._all.values()), 1)
        foot.addWidget(self.delete, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(foot)
        self.column.addWidget(self.answer)
        self._show(definition)

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """The buttons of what can be done now, by name."""
        return {name: one for name, one in self._all.items() if one.isVisibleTo(self)}

    def show_rule(self, status: RuleStatus, definition: Definition | None) -> None:
        """Shows how the rule stands now; costs nothing where nothing changed."""
        if status != self.status or definition is not self._definition:
            self.status = status
            self._show(definition)

    def is_worded_for(self, twin: Twin) -> bool:
        """Whether the names in its words are those of this twin."""
        return self._twin is twin or self.kind is not DefinitionKind.AUTOMATION

    def show_words(self) -> None:
        """Shows what the rule does, in words; nothing where it cannot be read."""
        self._twin = self.host.feed.twin
        words = automation_words(self._value, self.host.feed) if isinstance(self._value, Automation) else ""
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _show(self, definition: Definition | None) -> None:
        status, title = self.status, sentence(self.status.title)
        if definition is not self._definition or self._twin is None:
            self._definition, self._value = definition, _read(self.kind, definition)
            self.show_words()
        self.setAccessibleName(title)
        self._title.setText(title)
        self._facts.setText(" · ".join(facts(status)))
        set_tip(self._facts, "\n".join(self._differing()))
        show_enabled(self.switch, title, on=status.enabled)
        self.delete.setAccessibleName(f"{tr('Delete')}: {title}")
        able = {"run": status.enabled and status.readable, "edit": self._value is not None}
        able["set"] = able["why"] = able["preview"] = able["run"]
        able["runs"] = True
        able["put_back"], able["rename"] = status.can_put_back, able["edit"]
        for name, made in self._all.items():
            made.setVisible(able[name])
            made.setAccessibleName(f"{made.text()}: {title}")

    def _differing(self) -> list[str]:
        """Names of the points that keep a scene from being set."""
        twin = self.host.feed.twin
        return [point_subject(point, twin).title for id in self.status.differs if (point := twin.point_of.get(id))]

    def _button(self, name: str) -> QPushButton:
        words = {"run": tr("Run now"), "set": tr("Set"), "edit": tr("Edit…"), "why": tr("Why not?"), "runs": tr("Runs…"),
                 "preview": tr("Preview"), "put_back": tr("Put back"),
                 "rename": tr("Rename…")}[name]  # fmt: skip
        made = button(words)
        made.setCheckable(name == "preview")
        made.clicked.connect(lambda: self._do(name))
        return made

    def _do(self, name: str) -> None:
        feed = self.host.feed
        if name in ("edit", "rename"):
            self.host.edit(self.kind, self.status.id)
        elif name == "why":
            feed.when(feed.api.why_not(self.status.id, feed.selection.state.moment_ms or 0), self._show_why)
        elif name == "runs":
            RuleRunsDialog(self.window(), feed, self.status).show()
        elif name == "preview":
            self.host.preview(self.status.id if self._all[name].isChecked() else "")
        elif name == "put_back":
            self.host.put_back(self.status.id)
        else:
            self.host.run(self.status)

    def show_preview(self, scene: str) -> None:
        """Shows on the button which scene is previewed."""
        if (made := self._all.get("preview")) is not None:
            made.setChecked(scene == self.status.id)

    def _show_why(self, reasons: Sequence[Text]) -> None:
        self.show_answer("\n".join(format_reason(one) for one in reasons) or tr("Nothing stands in its way."))

    def show_answer(self, text: str) -> None:
        """Shows below the buttons what was answered to the one pressed last."""
        self.answer.setText(text)
        self.answer.show()


_BUTTONS = {
    DefinitionKind.AUTOMATION: ("run", "why", "runs", "edit"),
    DefinitionKind.SCHEDULE: ("runs", "edit"),
    DefinitionKind.SCENE: ("set", "preview", "put_back", "rename"),
}


def _read(kind: DefinitionKind, definition: Definition | None) -> RuleValue | None:
    try:
        return read_body(kind, definition) if definition is not None else None
    except ProblemError:
        return None


def show_enabled(switch: ToggleSwitch, title: str, *, on: bool) -> None:
    """Shows on a switch whether a definition is on."""
    switch.setChecked(on)
    switch.setAccessibleName(f"{tr('On')}: {title}" if on else f"{tr('Off')}: {title}")

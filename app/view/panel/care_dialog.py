"""Dialogs of care: the consent with what it is to, and its withdrawal."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr, translate
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import taking
from app.view.control.widgets import row, text_label
from app.view.panel.panel_base import scrolled
from twin.insight.care_judgement import KEPT_DAYS
from twin.insight.care_sources import possible_lamps, possible_sources
from twin.model.care import CareKind, CareRole, CareSetup, CareSource
from twin.model.ids import PointId
from twin.model.twin import Twin

MOST_LETTERS = 80


class ConsentDialog(Dialog):
    """Asks who agrees to be looked after, and to what. Calls `done` with the setup once that person has agreed."""

    def __init__(
        self,
        parent: QWidget,
        twin: Twin,
        known: CareSetup | None,
        done: Callable[[CareSetup], object],
        others: Collection[PointId] = (),
    ) -> None:
        """`others`: sources that others in care have agreed to."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Oikos")
        self.setMinimumSize(460, 480)
        self.person = QLineEdit(known.person if known is not None else "")
        self.person.setMaxLength(MOST_LETTERS)
        self.person.setPlaceholderText(tr("Name of the person"))
        self.person.setAccessibleName(tr("Name of the person"))
        self.sources: dict[PointId, tuple[QCheckBox, ChoiceBox]] = {}
        self.kinds: dict[CareKind, QCheckBox] = {}
        self.contacts: dict[str, QCheckBox] = {}
        self._others = others
        self.lamp, self.agreed = (
            ChoiceBox(),
            QCheckBox(tr("This person has agreed; it is recorded who, when and to what")),
        )
        self.cancel, self.record = QPushButton(tr("Cancel")), QPushButton(tr("Record the consent"))
        self.record.setObjectName("primary")
        self._lay_out(twin, known)
        self.cancel.clicked.connect(self.reject)
        self.record.clicked.connect(self.accept)
        self.agreed.toggled.connect(taking(bool, lambda _: self._check()))
        self.person.textChanged.connect(taking(str, lambda _: self._check()))
        self.accepted.connect(lambda: done(self.setup()))
        self._check()

    def _lay_out(self, twin: Twin, known: CareSetup | None) -> None:
        column, inner = QVBoxLayout(self), QWidget()
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(8)
        column.addWidget(text_label(tr("Who agrees to be looked after?"), "heading", wrap=True))
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addWidget(text_label(translate("care.not_medical"), "muted", wrap=True))
        inside.addWidget(text_label(translate("care.deletes", days=KEPT_DAYS), "muted", wrap=True))
        inside.addWidget(self.person)
        agreed = {one.point for one in known.sources} if known is not None else set[PointId]()
        offered = possible_sources(twin)  # what is ticked stands first: a home has many lamps
        for source, on in sorted(offered, key=lambda one: not (one[0].point in agreed if agreed else one[1])):
            self.sources[source.point] = self._source(inside, source, on=on, twin=twin, known=known)
        inside.addWidget(text_label(tr("Asked for and told"), "paneltitle"))
        for kind in CareKind:
            box = self.kinds[kind] = QCheckBox(translate(f"care.kind.{kind.value}"))
            box.setChecked(known is None or kind in known.kinds)
            inside.addWidget(box)
        self._offer_contacts(inside, twin, known)
        self.lamp.setAccessibleName(tr("Lamp that blinks as the question"))
        self._offer_lamps(twin, known)
        inside.addWidget(text_label(tr("Lamp that blinks as the question"), "muted"))
        inside.addWidget(self.lamp)
        inside.addStretch(1)
        column.addWidget(scrolled(inner), 1)
        column.addWidget(self.agreed)
        column.addLayout(row(1, self.cancel, self.record))

    def _source(
        self, column: QVBoxLayout, source: CareSource, *, on: bool, twin: Twin, known: CareSetup | None
    ) -> tuple[QCheckBox, ChoiceBox]:
        before = {one.point: one.role for one in known.sources} if known is not None else {}
        point = twin.point_of[source.point]
        name = f"{twin.device_of[point.device].name} · {tr(point.capability.title)}"
        shared = source.point in self._others
        box, role = QCheckBox(tr("{name} (common)", name=name) if shared else name), ChoiceBox()
        door = source.role is CareRole.DOOR
        box.setChecked(source.point in before if known is not None else on and (door or not shared))
        role.setAccessibleName(tr("What a sign of it means: {name}", name=box.text()))
        for one in CareRole:
            role.addItem(tr(one.value, about="care"), one.value)
        role.setCurrentIndex([*CareRole].index(before.get(source.point, source.role)))
        line = QHBoxLayout()
        line.addWidget(box, 1)
        line.addWidget(role)
        column.addLayout(line)
        return box, role

    def _offer_contacts(self, column: QVBoxLayout, twin: Twin, known: CareSetup | None) -> None:
        told = [one for one in twin.definitions.recipients if one.enabled]
        if told:
            column.addWidget(text_label(tr("Told when nobody answers"), "paneltitle"))
            nobody = tr("None ticked: all recipients who get alarms of care")
            column.addWidget(text_label(nobody, "muted", wrap=True))
        for one in told:
            box = self.contacts[one.id] = QCheckBox(one.title or one.id)
            box.setChecked(known is not None and one.id in known.contacts)
            column.addWidget(box)

    def _offer_lamps(self, twin: Twin, known: CareSetup | None) -> None:
        self.lamp.addItem(tr("no lamp: only a notification asks"), "")
        for point in possible_lamps(twin):
            self.lamp.addItem(twin.device_of[point.device].name, point.id)
        if known is not None and known.lamp is not None:
            self.lamp.setCurrentIndex(max(0, self.lamp.findData(known.lamp)))

    def setup(self) -> CareSetup:
        """What the person agrees to, as it is entered."""
        sources = tuple(
            CareSource(point=point, role=CareRole(str(role.currentData())))
            for point, (box, role) in self.sources.items()
            if box.isChecked()
        )
        lamp = str(self.lamp.currentData() or "")
        return CareSetup(
            person=self.person.text().strip(), sources=sources, lamp=PointId(lamp) if lamp else None,
            kinds=tuple(kind for kind, box in self.kinds.items() if box.isChecked()),
            contacts=tuple(id for id, box in self.contacts.items() if box.isChecked()),
        )  # fmt: skip

    def _check(self) -> None:
        self.record.setEnabled(self.agreed.isChecked() and bool(self.person.text().strip()))


class WithdrawDialog(Dialog):
    """Asks whether the care ends; `done` gets whether the recordings are deleted, too."""

    def __init__(self, parent: QWidget, done: Callable[[bool], object], *, may_delete: bool = True) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Oikos")
        self.setMinimumWidth(380)
        self.recordings = QCheckBox(tr("Delete what the sensors recorded, too"))
        self.recordings.setVisible(may_delete)
        self.cancel, self.withdraw = QPushButton(tr("Cancel")), QPushButton(tr("Withdraw the consent"))
        self.withdraw.setObjectName("primary")
        self.cancel.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.withdraw.clicked.connect(self.accept)
        self.accepted.connect(lambda: done(self.recordings.isChecked()))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Withdraw the consent?"), "heading", wrap=True))
        column.addWidget(
            text_label(
                tr("Nothing is looked at any more, and what was learned is deleted for good."), "muted", wrap=True
            )
        )
        column.addWidget(self.recordings)
        column.addLayout(row(1, self.cancel, self.withdraw))

"""The view of the building tree: how its lines are painted, and which keys are its own."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from app.i18n import tr
from app.view.feed import Feed
from app.view.formatting import format_word
from app.view.icon import current_glyph, icon
from app.view.panel.building_tree_model import TreeRole
from app.view.panel.building_tree_nodes import TreeNode, shown_value
from app.view.shown_moment import is_shown_online
from app.view.style import colour, current_theme, font, mix
from app.view.theme import ROW_PX
from twin.model.device import Point
from twin.model.ids import RoomId, StoreyId
from twin.model.kind import KINDS
from twin.model.observation import Quality

_LOOKS = (QEvent.Type.StyleChange, QEvent.Type.FontChange)
_ICONS = {"storey": "storey", "room": "room", "unplaced": "inbox", "undecided": "inbox"}


class TreeRowDelegate(QStyledItemDelegate):
    """Paints a line: icon, name, and value at the right; hidden or offline things are faint."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_PX)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        node = index.data(TreeRole.NODE)
        if not isinstance(node, TreeNode):
            return
        theme, box = current_theme(), QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        online = node.device is None or is_shown_online(self._feed, node.device.id)
        seen = self._seen(node)
        x = box.left()
        picture = self._picture(node)
        lit = online and self._is_on(node.point)
        tone = "faint" if not (online and seen) else "accent" if lit else "muted"
        icon(picture, theme, tone).paint(painter, QRect(x, box.top() + (box.height() - 18) // 2, 18, 18))
        value, value_tone = self._value(node, online), theme.muted if online else theme.faint
        painter.setFont(font(12))
        width = painter.fontMetrics().horizontalAdvance(value) if value else 0
        painter.setPen(colour(value_tone))
        right = box.right() - 12
        painter.drawText(QRect(right - width, box.top(), width + 2, box.height()), Qt.AlignmentFlag.AlignVCenter, value)
        painter.setFont(font(strong=node.kind == "storey"))
        painter.setPen(colour(theme.text if seen and online else theme.faint))
        room = right - width - 10 - (x + 26)
        name = painter.fontMetrics().elidedText(node.title, Qt.TextElideMode.ElideRight, max(10, room))
        painter.drawText(QRect(x + 26, box.top(), max(10, room), box.height()), Qt.AlignmentFlag.AlignVCenter, name)

    def _seen(self, node: TreeNode) -> bool:
        """Whether the node's storey, room or device is not hidden in the 3D view."""
        visibility, twin = self._feed.selection.state.visibility, self._feed.twin
        if not visibility:
            return True
        if node.device is not None:
            return visibility.shows(node.device, twin.room_of.get(node.device.room) if node.device.room else None)
        if room := twin.room_of.get(RoomId(node.id)):
            return visibility.shows_room(room)
        storey = twin.storey_of.get(StoreyId(node.id))
        return storey is None or visibility.shows_storey(storey, (r for r in twin.rooms if r.storey == storey.id))

    def _value(self, node: TreeNode, online: bool) -> str:
        if node.device is None:
            count = node.count() or len(node.children) * (node.kind == "undecided")
            return str(count) if count else ""
        if node.point is None:
            return "" if online else tr("offline")
        value, quality, _ = self._feed.value(node.point)
        if online and value is None and quality == Quality.BAD:
            return format_word("unknown")
        return shown_value(node.point, value, online)

    def _picture(self, node: TreeNode) -> str:
        if node.device is not None:
            return current_glyph(node.device, self._feed.value)
        return KINDS[node.glyph].glyph if node.glyph in KINDS else _ICONS.get(node.kind, "device")

    def _is_on(self, point: Point | None) -> bool:
        return bool(point and point.capability.id == "on_off" and self._feed.value(point)[0] is True)


class BuildingTreeView(QTreeView):
    """The tree view: highlights whole lines, draws chevrons, handles Home, End and Page keys itself."""

    menu_wanted = Signal(str, str, QPoint)
    all_wanted = Signal()
    """The user wants everything selected (Ctrl+A)."""

    @override
    def selectAll(self) -> None:
        """Leaves it to the panel: Qt would select the lines of open branches alone, storeys and rooms among them."""
        self.all_wanted.emit()

    @override
    def drawRow(
        self, painter: QPainter, options: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, box = current_theme(), QRect(options.rect).adjusted(4, 1, -4, -1)  # pyright: ignore[reportAttributeAccessIssue]
        box.setLeft(4)
        state = options.state  # pyright: ignore[reportAttributeAccessIssue]
        picked = self.selectionModel().isSelected(index)
        if picked or state & QStyle.StateFlag.State_MouseOver:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(mix(theme.panel, theme.accent, 0.16) if picked else theme.hover))
            painter.drawRoundedRect(box, 6, 6)
        if picked and index == self.currentIndex() and self.hasFocus():
            painter.setPen(colour(theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 6, 6)
        super().drawRow(painter, options, index)

    @override
    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        if not self.model().rowCount(index):
            return
        chevron = icon("down" if self.isExpanded(index) else "right", current_theme(), "faint")
        chevron.paint(painter, QRect(rect.right() - 16, rect.center().y() - 6, 12, 12))

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in _LOOKS:
            # lines are as high in every style and font: Qt would lay out all of them again, several times a theme
            self.viewport().update()
            return True
        # Home, PgUp and PgDn are shortcuts of the window; inside the tree they are the tree's, as far as they lead anywhere:
        # at its top, where a window begins, Home shows everything
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys, at = Qt.Key, self.currentIndex()
            below = at.isValid() and (at.row() > 0 or at.parent().isValid())
            if event.key() in (keys.Key_PageUp, keys.Key_PageDown, keys.Key_End) or (
                event.key() == keys.Key_Home and below
            ):
                event.accept()
                return True
        return super().event(event)

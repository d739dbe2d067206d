"""Flow picture (Sankey diagram): where energy comes from on the left, where it goes on the right, as bands of its amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import override

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.view.style import colour, current_theme, font

NODE_PX, GAP_PX, LEAST_PX, TEXT_PX = 8, 6, 2.0, 11
LINE_PX = 16
"""Height that a node with its text needs."""


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One end of the flows: its name, amount and text of the amount; `pale` for what is not metered separately."""

    key: str
    name: str
    amount: float
    text: str
    pale: bool = False


class FlowPicture(QWidget):
    """Bands from sources to uses, which share the height by their amounts; a click on a use is signalled with its key."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.sources: tuple[FlowNode, ...] = ()
        self.uses: tuple[FlowNode, ...] = ()
        self._places: list[tuple[QRectF, str]] = []

    def show_flows(self, sources: Sequence[FlowNode], uses: Sequence[FlowNode], name: str) -> None:
        """Draws these flows; nodes without an amount above 0 are left out."""
        self.sources = tuple(one for one in sources if one.amount > 0)
        self.uses = tuple(one for one in uses if one.amount > 0)
        self.setFixedHeight(max(90, (LINE_PX + GAP_PX) * max(len(self.uses), len(self.sources)) + 80))
        self.setAccessibleName(name)
        self.setAccessibleDescription("; ".join(f"{one.name} {one.text}" for one in (*self.sources, *self.uses)))
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        for box, key in self._places:
            if box.contains(event.position()):
                self.chosen.emit(key)
                return

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._places = []
        if not self.sources or not self.uses:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(TEXT_PX))
        side = self.width() * 0.36
        left = self._nodes(self.sources, side * 0.7)
        right = self._nodes(self.uses, self.width() - side - NODE_PX)
        self._bands(painter, left, right)
        for nodes, boxes, is_left in ((self.sources, left, True), (self.uses, right, False)):
            for number, (node, box) in enumerate(zip(nodes, boxes, strict=True)):
                self._node(painter, node, box, self._tone(number, is_left=is_left), is_left=is_left)
        painter.end()

    @staticmethod
    def _tone(number: int, *, is_left: bool) -> str:
        series = current_theme().series
        return series[(number + (4 if is_left else 0)) % len(series)]

    def _nodes(self, nodes: Sequence[FlowNode], x: float) -> list[QRectF]:
        """Places of the nodes, one below the other: high by their amount, and at least as high as their text apart."""
        total, boxes, y = sum(one.amount for one in nodes), list[QRectF](), 4.0
        free = self.height() - 8 - (len(nodes) - 1) * GAP_PX - len(nodes) * LINE_PX
        for one in nodes:
            high = LINE_PX + max(0.0, free) * one.amount / total
            boxes.append(QRectF(x, y, NODE_PX, high))
            y += high + GAP_PX
        return boxes

    def _bands(self, painter: QPainter, left: Sequence[QRectF], right: Sequence[QRectF]) -> None:
        """Each use gets of each source in proportion to the source's amount."""
        come, go = sum(one.amount for one in self.sources), sum(one.amount for one in self.uses)
        begun = [box.top() for box in left]
        painter.setPen(Qt.PenStyle.NoPen)
        for number, (use, target) in enumerate(zip(self.uses, right, strict=True)):
            y = target.top()
            tone = colour(self._tone(number, is_left=False), 0.16 if use.pale else 0.34)
            for place, (source, origin) in enumerate(zip(self.sources, left, strict=True)):
                from_px = max(origin.height() * use.amount / go, 0.4)
                to_px = max(target.height() * source.amount / come, 0.4)
                painter.fillPath(_band(origin.right(), begun[place], from_px, target.left(), y, to_px), tone)
                begun[place] += from_px
                y += to_px

    def _node(self, painter: QPainter, node: FlowNode, box: QRectF, tone: str, *, is_left: bool) -> None:
        theme = current_theme()
        painter.fillRect(box, colour(tone, 0.5 if node.pale else 1.0))
        room = QRectF(0, box.top(), box.left() - 6, box.height())
        align = Qt.AlignmentFlag.AlignRight
        if not is_left:
            room = QRectF(box.right() + 6, box.top(), self.width() - box.right() - 8, box.height())
            align = Qt.AlignmentFlag.AlignLeft
            self._places.append((room.united(box), node.key))
        painter.setPen(colour(theme.text))
        amount = f" {node.text}"
        wide = painter.fontMetrics().horizontalAdvance(amount)
        name = painter.fontMetrics().elidedText(node.name, Qt.TextElideMode.ElideRight, int(room.width() - wide))
        if (is_left or name != node.name) and room.height() >= 2 * LINE_PX:
            name = painter.fontMetrics().elidedText(node.name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter, f"{name}\n{node.text}")
            return
        painter.drawText(room, align | Qt.AlignmentFlag.AlignVCenter, f"{name}{amount}")


def _band(x0: float, y0: float, high0: float, x1: float, y1: float, high1: float) -> QPainterPath:
    """An area between two vertical edges with smooth sides."""
    half = (x0 + x1) / 2
    path = QPainterPath(QPointF(x0, y0))
    path.cubicTo(QPointF(half, y0), QPointF(half, y1), QPointF(x1, y1))
    path.lineTo(x1, y1 + high1)
    path.cubicTo(QPointF(half, y1 + high1), QPointF(half, y0 + high0), QPointF(x0, y0 + high0))
    path.closeSubpath()
    return path

"""Radio links in the 3D view: shows a map, marks of links to what has no place, and tells the link under the mouse."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from PySide6.QtCore import QDateTime, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.i18n.radio_texts import heard_text, node_title, quality_text, radio_name, strength_word
from app.view.scene.camera.orbit_input import OrbitInput
from app.view.scene.devices.picking import Projection
from app.view.scene.live.radio_links import RadioLinkLayer
from app.view.scene.overlay import tooltip_card
from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.overlay.radio_legend import STRENGTHS, RadioLegend, strength_colours
from app.view.scene.overlay.tooltip_card import TooltipCard
from app.view.scene.scene import Scene
from app.view.style import colour
from app.view.theme import Theme
from twin.model.ids import DeviceId
from twin.model.radio_map import RadioLink, RadioMap, RadioStrength

HOVER_PX = 6.0
"""How near the mouse must be to a link."""
_MOST_MARKS = 400
"""Most links with a mark; more would cover each other."""
_MOST_ROWS = 3
"""Most links on a device's card."""
_BARS = ((0.0, 3.0), (3.5, 5.5), (7.0, 8.0))
"""Left edge and height of the three bars of a mark, pixels."""
_FILLED = {RadioStrength.STRONG: 3, RadioStrength.FAIR: 2, RadioStrength.WEAK: 1, RadioStrength.UNKNOWN: 0}


class RadioLinkView:
    """Shows one map at a time; without one it neither draws nor listens."""

    def __init__(self, widget: QWidget, scene: Scene, overlay: SceneOverlay, orbit_input: OrbitInput) -> None:
        self._widget, self._scene, self._overlay = widget, scene, overlay
        self.layer = next((one for one in scene.layers if isinstance(one, RadioLinkLayer)), RadioLinkLayer())
        self.hovered: int | None = None
        """Index of the link under the mouse among the map's."""
        self._at = QPointF()
        self._node_of: dict[str, str] = {}
        self._links_of: dict[str, list[RadioLink]] = {}
        orbit_input.hovered.connect(self._hover)
        orbit_input.left.connect(lambda: self._point_at(None))

    def show(self, found: RadioMap | None) -> None:
        """Shows a map; None removes it."""
        self.hovered = None
        with suppress(ValueError):
            self._overlay.inks.remove(self._ink)
        self._node_of, self._links_of = {}, {}
        if found is not None:
            nodes = {node.key: node for node in found.nodes}
            self._node_of = {key: node_title(node) for key, node in nodes.items()}
            for link in found.links:
                for key in (link.start, link.end):
                    if (device := nodes[key].device if key in nodes else None) is not None:
                        self._links_of.setdefault(device, []).append(link)
            self._overlay.inks.append(self._ink)
        self.layer.show(self._scene, found)

    def legend(self) -> RadioLegend | None:
        """The legend of the map; None where none is shown."""
        return RadioLegend(self.layer, QDateTime.currentMSecsSinceEpoch()) if self.layer.map is not None else None

    def rows_of(self, device: str) -> tuple[tuple[str, str], ...]:
        """Lines of a device's card: its weakest links."""
        links = self._links_of.get(DeviceId(device), [])
        rows = [(self._other(link, device), quality_text(link)) for link in links[:_MOST_ROWS]]
        if more := len(links) - len(rows):
            rows.append((tr("%n more radio links", more), ""))
        return tuple(rows)

    def card(self, index: int) -> TooltipCard:
        """The card of a link: its ends, quality and age."""
        link = self._link(index)
        ends = f"{self._title(link.start)} ↔ {self._title(link.end)}"
        age = heard_text(link, QDateTime.currentMSecsSinceEpoch())
        tone = {RadioStrength.WEAK: "error", RadioStrength.UNKNOWN: "offline"}.get(link.strength, "good")
        quality = ((quality_text(link), strength_word(link.strength)),)
        return TooltipCard(ends, radio_name(link.radio), quality, age, tone)

    def index_at(self, projection: Projection, at: QPointF) -> int | None:
        """Index of the drawn link nearest to a position, within HOVER_PX; None where there is none."""
        if not len(self.layer.drawn):
            return None
        seen = projection.pixels(self.layer.ends.reshape(-1, 3)).reshape(-1, 2, 3)
        start, way = seen[:, 0, :2], seen[:, 1, :2] - seen[:, 0, :2]
        spot = np.array([at.x(), at.y()])
        share = ((spot - start) * way).sum(1) / np.maximum((way**2).sum(1), 1e-9)
        far = np.linalg.norm(start + np.clip(share, 0, 1)[:, None] * way - spot, axis=1)
        far[(seen[:, :, 2] <= 0).any(1)] = np.inf
        best = int(far.argmin())
        return int(self.layer.drawn[best]) if far[best] <= HOVER_PX else None

    def _link(self, index: int) -> RadioLink:
        assert self.layer.map is not None  # noqa: S101 - indices are of the map's links
        return self.layer.map.links[index]

    def _title(self, key: str) -> str:
        return self._node_of.get(key) or node_title(None)

    def _other(self, link: RadioLink, device: str) -> str:
        nodes = {node.key: node.device for node in self.layer.map.nodes} if self.layer.map else {}
        return self._title(link.end if nodes.get(link.start) == device else link.start)

    def _hover(self, at: QPointF) -> None:
        if self.layer.map is None:
            return
        self._at = at
        projection = self._scene.projections.at(self._widget.width(), self._widget.height())
        self._point_at(None if self._overlay.shown.hover_device else self.index_at(projection, at))

    def _point_at(self, index: int | None) -> None:
        if index != self.hovered:
            self.hovered = index
            self._overlay.update()

    def _ink(self, painter: QPainter, projection: Projection) -> None:
        self._marks(painter, projection)
        if self.hovered is None or self._overlay.shown.carried:
            return
        card = self.card(self.hovered)
        view = QRectF(0, 0, projection.width, projection.height)
        box = tooltip_card.card_position((card.width(), card.height), self._at, 8.0, view)
        tooltip_card.draw(painter, card, box, self._scene.theme)

    def _marks(self, painter: QPainter, projection: Projection) -> None:
        """Three bars beside each device that has a link to something without a place."""
        layer, scene = self.layer, self._scene
        single = np.flatnonzero((layer.rows >= 0).sum(1) == 1)[:_MOST_MARKS]
        rows = layer.rows[single].max(1) if len(single) else np.empty(0, np.intp)
        seen = scene.device_pick.seen(projection)
        shown = scene.shown_devices()
        tones = list(strength_colours(scene.theme).values())
        codes: list[int] = layer.strength[single].tolist()
        for code, row in zip(codes, rows.tolist(), strict=True):
            x, y, depth = seen[row].tolist()
            if shown[row] and depth > 0 and 0 < x < projection.width and 0 < y < projection.height:
                _draw_mark(painter, QPointF(x + 9, y - 9), code, tones[code], scene.theme)


def _draw_mark(painter: QPainter, foot: QPointF, code: int, tone: str, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(theme.pill))
    painter.drawRoundedRect(QRectF(foot.x() - 3, foot.y() - 10, 15, 13), 3, 3)
    for place, (left, high) in enumerate(_BARS):
        filled = place < _FILLED[STRENGTHS[code]]
        painter.setPen(QPen(colour(tone), 2.2 if filled else 0.8))
        x = foot.x() + left + 1
        painter.drawLine(QLineF(x, foot.y(), x, foot.y() - high))

"""Which light the twin stands in: the studio's, or the sun's at its place, now or at the moment that is shown."""

from __future__ import annotations

import time
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from app.view.scene.sky import Daylight, Sun, daylight, sun_at
from app.view.theme import DARK, LIGHT, Theme
from twin.model.space import Site

_DAY, _NIGHT = Sun(152.0, 40.0), Sun(160.0, -20.0)
_MIDDLE_LATITUDE = 48.0
_MINUTE_MS = 60_000


class Sky(StrEnum):
    """What the user wants to see."""

    STUDIO = "studio"
    AUTO = "auto"
    """By place and time."""
    DAY = "day"
    NIGHT = "night"


class Daytime(QObject):
    """Holds the wish and the time; `turned` when the light is another one, each minute while it follows the clock."""

    turned = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.sky = Sky.STUDIO
        self.site = Site()
        self.moment_ms: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_MINUTE_MS)
        self._timer.timeout.connect(self.turned)

    def choose(self, sky: Sky) -> None:
        """Another wish."""
        if sky is not self.sky:
            self.sky = sky
            self._follow()
            self.turned.emit()

    def show(self, site: Site, moment_ms: int | None) -> None:
        """Another place, or another moment (None: now)."""
        if (site, moment_ms) != (self.site, self.moment_ms):
            self.site, self.moment_ms = site, moment_ms
            self._follow()
            if self.sky is Sky.AUTO:
                self.turned.emit()

    def light(self, theme: Theme) -> tuple[Theme, Daylight | None]:
        """The scene's colours and light: at night it is dark whatever the window wears."""
        if self.sky is Sky.STUDIO:
            return theme, None
        made = daylight(self.sun(), self.site.north_deg)
        return (DARK if made.night else LIGHT), made

    def sun(self) -> Sun:
        """Where the sun stands; where nobody said the place, over the clock's own time zone in middle latitudes."""
        if self.sky is not Sky.AUTO:
            return _NIGHT if self.sky is Sky.NIGHT else _DAY
        now = round(time.time() * 1e3) if self.moment_ms is None else self.moment_ms
        latitude, longitude = self.site.latitude, self.site.longitude
        if latitude is None or longitude is None:
            latitude, longitude = _MIDDLE_LATITUDE, -time.timezone / 240
        return sun_at(latitude, longitude, now)

    def _follow(self) -> None:
        if self.sky is Sky.AUTO and self.moment_ms is None:
            self._timer.start()
        else:
            self._timer.stop()

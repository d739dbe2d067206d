"""Chooses the lighting: studio light, or the sun at the site now or at the displayed moment."""

from __future__ import annotations

import time
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from app.view.scene.sky.daylight import Daylight, SunPosition, daylight, sun_at
from app.view.theme import DARK, LIGHT, Theme
from twin.model.space import Site

_DAY, _NIGHT = SunPosition(152.0, 40.0), SunPosition(160.0, -20.0)
_MIDDLE_LATITUDE = 48.0
_MINUTE_MS = 60_000


class SkyMode(StrEnum):
    """Lighting mode chosen by the user."""

    STUDIO = "studio"
    AUTO = "auto"
    """By site and time."""
    DAY = "day"
    NIGHT = "night"


class DaylightClock(QObject):
    """Holds the lighting mode and the time; emits `turned` when the light changes."""

    turned = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.sky = SkyMode.STUDIO
        self.site = Site()
        self.moment_ms: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_MINUTE_MS)
        self._timer.timeout.connect(self.turned)

    def choose(self, sky: SkyMode) -> None:
        """Sets the lighting mode; emits `turned` if it changed."""
        if sky is not self.sky:
            self.sky = sky
            self._follow()
            self.turned.emit()

    def show(self, site: Site, moment_ms: int | None) -> None:
        """Sets the site and the moment (None: now)."""
        if (site, moment_ms) != (self.site, self.moment_ms):
            self.site, self.moment_ms = site, moment_ms
            self._follow()
            if self.sky is SkyMode.AUTO:
                self.turned.emit()

    def light(self, theme: Theme) -> tuple[Theme, Daylight | None]:
        """Theme and light of the scene: dark at night, whatever the window's theme."""
        if self.sky is SkyMode.STUDIO:
            return theme, None
        made = daylight(self.sun(), self.site.north_deg)
        return (DARK if made.night else LIGHT), made

    def sun(self) -> SunPosition:
        """Position of the sun; without a known site, at the clock's time zone in middle latitudes."""
        if self.sky is not SkyMode.AUTO:
            return _NIGHT if self.sky is SkyMode.NIGHT else _DAY
        now = round(time.time() * 1e3) if self.moment_ms is None else self.moment_ms
        latitude, longitude = self.site.latitude, self.site.longitude
        if latitude is None or longitude is None:
            latitude, longitude = _MIDDLE_LATITUDE, -time.timezone / 240
        return sun_at(latitude, longitude, now)

    def _follow(self) -> None:
        if self.sky is SkyMode.AUTO and self.moment_ms is None:
            self._timer.start()
        else:
            self._timer.stop()

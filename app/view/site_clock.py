"""The clock of the site: every time of day and date in the window is told by it, wherever the computer is that shows it."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone

from app.i18n import set_clock
from twin.model.space import Site

_site: list[QTimeZone] = []
"""The site's zone; empty where it has none, and the computer's clock is its clock."""


def set_site(site: Site) -> None:
    """Sets the site whose clock is shown, in sentences, too; one without a known time zone has the computer's."""
    zone = QTimeZone(site.time_zone.encode()) if site.time_zone else QTimeZone()
    _site[:] = [zone] if zone.isValid() else []
    set_clock(partial(_zone_of, site) if _site else None)


def _zone_of(site: Site) -> tzinfo:
    from app.site_time import zone_of  # not needed before the first sentence with a time

    return zone_of(site)


def site_zone() -> QTimeZone:
    """The zone that is shown."""
    return _site[0] if _site else QTimeZone(QTimeZone.Initialization.LocalTime)


def site_moment(time_ms: int) -> QDateTime:
    """A time (UTC ms) on the clock of the site."""
    return QDateTime.fromMSecsSinceEpoch(time_ms, site_zone())


def moment_in(zone: str, time_ms: int) -> QDateTime:
    """A time (UTC ms) on the clock of an IANA zone, as a report names it; of the site where there is no such zone."""
    found = QTimeZone(zone.encode())
    return QDateTime.fromMSecsSinceEpoch(time_ms, found) if found.isValid() else site_moment(time_ms)


def site_time(date: QDate, time: QTime) -> QDateTime:
    """A time of day on the clock of the site. One that the change to summer time skips becomes a later one."""
    return QDateTime(date, time, site_zone())


def site_midnight(date: QDate) -> QDateTime:
    """The first moment of a day at the site."""
    return date.startOfDay(site_zone())


def site_today() -> QDate:
    """The date at the site now."""
    return site_moment(QDateTime.currentMSecsSinceEpoch()).date()


def zone_note(time_ms: int) -> str:
    """IANA name of the site's zone where this computer's clock shows another time then (UTC ms); else empty."""
    there, here = site_moment(time_ms), QDateTime.fromMSecsSinceEpoch(time_ms)
    return "" if there.offsetFromUtc() == here.offsetFromUtc() else bytes(there.timeZone().id().data()).decode()

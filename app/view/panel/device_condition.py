"""Condition of a device: whether it is offline or silent or has a low battery, also as words to search for."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import tr
from app.view.feed import Feed
from app.view.formatting import format_value
from app.view.panel.search_text import folded
from app.view.shown_moment import is_past, is_shown_online
from twin.model.device import Device, Point
from twin.model.observation import Quality

SILENT_MS = 24 * 3_600_000
"""Age of the last report (ms) above which an online device counts as silent."""
LOW_BATTERY = 15.0
"""Battery charge in percent at or below which it is low."""


def is_condition(typed: str) -> bool:
    """Whether this folded search text, of two letters or more, may mean a condition."""
    words = ("offline", "silent", "low battery", tr("offline"), tr("silent"), tr("Battery low"))
    return len(typed) > 1 and any(typed in folded(word) for word in words)


def condition_text(feed: Feed, device: Device) -> str:
    """Words for a device that is offline or silent or has a low battery, in English and in the user's language."""
    words = list[str]()
    if not is_shown_online(feed, device.id):
        words += ["offline", tr("offline")]
    elif not is_past(feed) and feed.now_ms() - feed.last_seen_ms(device.id) > SILENT_MS:
        words += ["silent", tr("silent")]
    if battery_charge(device, feed.value)[1]:
        words += ["low battery", tr("Battery low")]
    return " ".join(words)


def battery_charge(device: Device, value: Callable[[Point], tuple[object, Quality, int]]) -> tuple[str, bool]:
    """The battery charge as text, and whether it is low; empty if unknown."""
    charge, flag = device.point("battery"), device.point("battery_low")
    percent = value(charge)[0] if charge is not None else None
    low = bool(flag is not None and value(flag)[0] is True)
    if charge is not None and isinstance(percent, int | float):
        return format_value(charge, float(percent)), low or float(percent) <= LOW_BATTERY
    return (tr("low") if low else ""), low

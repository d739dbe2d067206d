"""Formats of dates and times in the language in force: CLDR's patterns, from the compiled catalogue."""

from __future__ import annotations

from app.i18n.language import catalogue


def date_pattern(*skeletons: str) -> str:
    """CLDR's pattern (UTS 35) for a skeleton such as `yMMMd`, or for a date's and a time's: `d MMM y, HH:mm`."""
    known = catalogue()
    if len(skeletons) == 1:
        return known.pattern(skeletons[0])
    date, time = map(known.pattern, skeletons)
    return known.pattern("joined").replace("{1}", date).replace("{0}", time)


def locale_name() -> str:
    """The locale whose rules the language in force follows: `en_GB`."""
    return catalogue().pattern("locale")

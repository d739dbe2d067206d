"""The time zone of a site, by its name or by this computer's clock."""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin.model.space import Site

LOCAL_ZONE = Path("/etc/localtime")
"""The computer's time zone file (tzfile(5)); without it, the computer's present UTC offset is used."""


def zone_of(site: Site) -> tzinfo:
    """The site's time zone; else this computer's."""
    name = _named(site)
    try:
        if name:
            return ZoneInfo(name)
        with LOCAL_ZONE.open("rb") as rules:
            return ZoneInfo.from_file(rules, key="local")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.fromtimestamp(0).astimezone().tzinfo or UTC


def zone_name(site: Site) -> str:
    """IANA name of the site's time zone, else of this computer's; `UTC` where neither has one."""
    name = _named(site) or str(LOCAL_ZONE.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def _named(site: Site) -> str:
    return site.time_zone or os.environ.get("TZ", "").lstrip(":")


@cache
def _countries() -> dict[str, str]:
    """Countries (ISO 3166) by time zone, of tzdata's zone.tab."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows if len(row) > 2}


def country_of(site: Site) -> str:
    """Country (ISO 3166) of the site's time zone, else of this computer's; empty where it is not known."""
    try:
        return _countries().get(zone_name(site), "")
    except (OSError, ModuleNotFoundError):
        return ""

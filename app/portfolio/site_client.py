"""Asks one engine for its digest: one short request over its own connection, bounded in time and size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import msgspec

from app.portfolio.site_list import LETTERS, PortfolioSite
from app.server.door_address import DoorAddress, door_of, is_ours
from app.server.known_engines import known_engine
from app.server.listening import version
from app.server.problems import another_version, engine_gone, not_understood, other_certificate, unreachable
from devices.secrets import Secrets
from twin.files.opening import check_regular
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.site_digest import SiteDigest
from twin.store.file_lock import read_holder

PATIENCE_S = 10.0
"""Longest time (seconds) that one request may take, from the connection to the last byte."""
MOST_BYTES = 64 << 10
"""Longest answer in bytes."""
MOST = 1 << 53
LATEST_MS = 253_402_300_799_000
"""Last second of the year 9999, UTC ms: the calendar ends there."""
MOST_POWER = 1e15
"""Largest power (W) or energy of a day (Wh) that a site may have; more than the earth uses."""

_read_digest = msgspec.json.Decoder(SiteDigest).decode


class _Hello(msgspec.Struct):
    version: str = ""


class _Refused(msgspec.Struct):
    problems: tuple[Problem, ...]


def site_address(site: PortfolioSite, home: Path, secrets: Callable[[Path], Secrets]) -> DoorAddress:
    """Where a site's engine listens, with the token for it. Blocks. Raises ProblemError where nothing does, or this
    computer was never attached to it."""
    if site.far:
        return known_engine(site.at, home, secrets)
    path = Path(site.at)
    check_regular(path)
    holder = read_holder(path)
    if holder is not None and not holder.here:
        raise ProblemError(Problem(code="portfolio.elsewhere", args={"host": holder.host[:80]}, where=site.at))
    address = door_of(path)
    if address is None or (address.socket and not is_ours(address.socket)):
        raise ProblemError(_not_running(site))
    return address


def _not_running(site: PortfolioSite) -> Problem:
    return Problem(code="portfolio.not_running", args={"project": site.at}, where=site.at, retry=True)


async def ask_digest(address: DoorAddress, token: str, site: PortfolioSite) -> SiteDigest:
    """The digest of the engine at this address. Raises ProblemError: no answer, refused, another version, rubbish."""
    headers = {"User-Agent": version()} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        async with aiohttp.ClientSession(
            address.base_url,
            connector=_connector(address),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        ) as session:
            status, body = await _get(session, "/api/digest")
            if status == 404:
                _, hello = await _get(session, "/hello")
                raise ProblemError(another_version(_version_in(hello), version()))
    except aiohttp.ServerFingerprintMismatch as error:
        shown = ":".join(f"{byte:02X}" for byte in error.got)
        raise ProblemError(other_certificate(site.at, shown)) from error
    except aiohttp.ClientConnectorError as error:
        gone = unreachable(site.at, str(error)) if site.far else _not_running(site)
        raise ProblemError(gone) from error
    except aiohttp.ClientResponseError as error:  # no HTTP at all
        raise ProblemError(not_understood(str(error)[:80])) from error
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is one
        raise ProblemError(unreachable(site.at, str(error)) if site.far else engine_gone(str(error)[:80])) from error
    except (ValueError, LookupError) as error:
        raise ProblemError(not_understood(str(error)[:80])) from error
    if status != 200:
        raise ProblemError(*_refusal(body))
    try:
        return sound_digest(_read_digest(body))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ProblemError(not_understood(str(error)[:80])) from error


def _connector(address: DoorAddress) -> aiohttp.BaseConnector:
    if address.url:
        return aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(address.pin_bytes), force_close=True)
    if address.socket:
        return aiohttp.UnixConnector(address.socket, force_close=True)
    return aiohttp.TCPConnector(force_close=True)


async def _get(session: aiohttp.ClientSession, path: str) -> tuple[int, bytes]:
    """Status and body of a GET, which follows no redirection: the token is for this engine only."""
    async with session.get(path, allow_redirects=False) as answer:
        body = b""
        async for chunk in answer.content.iter_chunked(MOST_BYTES):
            body += chunk
            if len(body) > MOST_BYTES:
                raise ProblemError(not_understood(f"> {MOST_BYTES} B"))
        return answer.status, body


def _refusal(body: bytes) -> tuple[Problem, ...]:
    try:
        if found := msgspec.json.decode(body, type=_Refused).problems:
            return found[:1]
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    return (not_understood(body[:80].decode("utf-8", "replace")),)


def _version_in(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Hello).version[:40] or "?"
    except (msgspec.DecodeError, ValueError):
        return "?"


def sound_digest(found: SiteDigest) -> SiteDigest:
    """The digest with short texts and plausible numbers, whatever the other side sent."""
    latitude, longitude = _degrees(found.latitude, 90.0), _degrees(found.longitude, 180.0)
    counts = ("unacknowledged", "devices", "offline", "links", "links_down", "rooms", "rooms_outside")
    return replace(
        found,
        **{name: _count(getattr(found, name)) for name in counts},
        alarms=tuple(_count(one) for one in found.alarms),
        time_ms=_time(found.time_ms),
        name=clean_name(found.name, LETTERS),
        place=clean_name(found.place, LETTERS),
        version=clean_name(found.version, 40),
        latitude=None if longitude is None else latitude,
        longitude=None if latitude is None else longitude,
        power_w=_finite(found.power_w),
        energy_wh=_finite(found.energy_wh),
        newest_ms=None if found.newest_ms is None else _time(found.newest_ms),
    )


def _count(value: int) -> int:
    return min(max(value, 0), MOST)


def _time(value: int) -> int:
    return min(max(value, 0), LATEST_MS)


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) <= MOST_POWER else None


def _degrees(value: float | None, most: float) -> float | None:
    return value if value is not None and math.isfinite(value) and abs(value) <= most else None

"""HomeKit accessories and bridges over IP. URL: `homekit://host:port`, `homekit://host:port/AA:BB:CC:DD:EE:FF` where the
accessory's id is known: then it is also found at another address or port, by mDNS.

The link's secret is the setup code until it is paired, and the keys of the pairing from then on.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from devices.contract import AdapterContext, AdapterSession, AuthError, Secret, Service
from devices.host_link import HostPlace, host_place, uid_of
from devices.protocols.homekit.homekit_code import setup_code
from devices.protocols.homekit.pairing_keys import PairingKeys, keys_of
from devices.timing_options import HEARTBEATS, period_option
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import LinkId, clean_name, derived
from twin.model.link_option import checked_options, option_values
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

SERVICE = "_hap._tcp"
OPTIONS = (period_option("10", Text("homekit.option.period.help"), title=HEARTBEATS),)
PAIRING_S = 60.0
"""Seconds for an opening that pairs: connecting, the exchange of keys with slow arithmetic, and the first session."""
_ID = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
CATEGORIES = {
    "2": "Bridge", "3": "Fan", "4": "Garage door opener", "5": "Lamp", "6": "Door lock", "7": "Outlet", "8": "Switch",
    "9": "Thermostat", "10": "Sensor", "11": "Alarm panel", "12": "Door", "13": "Window", "14": "Blind",
    "15": "Button", "17": "Camera", "18": "Door station", "19": "Air purifier", "20": "Heater", "21": "Air conditioner",
    "22": "Humidifier", "28": "Irrigation", "29": "Tap", "31": "Television", "33": "Router",
}  # fmt: skip
"""Accessory categories (HomeKit Accessory Protocol Specification R2, table 13-1) by the TXT value `ci`."""


class HomeKitAdapter:
    """Accessories, each of which is a link; a bridge has several devices."""

    protocol = "homekit"
    title = "HomeKit"
    service_types = (SERVICE,)
    schemes = ("homekit",)
    options = OPTIONS
    has_login = True
    needs_secret = True
    removal = Text("homekit.removal")

    def claim(self, service: Service) -> Candidate | None:
        """An accessory that announces itself."""
        uid = service.txt.get("id", "").lower()
        if service.type != SERVICE or not service.port or not _ID.fullmatch(uid):
            return None
        free = service.txt.get("sf", "").isdecimal() and int(service.txt["sf"]) & 1
        return Candidate(
            key=f"homekit:{uid.replace(':', '-')}",
            name=service.name,
            protocol=self.protocol,
            product=CATEGORIES.get(service.txt.get("ci", ""), "HomeKit accessory"),
            model=clean_name(service.txt.get("md", "")),
            addresses=service.addresses,
            port=service.port,
            needs=Need.PIN,
            evidence=(service.type, "sf=1" if free else "sf=0 (paired with somebody)"),
            facts=(("id", uid), ("host", clean_name(service.host.rstrip("."), 128))),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to an accessory; raises ProblemError for a URL that is none."""
        if isinstance(target, Candidate):
            if not target.addresses:
                raise ProblemError(_bad_url(Text("homekit.url_form")))
            uid = dict(target.facts).get("id", "").lower()
            return _link(target.addresses[0], target.port, uid, target.name, ())
        try:
            url = urlsplit(target.strip())
            host, port = url.hostname, url.port
        except ValueError:
            raise ProblemError(_bad_url(Text("url.port"))) from None
        uid = url.path.strip("/").lower().replace("-", ":")
        if url.scheme not in self.schemes or not host or not port or (uid and not _ID.fullmatch(uid)):
            raise ProblemError(_bad_url(Text("homekit.url_form")))
        options, problems = checked_options(OPTIONS, parse_qsl(url.query, keep_blank_values=True), target)
        if problems:
            raise ProblemError(*problems)
        return _link(host, port, uid, "", options)

    def check_setup_code(self, code: str) -> None:
        """Raises ProblemError for a text that cannot be a setup code."""
        setup_code(code)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session, paired first where there are no keys yet. Raises AuthError, ProblemError, OSError or TimeoutError."""
        open_session = await asyncio.to_thread(_opening)
        secret = secret or Secret()
        keys = keys_of(secret.data)
        if keys is not None:
            try:
                return await open_session(link, keys, await _place(link, keys.uid), _period_s(link))
            except AuthError:
                if not secret.password:
                    raise
        keys = await _paired(link, secret, adapter_context)
        return await open_session(link, keys, await _place(link, keys.uid), _period_s(link))


async def _paired(link: Link, secret: Secret, adapter_context: AdapterContext) -> PairingKeys:
    """Keys by the setup code, kept before anything else happens. Raises AuthError, ProblemError, OSError, TimeoutError."""
    if not secret.password:
        raise AuthError(Text("homekit.code_needed"))
    try:
        code = setup_code(secret.password)
    except ProblemError as error:
        raise AuthError(error.problems[0].what) from None
    from devices.protocols.homekit.pair_setup import pair

    async def keep(keys: PairingKeys) -> None:
        await adapter_context.keep_secret(Secret(data=keys.text()))

    adapter_context.allow_s(PAIRING_S)
    return await pair(await _place(link, uid_of(link)), code, link.title or link.address, keep)


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.homekit.homekit_opening import open_session

    return open_session


async def _place(link: Link, uid: str) -> HostPlace:
    return await host_place(link, SERVICE, lambda service: service.txt.get("id", "").lower(), uid=uid)


def _period_s(link: Link) -> float:
    return float(option_values(OPTIONS, link.options)["period"])


def _link(host: str, port: int, uid: str, title: str, options: Iterable[tuple[str, str]]) -> Link:
    shown = f"[{host}]" if ":" in host else host
    where = f"homekit://{shown}:{port}" + (f"/{uid}" if uid else "")
    return Link(
        id=LinkId(derived("link", "homekit", uid or where)),
        protocol="homekit",
        address=where,
        title=title or f"HomeKit {shown}",
        options=tuple(options),
    )


def _bad_url(why: Text) -> Problem:
    return Problem(code="homekit.url", args={"why": why})


ADAPTER = HomeKitAdapter()

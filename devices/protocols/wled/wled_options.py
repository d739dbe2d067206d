"""How a link to a WLED is addressed, its options, and how a WLED names itself in announcements."""

from __future__ import annotations

from devices.contract import Service
from devices.host_link import HostScheme
from devices.products import mac_of
from devices.timing_options import period_option
from twin.model.text import Text

SERVICE = "_wled._tcp"
OPTIONS = (period_option("30", Text("wled.option.period.help")),)
ADDRESSES = HostScheme(protocol="wled", title="WLED", port=80, options=OPTIONS)


def uid_in(service: Service) -> str:
    """The hardware address in an announcement; empty where it has none."""
    return mac_of(service.txt)

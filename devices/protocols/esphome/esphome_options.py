"""How a link to an ESPHome device is addressed, its options, and how a device names itself in announcements."""

from __future__ import annotations

from devices.contract import Service
from devices.host_link import HostScheme
from devices.products import mac_of
from devices.timing_options import HEARTBEATS, period_option
from twin.model.text import Text

SERVICE = "_esphomelib._tcp"
OPTIONS = (period_option("10", Text("esphome.option.period.help"), title=HEARTBEATS, maximum_s=300.0),)
ADDRESSES = HostScheme(protocol="esphome", title="ESPHome", port=6053, options=OPTIONS)


def uid_in(service: Service) -> str:
    """The hardware address in an announcement; empty where it has none."""
    return mac_of(service.txt)

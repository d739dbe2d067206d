"""Options of a BACnet link: what may be written, at which priority for how long, how often is read, and what."""

from __future__ import annotations

from dataclasses import dataclass

from devices.timing_options import period_option, timeout_option
from twin.model.device import Link
from twin.model.link_option import LinkOption, OptionKind, option_values
from twin.model.text import Text


def _flag(name: str, default: str) -> LinkOption:
    title, help = Text(f"bacnet.option.{name}"), Text(f"bacnet.option.{name}.help")
    return LinkOption(name=name, title=title, kind=OptionKind.FLAG, default=default, help=help)


def _file(name: str) -> LinkOption:
    title, help = Text(f"bacnet.option.{name}"), Text(f"bacnet.option.{name}.help")
    return LinkOption(name=name, title=title, kind=OptionKind.FILE, help=help)


OPTIONS = (
    _flag("writable", "no"),
    LinkOption(
        name="priority",
        title=Text("bacnet.option.priority"),
        kind=OptionKind.CHOICE,
        default="8",
        choices=tuple(str(priority) for priority in range(1, 17) if priority != 6),  # 6: minimum on/off times, 19.2.3
        help=Text("bacnet.option.priority.help"),
    ),
    LinkOption(
        name="expiry",
        title=Text("bacnet.option.expiry"),
        kind=OptionKind.NUMBER,
        default="0",
        minimum=0.0,
        maximum=43_200.0,
        help=Text("bacnet.option.expiry.help"),
    ),
    period_option("10", Text("bacnet.option.period.help")),
    timeout_option("2", Text("bacnet.option.timeout.help"), minimum_s=0.1),
    _flag("cov", "yes"),
    _flag("receive_events", "no"),
    _flag("hear_events", "yes"),
    _file("ede"),
    _file("state_texts"),
    _file("unit_texts"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BacnetSettings:
    """The parsed options of a link."""

    writable: bool
    priority: int
    period_s: float
    timeout_s: float
    cov: bool
    receive_events: bool = False
    """Whether we are entered in the device's recipient lists."""
    hear_events: bool = False
    """Whether events are taken that the device sends to the port of BACnet, or to all, as others have asked it."""
    expiry_s: float = 0.0
    """Seconds after which a command is taken back; 0: never."""
    ede: str = ""
    """Path of an EDE file with the objects to read; empty: those that the device lists."""
    state_texts: str = ""
    unit_texts: str = ""


def bacnet_settings(link: Link) -> BacnetSettings:
    """Parses the options of a link."""
    options = option_values(OPTIONS, link.options)
    return BacnetSettings(
        writable=options["writable"] == "yes",
        priority=int(options["priority"]),
        period_s=float(options["period"]),
        timeout_s=float(options["timeout"]),
        cov=options["cov"] == "yes",
        receive_events=options["receive_events"] == "yes",
        hear_events=options["hear_events"] == "yes",
        expiry_s=float(options["expiry"]) * 60.0,
        ede=options["ede"],
        state_texts=options["state_texts"],
        unit_texts=options["unit_texts"],
    )

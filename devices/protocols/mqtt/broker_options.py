"""Options of a broker link that the user can set."""

from __future__ import annotations

from twin.model.device import Link
from twin.model.link_option import LinkOption, OptionKind, option_values
from twin.model.text import Text

OPTIONS = (
    LinkOption(name="ca", title=Text("mqtt.option.ca"), kind=OptionKind.FILE, help=Text("mqtt.option.ca.help")),
    LinkOption(name="pin", title=Text("mqtt.option.pin"), help=Text("mqtt.option.pin.help")),
    LinkOption(
        name="prefix",
        title=Text("mqtt.option.prefix"),
        default="homeassistant",
        pattern=r"[^#+]+",
        example="homeassistant",
        help=Text("mqtt.option.prefix.help"),
    ),
    LinkOption(name="client", title=Text("mqtt.option.client"), help=Text("mqtt.option.client.help")),
    LinkOption(
        name="birth",
        title=Text("mqtt.option.birth"),
        kind=OptionKind.FLAG,
        default="yes",
        help=Text("mqtt.option.birth.help"),
    ),
)


def discovery_prefix(link: Link) -> str:
    """The first level of the topics on which a link's devices are announced, without the slash behind it."""
    return option_values(OPTIONS, link.options)["prefix"].strip("/")

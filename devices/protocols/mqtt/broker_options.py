"""Options of a broker link that the user can set."""

from __future__ import annotations

from twin.model.link_option import LinkOption, OptionKind
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
        distinguishes=True,
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

"""Radio links in words: ends, quality, strength."""

from __future__ import annotations

from app.i18n.ages import format_age
from app.i18n.numbers import format_decimal
from app.i18n.sentences import translate
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioRole, RadioStrength

_RADIOS = {Radio.ZIGBEE: "Zigbee", Radio.THREAD: "Thread", Radio.WIFI: "Wi-Fi"}


def radio_name(radio: Radio) -> str:
    """The radio's own name, the same in every language."""
    return _RADIOS[radio]


def strength_word(strength: RadioStrength) -> str:
    """How good a link is."""
    return translate(f"radio.strength.{strength}")


def role_word(role: RadioRole) -> str:
    """What a node does in its network."""
    return translate(f"radio.role.{role}")


def node_title(node: RadioNode | None) -> str:
    """A node's name, else what it is."""
    if node is None:
        return role_word(RadioRole.UNKNOWN)
    return node.name or role_word(node.role)


def heard_text(link: RadioLink, now_ms: int) -> str:
    """How long ago a link was measured; that this is not known where it is so."""
    return translate("radio.unknown_age") if link.heard_ms is None else format_age(link.heard_ms, now_ms)


def quality_text(link: RadioLink) -> str:
    """What was measured: `LQI 83`, `LQI 2/3, −71 dBm`; that it was not, where nothing was."""
    most = "/3" if link.radio is Radio.THREAD else ""
    told = [f"LQI {link.lqi}{most}"] if link.lqi is not None else []
    told += [f"{format_decimal(link.rssi_dbm)} dBm"] if link.rssi_dbm is not None else []
    return ", ".join(told) or translate("radio.unmeasured")

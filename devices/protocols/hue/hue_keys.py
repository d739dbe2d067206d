"""What a pairing leaves: the key that the bridge has handed out, and the certificate that it showed."""

from __future__ import annotations

import msgspec


class HueKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one bridge, kept as a link's secret."""

    uid: str
    """Id of the bridge, 16 lower-case hex digits."""
    app_key: str
    pin: str
    """SHA-256 fingerprint of its certificate, as `AB:CD:…`."""

    def __repr__(self) -> str:
        """Without the key."""
        return f"HueKeys({self.uid})"

    def text(self) -> str:
        """The keys as JSON, to be kept as a link's secret."""
        return msgspec.json.encode(self).decode()


def keys_of(text: str) -> HueKeys | None:
    """The keys in a link's secret; None where it holds none."""
    try:
        return msgspec.json.decode(text, type=HueKeys)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None

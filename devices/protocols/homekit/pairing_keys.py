"""The keys of a pairing: ours, and the accessory's public one, by which it is recognised for ever."""

from __future__ import annotations

import msgspec


class PairingKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Long-term keys (Ed25519, hex) and ids of both sides, as pair-setup makes them."""

    accessory_id: str
    accessory_public: str
    controller_id: str
    controller_public: str
    controller_secret: str

    @property
    def uid(self) -> str:
        """The accessory's id as it announces it, in lower case."""
        return self.accessory_id.lower()

    def for_library(self) -> dict[str, str]:
        """The keys under the names that aiohomekit gives them."""
        return {name: getattr(self, field) for field, name in _NAMES.items()}

    def text(self) -> str:
        """The keys as JSON, to be kept as a link's secret."""
        return msgspec.json.encode(self).decode()


_NAMES = {
    "accessory_id": "AccessoryPairingID",
    "accessory_public": "AccessoryLTPK",
    "controller_id": "iOSPairingId",
    "controller_public": "iOSDeviceLTPK",
    "controller_secret": "iOSDeviceLTSK",
}


def keys_of(text: str) -> PairingKeys | None:
    """The keys in a link's secret; None where it holds none."""
    try:
        return msgspec.json.decode(text, type=PairingKeys)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def keys_from_library(data: dict[str, str]) -> PairingKeys:
    """The keys of a finished pair-setup. KeyError is a change of the library."""
    return PairingKeys(**{field: data[name] for field, name in _NAMES.items()})

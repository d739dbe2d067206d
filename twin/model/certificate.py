"""Certificate of a server, shown to the user who decides whether to trust it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Fields of an X.509 certificate."""

    name: str
    """Common name, else the first subject alternative name."""
    issuer: str
    fingerprint: str
    """SHA-256 of the whole certificate, upper case hexadecimal in pairs: `AB:CD:…`."""
    names: tuple[str, ...] = ()
    """Host names and addresses that the certificate is for."""
    valid_from: str = ""
    """Dates as YYYY-MM-DD, UTC."""
    valid_to: str = ""
    self_signed: bool = False

    def as_json(self) -> dict[str, object]:
        """The fields as `--json` prints them."""
        return {
            "name": self.name,
            "issuer": self.issuer,
            "fingerprint": self.fingerprint,
            "names": list(self.names),
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "self_signed": self.self_signed,
        }

"""Writes an ETS keyring (`.knxkeys`), as its format is described by KNX: entries encrypted and the whole signed by a password."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CREATED = "2026-11-29T18:00:00"
type Element = tuple[str, dict[str, str]]


def write_keyring(
    path: Path, password: str, *, tunnels: list[dict[str, str]], authentication: str, backbone: bytes | None
) -> Path:
    """The file with tunnels (Host, IndividualAddress, UserID, Password), the device's authentication code, and the key of
    routing.
    """
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), b"1.keyring.ets.knx.org", 65536, 16)
    entries: list[Element] = []
    if backbone is not None:
        entries.append(
            ("Backbone", {"MulticastAddress": "224.0.23.12", "Latency": "1000", "Key": _encrypted(key, backbone)})
        )
    for tunnel in tunnels:
        secrets = {
            "Password": _encrypted(key, _padded(tunnel["Password"])),
            "Authentication": _encrypted(key, _padded(authentication)),
        }
        entries.append(("Interface", {"Type": "Tunneling", **tunnel, **secrets}))
    root = {"Project": "House", "CreatedBy": "ETS 6", "Created": CREATED}
    signed = b"\1" + _text("Keyring") + _attributes(root)
    for name, attributes in entries:
        signed += b"\1" + _text(name) + _attributes(attributes) + b"\2"
    signed += b"\2" + _text(base64.b64encode(key).decode())
    root["Signature"] = base64.b64encode(hashlib.sha256(signed).digest()[:16]).decode()
    inside = "\n".join(f"<{name} {_written(attributes)} />" for name, attributes in entries)
    xml = f'<?xml version="1.0" encoding="utf-8"?>\n<Keyring {_written(root)} xmlns="http://knx.org/xml/keyring/1">\n{inside}\n</Keyring>'
    path.write_text(xml, "utf-8")
    return path


def _written(attributes: dict[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def _attributes(attributes: dict[str, str]) -> bytes:
    return b"".join(_text(name) + _text(value) for name, value in sorted(attributes.items()))


def _text(text: str) -> bytes:
    return bytes([len(text.encode())]) + text.encode()


def _padded(text: str) -> bytes:
    """Eight bytes of salt, the text, and at the end how many bytes were added."""
    plain = bytes(8) + text.encode()
    missing = 32 - len(plain)
    return plain + bytes([missing]) * missing


def _encrypted(key: bytes, plain: bytes) -> str:
    cipher = Cipher(algorithms.AES(key), modes.CBC(hashlib.sha256(CREATED.encode()).digest()[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()

"""The server's side of a KNX IP Secure session over TCP (KNX 03.08.09), written from the standard with the ciphers of
`cryptography`: nothing of the client's library is used.
"""

from __future__ import annotations

import asyncio
import hashlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SERIAL = bytes.fromhex("00c501026d77")
HANDSHAKE = bytes(14) + b"\xff\0"
"""Counter block 0 of what is sent before there is a session."""


def frame(service: int, body: bytes) -> bytes:
    return b"\x06\x10" + service.to_bytes(2) + (6 + len(body)).to_bytes(2) + body


def derived(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode("latin-1"), salt, 65536, 16)


def user_key(password: str) -> bytes:
    return derived(password, b"user-password.1.secure.ip.knx.org")


def device_key(password: str) -> bytes:
    return derived(password, b"device-authentication-code.1.secure.ip.knx.org")


def mac_of(key: bytes, additional: bytes, payload: bytes = b"", block_0: bytes = bytes(16)) -> bytes:
    """CBC-MAC over block 0, the additional data with its length, and the payload."""
    text = block_0 + len(additional).to_bytes(2) + additional + payload
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return cipher.update(text + bytes(-len(text) % 16))[-16:]


def counted(key: bytes, counter_0: bytes, *parts: bytes) -> bytes:
    """The parts, encrypted or decrypted by counter mode one after the other."""
    cipher = Cipher(algorithms.AES(key), modes.CTR(counter_0)).encryptor()
    return b"".join(cipher.update(part) for part in parts)


class SecureSession:
    """One session: unwraps what arrives, and wraps what is written to it."""

    def __init__(self, writer: asyncio.StreamWriter, users: dict[int, str], authentication: str) -> None:
        self._writer, self._users, self._authentication = writer, users, authentication
        self._id, self._sequence, self._received = 7, 0, -1
        self._key = self._exchanged = b""
        self.status = 0
        """Status that every authentication gets; 0: whether the keys fit."""
        self.user = 0
        """Who has been recognised; 0: nobody yet."""

    def took(self, service: int, body: bytes) -> tuple[int, bytes] | None:
        """The service and body inside of a wrapper of a recognised user; None where there is nothing more to do."""
        if service == 0x0951:
            self._begin(body[8:40])
            return None
        if service != 0x0950 or not self._key:
            return None
        inner = self._unwrapped(body)
        service, body = int.from_bytes(inner[2:4]), inner[6:]
        if service == 0x0953:
            self._recognise(body[1], body[2:])
            return None
        return (service, body) if self.user and service != 0x0954 else None

    def _begin(self, theirs: bytes) -> None:
        private = X25519PrivateKey.generate()
        mine = private.public_key().public_bytes_raw()
        self._key = hashlib.sha256(private.exchange(X25519PublicKey.from_public_bytes(theirs))).digest()[:16]
        self._exchanged = bytes(a ^ b for a, b in zip(theirs, mine, strict=True))
        key = device_key(self._authentication)
        header = bytes.fromhex("061009520038")
        mac = mac_of(key, header + self._id.to_bytes(2) + self._exchanged)
        self._writer.write(header + self._id.to_bytes(2) + mine + counted(key, HANDSHAKE, mac))

    def _recognise(self, user: int, mac: bytes) -> None:
        key = user_key(self._users.get(user, ""))
        expected = mac_of(key, bytes.fromhex("061009530018") + bytes([0, user]) + self._exchanged)
        fits = user in self._users and counted(key, HANDSHAKE, mac) == expected
        self.user = user if fits and not self.status else 0
        self.write(frame(0x0954, bytes([self.status or (0 if fits else 1), 0])))

    def _unwrapped(self, body: bytes) -> bytes:
        sequence, tag, sealed, mac = body[2:8], body[14:16], body[16:-16], body[-16:]
        start = sequence + body[8:14] + tag
        plain = counted(self._key, start + b"\xff\0", mac, sealed)
        header = b"\x06\x10\x09\x50" + (6 + len(body)).to_bytes(2) + body[:2]
        inner = plain[16:]
        assert plain[:16] == mac_of(self._key, header, inner, start + len(inner).to_bytes(2)), "the code is wrong"
        assert int.from_bytes(sequence) > self._received, "an old number"
        self._received = int.from_bytes(sequence)
        return inner

    def write(self, plain: bytes) -> None:
        """Sends a frame in a wrapper."""
        start = self._sequence.to_bytes(6) + SERIAL + bytes(2)
        self._sequence += 1
        header = b"\x06\x10\x09\x50" + (38 + len(plain)).to_bytes(2) + self._id.to_bytes(2)
        mac = mac_of(self._key, header, plain, start + len(plain).to_bytes(2))
        sealed = counted(self._key, start + b"\xff\0", mac, plain)
        self._writer.write(header + start + sealed[16:] + sealed[:16])

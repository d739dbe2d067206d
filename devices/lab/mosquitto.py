"""A real mosquitto on loopback, with its own certificates and password, that can be restarted."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import ipaddress
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devices import tethered_process
from devices.lab.loopback import FAMILY, IN_URL, LOOPBACK
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_ROUNDS = 101  # what mosquitto 2.0 writes itself; the password is random anyway


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """Address and login of a broker; user, password and ca are empty for an open one."""

    url: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    ca: str = ""


class Mosquitto:
    """One mosquitto process in `folder` with default settings; with `tls` also a password, else open."""

    def __init__(self, folder: Path, *, tls: bool = True, persistent: bool = False, more: tuple[str, ...] = ()) -> None:
        self._more = more
        self._folder = folder / "broker"
        self._tls, self._persistent = tls, persistent
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._user, self._password = ("oikos", secrets.token_urlsafe(12)) if tls else ("", "")

    @property
    def facts(self) -> BrokerFacts:
        """The broker's address and login."""
        ca = self._folder / "ca.crt"
        url = f"mqtts://{IN_URL}:{self._port}?ca={ca}" if self._tls else f"mqtt://{IN_URL}:{self._port}"
        return BrokerFacts(url, LOOPBACK, self._port, self._user, self._password, str(ca) if self._tls else "")

    async def start(self) -> BrokerFacts:
        """Starts the broker and waits until it listens. Raises ProblemError."""
        program = _program()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._tls:
            await asyncio.to_thread(write_certificates, self._folder)
            (self._folder / "passwords").write_text(f"{self._user}:{_hashed(self._password)}\n", "utf-8")
            (self._folder / "passwords").chmod(0o600)
        for _ in range(5):
            self._port = self._port or _free_port()
            if await self._launch(program):
                return self.facts
            self._port = 0  # somebody took it in between
        raise ProblemError(_silent(self._folder))

    async def _launch(self, program: str) -> bool:
        (self._folder / "mosquitto.conf").write_text(self._configuration(), "utf-8")
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tethered_process.command(program, "-c", str(self._folder / "mosquitto.conf")),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )
        for _ in range(100):
            if self._process.returncode is not None:
                return False
            if await _listens(self._port):
                return True
            await asyncio.sleep(0.05)
        await self.stop()
        return False

    def _configuration(self) -> str:
        lines = [
            f"listener {self._port} {LOOPBACK}",
            "set_tcp_nodelay true",
            *self._more,
        ]
        if getattr(os, "geteuid", lambda: 1)() == 0:
            lines.append("user root")  # else it gives up its rights and cannot read our folder
        if self._tls:
            lines += [
                f"cafile {self._folder / 'ca.crt'}",
                f"certfile {self._folder / 'server.crt'}",
                f"keyfile {self._folder / 'server.key'}",
                "allow_anonymous false",
                f"password_file {self._folder / 'passwords'}",
            ]
        else:
            lines.append("allow_anonymous true")
        if self._persistent:
            lines += ["persistence true", f"persistence_location {self._folder}/", "autosave_interval 5"]
        return "\n".join(lines) + "\n"

    async def stop(self) -> None:
        """Ends the process; may be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(3):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def restart(self, *, pause_s: float = 0.2) -> None:
        """Stops and starts on the same port; without persistence retained messages are lost. Raises ProblemError."""
        await self.stop()
        await asyncio.sleep(pause_s)
        if not await self._launch(_program()):
            raise ProblemError(_silent(self._folder))


def _program() -> str:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if found is None:
        raise ProblemError(Problem(code="lab.no_broker"))
    return found


def _free_port() -> int:
    with socket.socket(FAMILY) as one:
        one.bind(socket.getaddrinfo(LOOPBACK, 0)[0][4])
        return int(one.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.transport.abort()
    return True


def _hashed(password: str) -> str:
    """mosquitto's own format: PBKDF2 with SHA-512 (mosquitto 2.0, `mosquitto_passwd`)."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _silent(folder: Path) -> Problem:
    log = folder / "mosquitto.log"
    tail = log.read_text("utf-8", "replace")[-400:] if log.is_file() else ""
    return Problem(code="lab.broker_silent", where=str(folder), retry=True, detail=tail)


def write_certificates(folder: Path, *, age_d: int = 1) -> None:
    """Writes a CA certificate and a server certificate for loopback, valid for 31 days from `age_d` days ago."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=age_d)  # noqa: TID251 - certificates are dated by the real clock
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca, server = _signed(ca_key, key, start)
    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(ca.public_bytes(pem))
    (folder / "server.crt").write_bytes(server.public_bytes(pem))
    private = folder / "server.key"
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


def _signed(
    ca_key: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, start: dt.datetime
) -> tuple[x509.Certificate, x509.Certificate]:
    """Certificates of the CA and of the server, both signed by the CA."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def begun(subject: str, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named("Oikos lab CA"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=31))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    address = x509.IPAddress(ipaddress.ip_address(LOOPBACK.partition("%")[0]))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName("oikos-lab.local"), address])
    ca = (
        begun("Oikos lab CA", ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage_of_authority(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        begun("Oikos lab broker", key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return ca, server


def _usage_of_authority() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip

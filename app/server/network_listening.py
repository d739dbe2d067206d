"""The socket, certificate and TLS context with which an engine listens for other machines. Blocks."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import platform
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from devices.loopback_address import bracketed
from devices.tls import fingerprint
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.grant import NetworkDoor
from twin.model.problem import Problem, ProblemError
from twin.model.text import why

FOLDER, CERTIFICATE = "door", "certificate.pem"
VALID_DAYS = 3650
"""Clients pin the certificate, so that only a new one would make them ask again."""
BACKLOG = 128
_ADDRESS = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%[^\]]+)?)\]|(?P<name>[^\[\]:]*)):(?P<port>\d{1,5})|(?P<only>\d{1,5})"
)
EVERYWHERE = "::"


@dataclass(frozen=True, slots=True)
class NetworkListening:
    """A bound socket and the TLS context for it."""

    socket: socket.socket
    context: ssl.SSLContext
    door: NetworkDoor

    def close(self) -> None:
        """Stops listening."""
        self.socket.close()


def listen_on_network(address: str, home: Path) -> NetworkListening:
    """Binds `[host]:port` (port 0: any free one). Raises ProblemError: no address, in use, not of this machine."""
    host, port = parsed_address(address)
    try:
        context, pin = _context(home / FOLDER)
    except OSError as error:
        raise ProblemError(os_problem(error, home / FOLDER, code="serve.certificate")) from error
    bound = _bound(host, port, address)
    port = int(bound.getsockname()[1])
    return NetworkListening(
        bound, context, NetworkDoor(address=address, port=port, fingerprint=pin, urls=_urls(host, port))
    )


def parsed_address(text: str) -> tuple[str, int]:
    """(host, port) of `[::]:8443`, `192.0.2.1:8443`, `house.local:8443` or `8443`. Raises ProblemError."""
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found["port"] or found["only"]) if found else 65536
    if found is None or port > 65535:
        raise ProblemError(Problem(code="serve.address", where=text[:80]))
    return found["six"] or found["name"] or EVERYWHERE, port


def _bound(host: str, port: int, shown: str) -> socket.socket:
    """A listening socket; `::` takes IPv4 as well, and only IPv4 where the machine has no IPv6."""
    everywhere = host == EVERYWHERE
    try:
        if everywhere and not socket.has_dualstack_ipv6():
            host = "0.0.0.0"  # noqa: S104 - asked for: every address of this machine
        family, kind, proto, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, proto)
    except OSError as error:
        raise ProblemError(_unbound(error, shown)) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if everywhere else 1)
        bound.setblocking(False)
        bound.bind(place)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ProblemError(_unbound(error, shown)) from error
    return bound


def _unbound(error: OSError, shown: str) -> Problem:
    return Problem(code="serve.unbound", args={"reason": why(error)}, where=shown, retry=True, detail=str(error))


def _urls(host: str, port: int) -> tuple[str, ...]:
    """URLs of this machine for that address: its own names and addresses where it listens everywhere."""
    everywhere = host in (EVERYWHERE, "0.0.0.0")  # noqa: S104 - compared, not bound
    return tuple(f"https://{bracketed(one)}:{port}" for one in (_own_addresses() if everywhere else (host,)))


def _own_addresses() -> tuple[str, ...]:
    import ifaddr

    found: list[str] = []
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            text = one.ip if isinstance(one.ip, str) else one.ip[0]
            if not ipaddress.ip_address(text.partition("%")[0]).is_link_local:
                found.append(text)
    lasting = [one for one in dict.fromkeys(found) if not ipaddress.ip_address(one).is_loopback]
    return (platform.node() or "localhost", *lasting)


def _context(folder: Path) -> tuple[ssl.SSLContext, str]:
    """TLS 1.3 with this machine's certificate, which is made at the first time; and its fingerprint."""
    file = folder / CERTIFICATE
    atomic.private_folder(folder)
    with contextlib.suppress(FileExistsError), atomic.creating(file, mode=0o600) as part:
        atomic.fill(part, _new_certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(regular(file))
        pem = file.read_text(encoding="ascii")
        own = pem[pem.index("-----BEGIN CERTIFICATE-----") :]
        return context, fingerprint(ssl.PEM_cert_to_DER_cert(own))
    except (ssl.SSLError, ValueError) as error:
        raise ProblemError(Problem(code="serve.certificate", where=str(file), detail=str(error)[:200])) from error


def _new_certificate() -> bytes:
    """A self-signed certificate for a new P-256 key, both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, (platform.node() or "oikos")[:64])])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)  # noqa: TID251 - certificates are dated by the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)

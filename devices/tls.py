"""TLS trust: system certificates, a CA file, or one pinned certificate; with explanations of failures."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, override

from twin.files.opening import regular
from twin.model.certificate import Certificate
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError

FETCH_S = 8.0
_NAME_CODES = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_EARLY, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


class OtherCertificateError(ssl.SSLError):
    """The server presents another certificate than the pinned one."""


def _check_pin(ended: ssl.SSLSocket | ssl.SSLObject) -> None:
    """Raises OtherCertificateError where the handshake showed another certificate than the pinned one."""
    pin = getattr(ended.context, "pin", "")
    if pin and fingerprint(ended.getpeercert(binary_form=True) or b"") != pin:
        raise OtherCertificateError("the certificate is not the trusted one")


class _Object(ssl.SSLObject):
    """TLS of asyncio's connections; their handshake fails where the pinned certificate is not shown, before a byte of
    the application is sent.
    """

    @override
    def do_handshake(self) -> None:
        super().do_handshake()
        _check_pin(self)


class _Socket(ssl.SSLSocket):
    """TLS socket that closes itself when the handshake fails (paho 2.2 leaves it open) and checks a pinned
    certificate.
    """

    @override
    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
            _check_pin(self)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            self.close()
            raise


class TrustContext(ssl.SSLContext):
    """TLS context that verifies the name `host`, whichever address it resolved to, or the pinned certificate."""

    host: str
    pin: str

    @override
    def wrap_socket(self, sock: Any, *args: Any, **more: Any) -> ssl.SSLSocket:
        """Wraps the socket with `host` as server name."""
        return super().wrap_socket(sock, *args, **more | {"server_hostname": self.host})


def trusting(host: str, *, ca: str = "", pin: str = "") -> TrustContext:
    """The context for a server called `host`, for sockets and for asyncio. Blocks: reads files. Raises ProblemError for an
    unreadable CA file, and for a pin that is no fingerprint.
    """
    if pin and not cleaned_fingerprint(pin):
        raise ProblemError(no_fingerprint(pin))
    context = TrustContext(ssl.PROTOCOL_TLS_CLIENT)
    context.host, context.pin = _named(host), cleaned_fingerprint(pin)
    context.sslsocket_class, context.sslobject_class = _Socket, _Object
    if pin:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        if ca:
            context.load_verify_locations(cafile=regular(Path(ca)))
        else:
            context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise ProblemError(_unreadable(ca, str(error))) from None
    return context


def _named(host: str) -> str:
    """The host as a certificate names it: the zone of a link-local address means nothing to others (RFC 6874)."""
    return host.partition("%")[0]


def fingerprint(der: bytes) -> str:
    """SHA-256 fingerprint of a DER certificate, as `AB:CD:…`."""
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())


def cleaned_fingerprint(text: str) -> str:
    """A typed fingerprint (colons, spaces, small letters, `sha256:`) in the form of `fingerprint`; empty if invalid."""
    plain = re.sub(r"^sha-?256[:=/ ]", "", text.strip(), flags=re.IGNORECASE)
    digits = re.sub(r"[:\s-]", "", plain).upper()
    return ":".join(re.findall("..", digits)) if re.fullmatch(r"[0-9A-F]{64}", digits) else ""


def read_certificate(der: bytes) -> Certificate:
    """The fields of a DER certificate; missing names stay empty. Raises ValueError where it cannot be parsed."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = x509.load_der_x509_certificate(der)

    def common(name: x509.Name) -> str:
        common_names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
        return clean_name(common_names[0].value if common_names else name.rfc4514_string(), 128)

    names: tuple[str, ...] = ()
    try:
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(clean_name(str(one.value), 128) for one in held)[:32]
    except (x509.ExtensionNotFound, ValueError):
        pass
    return Certificate(
        name=common(found.subject) or (names[0] if names else ""),
        issuer=common(found.issuer),
        fingerprint=fingerprint(der),
        names=names,
        valid_from=f"{found.not_valid_before_utc:%Y-%m-%d}",
        valid_to=f"{found.not_valid_after_utc:%Y-%m-%d}",
        self_signed=found.subject == found.issuer,
    )


async def fetched(hosts: Sequence[str], port: int, host: str) -> Certificate | None:
    """The certificate that a server presents, trusted or not; None where none is obtained within FETCH_S per address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for address in hosts:
        try:
            async with asyncio.timeout(FETCH_S):
                _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=_named(host))
            held = writer.get_extra_info("ssl_object")
            der = held.getpeercert(binary_form=True) if held else None
            writer.transport.abort()
            if der:
                return await asyncio.to_thread(read_certificate, der)
        except (OSError, TimeoutError, ValueError):
            continue
    return None


def explain_tls_error(error: ssl.SSLError, host: str, where: str, shown: Certificate | None) -> Problem | None:
    """The problem that explains why a certificate was refused; None where the error is not about the certificate."""
    found = shown.fingerprint if shown else ""
    detail = f"SHA-256 {found}" if found else str(error)[:300]

    def problem(code: str, **args: object) -> Problem:
        return Problem(code=code, args=args, where=where, retry=True, detail=detail)

    if isinstance(error, OtherCertificateError):
        return problem("certificate.changed")
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    code = getattr(error, "verify_code", 0)
    if code in _NAME_CODES:
        names = shown.names[:6] or (shown.name,) if shown else ("?",)
        return problem("certificate.name", names=names, host=host)
    if code == _EXPIRED:
        return problem("certificate.expired", until=shown.valid_to if shown else "?")
    if code == _EARLY:
        return problem("certificate.early", since=shown.valid_from if shown else "?")
    return problem("certificate.unknown", issuer=shown.issuer if shown else "?")


def _unreadable(ca: str, detail: str) -> Problem:
    return Problem(code="certificate.ca", where=ca, detail=detail)


def no_fingerprint(text: str) -> Problem:
    """The problem for an option that is not a valid fingerprint."""
    return Problem(code="certificate.fingerprint", where=text[:100])

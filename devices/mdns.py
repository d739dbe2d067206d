"""Filter between the network and zeroconf: malformed packets must not stop zeroconf's own queries.

zeroconf repeats known records in its questions (known answers, RFC 6762 section 7.1). A name with a label of more than
63 bytes, after replacement of invalid UTF-8, cannot be encoded there: the browser's timer fails and queries stop. Such
records are removed from the cache before the next query.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, override

from zeroconf import (
    DNSIncoming,  # pyright: ignore[reportPrivateImportUsage]
    DNSOutgoing,  # pyright: ignore[reportPrivateImportUsage] - documented all the same
    DNSPointer,  # pyright: ignore[reportPrivateImportUsage]
    DNSQuestion,  # pyright: ignore[reportPrivateImportUsage]
    DNSText,  # pyright: ignore[reportPrivateImportUsage]
    RecordUpdate,
    RecordUpdateListener,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceInfo

from twin.model.ids import clean_name

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

_LOG = logging.getLogger("oikos.discover")

RECEIVE_BUFFER = 4_000_000
LABEL_BYTES = 63
"""Most bytes of a label (RFC 1035 section 2.3.4)."""
_QUERY, _POINTER, _INTERNET = 0x0000, 12, 1
"""Flags of a question, and type and class of a pointer (RFC 1035 sections 4.1.1 and 3.2)."""
_NAMES = ("name", "alias", "server", "next_name")
"""Fields of a record that hold names: its own, a pointer's target, a service's host, the next name of an NSEC."""


class MdnsBorder(RecordUpdateListener):
    """Filter in front of every socket of one zeroconf. `source` is the sender of the packet being processed."""

    def __init__(self) -> None:
        super().__init__()
        self.source = ""
        self._unaskable: list[Any] = []
        self._zeroconf: Zeroconf | None = None
        self._logged: set[type[Exception]] = set()

    def install(self, zeroconf: AsyncZeroconf) -> None:
        """Installs itself in front of the sockets of a zeroconf that has started."""
        self._zeroconf = zeroconf.zeroconf
        zeroconf.zeroconf.async_add_listener(self, None)
        self.guard(zeroconf)

    def guard(self, zeroconf: AsyncZeroconf) -> None:
        """Puts itself in front of the sockets that came since."""
        for reader in zeroconf.zeroconf.engine.readers:
            inner = reader.transport.get_protocol()
            if not isinstance(inner, _Guarded):
                reader.transport.set_protocol(_Guarded(inner, self))

    @override
    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        """Notes records whose names cannot be queried; zeroconf stores them after this call."""
        self._unaskable += [update.new for update in records if not askable_record(update.new)]

    def take(self, inner: Any, data: bytes, address: Any) -> None:  # noqa: ANN401 - zeroconf's protocol, any family
        """Passes one packet to zeroconf and removes the records noted as unaskable. Never raises."""
        self.source = str(address[0]) if address else ""
        try:
            inner.datagram_received(data, address)
        except Exception as error:
            # What strangers send breaks a parser in any way it likes: that packet is left out, the next one is read.
            if type(error) not in self._logged:
                self._logged.add(type(error))
                _LOG.warning("a packet from %s was left out", self.source, exc_info=True)
        finally:
            self.source = ""
            if self._unaskable and self._zeroconf is not None:
                self._zeroconf.cache.async_remove_records(self._unaskable)
                self._unaskable.clear()


class _Guarded(asyncio.DatagramProtocol):
    """The protocol of one socket, with the filter in front of it."""

    def __init__(self, inner: Any, border: MdnsBorder) -> None:  # noqa: ANN401 - zeroconf's own
        self._inner, self._border = inner, border

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._border.take(self._inner, data, addr)

    @override
    def error_received(self, exc: Exception) -> None:
        self._inner.error_received(exc)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)


def widen(zeroconf: AsyncZeroconf) -> None:
    """Enlarges the receive buffers for bursts of answers; the kernel limits them to net.core.rmem_max."""
    engine = zeroconf.zeroconf.engine
    for one in (*engine.readers, *engine.senders):
        sock = one.transport.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def described(key: tuple[str, str]) -> AsyncServiceInfo:
    """The service info to resolve. Its name is set afterwards, because zeroconf refuses names that some devices use."""
    kind, name = key
    info = AsyncServiceInfo(kind, kind)
    info.name = name
    return info


def ask_who_is_there(zeroconf: Zeroconf, *kinds: str) -> None:
    """Queries the instances of service types once, without known answers."""
    out = DNSOutgoing(_QUERY)
    for kind in kinds:
        out.add_question(DNSQuestion(kind, _POINTER, _INTERNET))
    zeroconf.async_send(out)


def askable(name: str) -> bool:
    """Whether a name can be encoded in a DNS question: no label over 63 bytes."""
    if name.isascii():  # a label comes with at most 63 bytes; only what was replaced in it makes it longer
        return True
    return all(len(label.encode("utf-8", "replace")) <= LABEL_BYTES for label in name.split("."))


def askable_record(record: object) -> bool:
    """Whether every name in a record can be encoded in a DNS question."""
    return all(askable(getattr(record, field, "")) for field in _NAMES)


def texts_of(packets: Iterable[bytes], kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(instance name, TXT values by lower-case key) of the services of a type in these packets; unreadable ones are
    skipped.
    """
    for packet in packets:
        try:
            answers = DNSIncoming(packet).answers()
        except Exception:  # noqa: S112 - what strangers send breaks a parser in any way it likes
            continue
        for record in answers:
            if isinstance(record, DNSPointer) and record.name.lower() == kind:
                yield clean_name(record.alias.removesuffix(f".{kind}"), 64), {}
            elif isinstance(record, DNSText) and record.name.lower().endswith(f".{kind}"):
                yield clean_name(record.name[: -len(kind) - 1], 64), _text_values(record.text)


def _text_values(raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(raw):  # RFC 6763 section 6.1: each string with its length before it
        key, _, value = raw[at + 1 : at + 1 + raw[at]].partition(b"=")
        found[key.decode("ascii", "replace").lower()] = clean_name(value.decode("utf-8", "replace"), 64)
        at += 1 + raw[at]
    return found

"""KNX Data Secure with sequence numbers that outlive a restart and a clock that is set back: kept in a file of the link.

A receiver accepts no number twice (KNX 03.07.02, Data Security). The library begins at the clock's milliseconds and does not
store what it has received; here sending begins after the last number that may have been used, receiving after the last accepted.
"""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from typing import override

import msgspec
from xknx import XKNX
from xknx.cemi.cemi_handler import CEMIHandler
from xknx.exceptions import CouldNotParseAddress
from xknx.secure.data_secure import DataSecure
from xknx.secure.keyring import Keyring
from xknx.telegram import IndividualAddress

from twin.files import atomic

RESERVED = 65_536
"""Numbers that may be used before the file is written again: an hour of a bus that is always busy."""
EPOCH_S = 1_515_110_400
"""Where the library's numbers begin: 2018-01-05, in Unix time."""


class _Kept(msgspec.Struct, frozen=True):
    keyring: str = ""
    """Signature of the keyring: another one brings the received numbers of its own."""
    sending: int = 0
    """No number from this on was ever used."""
    received: dict[str, int] = {}
    """Last number taken by individual address."""


class SequenceNumbers:
    """The numbers of a link. `load` and `save` block; they may be called from another thread than the rest."""

    def __init__(self, file: Path, keyring: str) -> None:
        self._file, self._keyring = file, keyring
        self._saving = threading.Lock()
        self._reserved = 0
        self.next = 0
        """The number that is sent next."""
        self.received: dict[IndividualAddress, int] = {}
        """Last number taken, by sender."""
        self._saved: dict[IndividualAddress, int] = {}

    def load(self) -> None:
        """Continues after the numbers of the file and of the clock, and reserves the next numbers. Raises OSError."""
        kept = self._read()
        clock = round((time.time() - EPOCH_S) * 1000)
        self.next = max(kept.sending, clock, 1)
        if kept.keyring == self._keyring:
            for name, number in kept.received.items():
                with contextlib.suppress(CouldNotParseAddress):
                    self.received[IndividualAddress(name)] = number
        self.save()

    @property
    def is_due(self) -> bool:
        """Whether the file lacks received numbers, or half of those reserved are used."""
        return self.received != self._saved or self.next > self._reserved - RESERVED // 2

    def save(self) -> None:
        """Writes the numbers, where the file does not hold higher ones. Raises OSError."""
        with self._saving:
            kept, received = self._read(), dict(self.received)
            sending = max(kept.sending, self.next + RESERVED)
            known = kept.received if kept.keyring == self._keyring else {}
            numbers = known | {str(one): max(number, known.get(str(one), 0)) for one, number in received.items()}
            text = msgspec.json.encode(_Kept(keyring=self._keyring, sending=sending, received=numbers))
            atomic.write(self._file, text, mode=0o600)
            self._reserved, self._saved = sending, received

    def take_next(self) -> int:
        """The next number to send, which no later one repeats. Raises OSError where it cannot be kept that it is used."""
        if self.next >= self._reserved:
            self.save()  # the numbers are reserved ahead, so this is rare
        number, self.next = self.next, self.next + 1
        return number

    def _read(self) -> _Kept:
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            return msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        return _Kept()


class KeptDataSecure(DataSecure):
    """The library's, with numbers that are kept."""

    __slots__ = ("_numbers",)

    def __init__(self, keyring: Keyring, numbers: SequenceNumbers) -> None:
        table = keyring.get_data_secure_senders()
        for sender in table.keys() & numbers.received.keys():
            table[sender] = max(table[sender], numbers.received[sender])
        super().__init__(
            group_key_table=keyring.get_data_secure_group_keys(),
            individual_address_table=table,
            last_sequence_number_sending=numbers.next,
        )
        self._numbers = numbers
        numbers.received = table  # the library writes each number there that it takes

    @override
    def get_sequence_number(self) -> int:
        return self._numbers.take_next()


class KeptCemiHandler(CEMIHandler):
    """The library's handler of frames, with Data Secure whose numbers are kept."""

    __slots__ = ("_numbers",)

    def __init__(self, xknx: XKNX, numbers: SequenceNumbers) -> None:
        super().__init__(xknx)
        self._numbers = numbers

    @override
    def data_secure_init(self, keyring: Keyring | None) -> None:
        self.data_secure = KeptDataSecure(keyring, self._numbers) if keyring is not None else None

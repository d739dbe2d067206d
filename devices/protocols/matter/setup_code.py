"""Parses and formats setup codes: the QR text `MT:...` and the manual code of 11 or 21 digits (Matter core
specification 5.1). Pure.

Typing errors are detected before any radio is used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

MAX_TEXT = 1024
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-."
_FORBIDDEN = frozenset({0, 12345678, 87654321, *(digit * 11111111 for digit in range(1, 10))})
_BETWEEN = frozenset(" -‐‑‒–\u00a0.\t\r\n")
_QR = re.compile(r"MT:[^\s\"'“”‘’«»<>&#,;]*", re.IGNORECASE)
_QUOTES = "\"'“”‘’«»"
_HOMEKIT = "X-HM:"
_LAST_VENDOR = 0xFFF4
"""The last test vendor id; higher ones are reserved (Matter core specification 2.5.2)."""
_BYTES_OF = {5: 3, 4: 2, 2: 1}
_CHARACTERS_OF = {size: characters for characters, size in _BYTES_OF.items()}
_QR_FIELDS = (3, 16, 16, 2, 8, 12, 27, 4)
"""Bits of version, vendor, product, flow, capabilities, discriminator, passcode and padding (table 35)."""
_QR_BYTES = 11
_ON_NETWORK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupCode:
    """The fields of a setup code. `discriminator` has 12 bits, or 4 where `short` (a manual code)."""

    passcode: int
    discriminator: int
    short: bool = False
    vendor_id: int = 0
    product_id: int = 0
    flow: int = 0
    """0 standard, 1 requires a button press on the device first, 2 custom."""
    capabilities: int | None = None
    """Bit 1 Bluetooth, bit 2 on the network; None where the code does not contain it."""

    def matches(self, long_discriminator: int) -> bool:
        """Whether a device announced with this 12-bit discriminator may be the one of the code."""
        announced = long_discriminator >> 8 if self.short else long_discriminator
        return announced == self.discriminator

    def is_of_device(self, other: SetupCode) -> bool:
        """Whether the other one is a code of the same device."""
        if self.passcode != other.passcode:
            return False
        if self.short == other.short:
            return self.discriminator == other.discriminator
        short, long = (self, other) if self.short else (other, self)
        return short.matches(long.discriminator)


def parse(text: str) -> SetupCode:
    """The code in a text that was typed, scanned or pasted. Raises ProblemError `matter.invalid_code` with the reason.

    Accepts web addresses that contain the QR text (`...?data=MT%3A...`), labels copied with both codes, quotes, and
    digits of any script.
    """
    if len(text) > MAX_TEXT:
        raise _wrong("matter.code.too_long")
    bare = _plain(text)
    found = _QR.findall(bare)
    rest = " ".join(_QR.sub(" ", bare).split())
    if not found:
        return _parse_manual(bare)
    codes = {_parse_qr(one.upper()) for one in found}
    if not _is_address(bare) and (digits := _digits(rest)) is not None:
        manual = _parse_manual(digits)
        if any((manual.passcode, manual.discriminator) != (one.passcode, one.discriminator >> 8) for one in codes):
            raise _wrong("matter.code.two_devices")
    if len(codes) > 1:
        raise _wrong("matter.code.several_codes")
    return codes.pop()


def _plain(text: str) -> str:
    """Full-width characters and digits of other scripts as ASCII, percent signs of a web address undone, no quotes."""
    digits = (str(unicodedata.decimal(char, char)) for char in unicodedata.normalize("NFKC", text))
    bare = "".join(digits).strip().strip(_QUOTES).strip()
    bare = unquote(bare) if "%" in bare else bare
    return re.sub(r"(?i)\b(MT:)\s+", r"\1", bare)


def _is_address(text: str) -> bool:
    return "://" in text and not text.upper().startswith(_HOMEKIT)


def _digits(text: str) -> str | None:
    """The one manual code in a text; None where it holds none or several."""
    between = "[" + re.escape("".join(sorted(_BETWEEN))) + "]*"
    runs = re.findall(rf"(?<![\w-])(?:\d{between}){{10,20}}\d(?![\w-])", text)
    whole = {bare for run in runs if len(bare := "".join(filter(str.isdigit, run))) in (11, 21)}
    return whole.pop() if len(whole) == 1 else None


def qr_text(code: SetupCode) -> str:
    """The QR text. Raises ValueError for a short discriminator."""
    if code.short:
        raise ValueError("a manual code lacks the long discriminator that a QR code carries")
    capabilities = _ON_NETWORK if code.capabilities is None else code.capabilities
    values = (0, code.vendor_id, code.product_id, code.flow, capabilities, code.discriminator, code.passcode, 0)
    packed = shift = 0
    for value, bits in zip(values, _QR_FIELDS, strict=True):
        packed |= value << shift
        shift += bits
    return "MT:" + _encoded(packed.to_bytes(_QR_BYTES, "little"))


def manual_text(code: SetupCode) -> str:
    """The manual code: 21 digits for a device with a non-standard flow, else 11."""
    short = code.discriminator if code.short else code.discriminator >> 8
    long = code.flow != 0
    first = (4 if long else 0) | (short >> 2)
    digits = f"{first}{((short & 3) << 14) | (code.passcode & 0x3FFF):05d}{code.passcode >> 14:04d}"
    if long:
        digits += f"{code.vendor_id:05d}{code.product_id:05d}"
    return digits + str(_check_digit(digits))


def _parse_qr(text: str) -> SetupCode:
    pieces = text[3:].split("*")
    if len(pieces) > 1:
        raise _wrong("matter.code.several_devices")
    data = _decoded(pieces[0])
    if len(data) < _QR_BYTES:
        raise _wrong("matter.code.qr_cut")
    packed = int.from_bytes(data[:_QR_BYTES], "little")
    values: list[int] = []
    for bits in _QR_FIELDS:
        values.append(packed & ((1 << bits) - 1))
        packed >>= bits
    version, vendor, product, flow, capabilities, discriminator, passcode, padding = values
    if version:
        raise _wrong("matter.code.qr_version", version=version)
    if padding or flow == 3:
        raise _wrong("matter.code.qr_damaged")
    _check_maker(vendor, product)
    return SetupCode(
        passcode=_passcode(passcode),
        discriminator=discriminator,
        vendor_id=vendor,
        product_id=product,
        flow=flow,
        capabilities=capabilities,
    )


def _parse_manual(text: str) -> SetupCode:
    digits = "".join(char for char in text if char not in _BETWEEN)
    if not digits:
        raise _wrong("matter.code.empty")
    if text.upper().startswith(_HOMEKIT):
        raise _wrong("matter.code.homekit")
    if _is_address(text):
        raise _wrong("matter.code.address")
    if not digits.isdigit():
        digits = _digits(text) or ""
    if not digits:
        raise _wrong("matter.code.not_digits")
    if len(digits) not in (11, 21):
        raise _wrong("matter.code.length", digits=len(digits))
    if _check_digit(digits[:-1]) != int(digits[-1]):
        raise _wrong("matter.code.check_digit")
    first, second, third = int(digits[0]), int(digits[1:6]), int(digits[6:10])
    if first > 7:
        raise _wrong("matter.code.version")
    long = bool(first & 4)
    if long != (len(digits) == 21):
        raise _wrong("matter.code.form", digits=21 if long else 11)
    vendor, product = (int(digits[10:15]), int(digits[15:20])) if long else (0, 0)
    if second > 0xFFFF or third > 0x1FFF or vendor > 0xFFFF or product > 0xFFFF:
        raise _wrong("matter.code.range")
    _check_maker(vendor, product)
    return SetupCode(
        passcode=_passcode((second & 0x3FFF) | (third << 14)),
        discriminator=((first & 3) << 2) | (second >> 14),
        short=True,
        vendor_id=vendor,
        product_id=product,
        flow=2 if long else 0,
    )


def _check_maker(vendor: int, product: int) -> None:
    """Numbers that no device can have (Matter core specification 2.5.2, 2.5.3)."""
    if vendor > _LAST_VENDOR:
        raise _wrong("matter.code.vendor")
    if vendor and not product:
        raise _wrong("matter.code.product")


def _passcode(number: int) -> int:
    if number in _FORBIDDEN or not 0 < number <= 99_999_998:
        raise _wrong("matter.code.passcode")
    return number


def _decoded(text: str) -> bytes:
    """Base 38, five characters for three bytes, least significant first (5.1.3.1)."""
    data = bytearray()
    for start in range(0, len(text), 5):
        chunk = text[start : start + 5]
        size = _BYTES_OF.get(len(chunk))
        if size is None:
            raise _wrong("matter.code.qr_cut")
        value = 0
        for char in reversed(chunk):
            digit = _ALPHABET.find(char)
            if digit < 0:
                raise _wrong("matter.code.qr_character")
            value = value * 38 + digit
        if value >> (8 * size):
            raise _wrong("matter.code.qr_damaged")
        data += value.to_bytes(size, "little")
    return bytes(data)


def _encoded(data: bytes) -> str:
    text = ""
    for start in range(0, len(data), 3):
        chunk = data[start : start + 3]
        value = int.from_bytes(chunk, "little")
        for _ in range(_CHARACTERS_OF[len(chunk)]):
            value, digit = divmod(value, 38)
            text += _ALPHABET[digit]
    return text


def _check_digit(digits: str) -> int:
    """Verhoeff's check digit (5.1.4.1.5): the dihedral group of the pentagon, a permutation per place."""
    check = 0
    for place, char in enumerate(reversed(digits), start=1):
        check = _joined(check, _permuted(int(char), place))
    return (5 - check) % 5 if check < 5 else check


_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permuted(digit: int, times: int) -> int:
    for _ in range(times % 8):
        digit = _STEP[digit]
    return digit


def _joined(a: int, b: int) -> int:
    """Product in the dihedral group of order ten: 0-4 turn, 5-9 flip."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def _wrong(code: str, **args: object) -> ProblemError:
    return ProblemError(Problem(code="matter.invalid_code", args={"why": Text(code, **args)}))

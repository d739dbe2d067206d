"""Reads QR codes and bar codes of device labels from a grey picture (zxing-cpp). Pure; blocks while it searches, seconds for a
large picture without a code, and other threads run meanwhile."""

from __future__ import annotations

import numpy as np
import zxingcpp
from numpy.typing import NDArray

type Grey = NDArray[np.uint8]
"""A picture, (height, width), 0 black to 255 white."""

_MATRIX = "QRCode,MicroQRCode,RMQRCode,DataMatrix,Aztec"
_FORMATS = f"{_MATRIX},Code128,Code39,ITF"


def codes_in(picture: Grey) -> tuple[str, ...]:
    """Texts of all codes in the picture, turned, inverted, small or large, each once."""
    formats = zxingcpp.barcode_formats_from_str(_FORMATS)
    found = zxingcpp.read_barcodes(np.ascontiguousarray(picture), formats=formats)
    return tuple(dict.fromkeys(text for one in found if (text := one.text.strip())))


def shows_label(picture: Grey) -> bool:
    """Whether any code or a part of one is in the picture, read or not: a label, on which a pairing code may be printed too."""
    matrix = zxingcpp.barcode_formats_from_str(_MATRIX)
    damaged = zxingcpp.read_barcodes(np.ascontiguousarray(picture), formats=matrix, return_errors=True)
    return bool(damaged or codes_in(picture))


def pairing_text(texts: tuple[str, ...]) -> str:
    """The text to judge as a pairing code: setup payloads where the label has any, else what consists of 11 or 21 digits,
    else everything.
    """
    payloads = [text for text in texts if text.upper().startswith(("MT:", "X-HM:"))] or [
        text for text in texts if "MT:" in text.upper() or "MT%3A" in text.upper()
    ]
    digits = [text for text in texts if sum(map(str.isdigit, text)) in (11, 21) and not any(map(str.isalpha, text))]
    matter = [text for text in payloads if not text.upper().startswith("X-HM:")]
    return " ".join(matter or payloads or digits or texts)

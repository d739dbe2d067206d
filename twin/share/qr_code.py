"""QR codes to be shown (zxing-cpp): as modules, and as text for a terminal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""Character by whether its upper and lower half are dark; a terminal is taken as dark, so light parts are drawn."""


def qr_modules(text: str) -> NDArray[np.bool_]:
    """(n, n) modules of the QR code of a text, True dark, with the quiet zone around it (ISO/IEC 18004: four modules)."""
    import zxingcpp

    code = zxingcpp.BarcodeFormat.QRCode
    made = zxingcpp.create_barcode(text, code)  # pyright: ignore[reportUnknownMemberType] - its options are not typed
    bare = np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)) < 128
    return np.pad(bare, 4)


def qr_lines(text: str) -> list[str]:
    """The QR code of a text as lines of half blocks, for a dark terminal."""
    modules = qr_modules(text)
    if len(modules) % 2:
        modules = np.vstack([modules, np.zeros((1, modules.shape[1]), np.bool_)])
    pairs = zip(modules[::2].tolist(), modules[1::2].tolist(), strict=True)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]

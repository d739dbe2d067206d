"""HomeKit setup codes: eight digits as printed (`031-45-154`), or the text of the QR code (`X-HM://...`)."""

from __future__ import annotations

import re

from twin.model.problem import Problem, ProblemError

_URI = "X-HM://"
_PAYLOAD_DIGITS = 9
"""Base-36 digits of the payload that follow the scheme; the setup id of four characters comes after them."""
_CODE_MASK = (1 << 27) - 1
"""The lowest 27 bits of the payload are the setup code (HomeKit Accessory Protocol Specification R2, section 4.2.1)."""
_TRIVIAL = {f"{digit}" * 8 for digit in "0123456789"} | {"12345678", "87654321"}
"""Codes that no accessory may have (the same, section 4.2.1.2)."""


def setup_code(typed: str) -> str:
    """The setup code as `XXX-XX-XXX`. Raises ProblemError where the text cannot be one."""
    text = typed.strip()
    scanned = text.upper().startswith(_URI)
    digits = _scanned(text[len(_URI) :]) if scanned else re.sub(r"[\s.-]", "", text)
    if not re.fullmatch(r"[0-9]{8}", digits) or digits in _TRIVIAL:
        raise ProblemError(Problem(code="homekit.code"))
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def _scanned(payload: str) -> str:
    """The digits in the payload of a QR code; empty where it is none."""
    try:
        return f"{int(payload[:_PAYLOAD_DIGITS], 36) & _CODE_MASK:08d}"
    except ValueError:
        return ""

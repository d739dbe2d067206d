"""Results of the checkout that a project refuses."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from twin.model.checkout import LONGEST_NOTE, CheckoutVerdict, DeviceCheckout
from twin.model.problem import Problem, ProblemError

LARGEST_PHOTO = 2_000_000
"""Largest photo, bytes."""
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""First bytes of a JPEG (ISO/IEC 10918-1, SOI and a marker) and of a PNG (RFC 2083, 3.1)."""

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_note(note: str) -> str:
    """A note with line ends as \\n and without other control characters, at most LONGEST_NOTE characters. Spaces and joiners
    of any script stay; characters that turn the direction of text around (Unicode TR 9, 2) do not.
    """
    lines = "\n".join(note.replace("\t", " ").splitlines())
    plain = "".join(one for one in lines if one == "\n" or not _is_control(one))
    return plain.strip()[:LONGEST_NOTE]


def _is_control(letter: str) -> bool:
    return letter in _DIRECTIONS or unicodedata.category(letter) in ("Cc", "Cs")


def refuse_contradiction(result: DeviceCheckout) -> None:
    """Raises ProblemError where a device passes although a question is not answered with yes."""
    if result.verdict is CheckoutVerdict.PASSED and not result.may_pass:
        raise ProblemError(Problem(code="checkout.not_all_yes", where=result.id))


def refuse_photos(photos: Mapping[str, bytes]) -> None:
    """Raises ProblemError for a photo that is no JPEG or PNG, too large, or not of its SHA-256."""
    from hashlib import sha256 as digest  # OpenSSL comes with it, which no window needs before its first frame

    for name, data in photos.items():
        if not data.startswith(_MAGIC) or digest(data).hexdigest() != name:
            raise ProblemError(Problem(code="checkout.no_photo"))
        if len(data) > LARGEST_PHOTO:
            args = {"most_bytes": LARGEST_PHOTO, "bytes": len(data)}
            raise ProblemError(Problem(code="checkout.photo_too_large", args=args))

"""Setup codes of HomeKit, as people type and scan them."""

from __future__ import annotations

import pytest

from devices.protocols.homekit.homekit_code import setup_code
from twin.model.problem import ProblemError


@pytest.mark.parametrize("typed", ["031-45-154", "03145154", " 031 45 154 ", "031.45.154", "X-HM://0023ISYWY1A2B"])
def test_a_code_is_understood_as_it_is_printed_typed_and_scanned(typed: str) -> None:
    if typed.startswith("X-HM"):  # version 0, category 2, flags 2 (IP), code 031-45-154
        payload, digits = (2 << 31) | (2 << 27) | 3145154, ""
        while payload:
            payload, digit = divmod(payload, 36)
            digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
        typed = f"X-HM://{digits:0>9}1QJ8"
    assert setup_code(typed) == "031-45-154"


@pytest.mark.parametrize(
    "typed", ["", "031-45-15", "031-45-1545", "abc", "111-11-111", "12345678", "X-HM://", "X-HM://!!", "٠٣١٤٥١٥٤"]
)
def test_what_cannot_be_a_code_is_refused_before_anything_is_sent(typed: str) -> None:
    with pytest.raises(ProblemError) as raised:
        setup_code(typed)
    assert raised.value.problems[0].to_do

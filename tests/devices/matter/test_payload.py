"""Setup codes: what is printed on a device is understood, what cannot be right is told before anything is asked."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.matter.payload import MAX_TEXT, SetupCode, manual_text, parse, qr_text
from twin.model.problem import ProblemError

FORBIDDEN = {0, 12345678, 87654321, *(digit * 11111111 for digit in range(1, 10))}
PASSCODES = st.integers(1, 99_999_998).filter(lambda number: number not in FORBIDDEN)
WORDS = st.integers(0, 0xFFFF)
CODES = st.builds(
    SetupCode,
    passcode=PASSCODES,
    discriminator=st.integers(0, 0xFFF),
    vendor_id=WORDS,
    product_id=WORDS,
    flow=st.integers(0, 2),
    capabilities=st.integers(0, 255),
)


def refused(text: str) -> str:
    with pytest.raises(ProblemError) as error:
        parse(text)
    problem = error.value.problems[0]
    assert problem.code == "matter.invalid_code"
    assert problem.remedy
    return problem.what


@given(CODES)
def test_a_qr_text_says_what_went_into_it(code: SetupCode) -> None:
    assert parse(qr_text(code)) == code


@given(CODES)
def test_a_manual_code_carries_passcode_and_the_first_bits_of_the_discriminator(code: SetupCode) -> None:
    read = parse(manual_text(code))
    assert (read.passcode, read.discriminator, read.short) == (code.passcode, code.discriminator >> 8, True)
    assert read.matches(code.discriminator)
    if code.flow:
        assert (read.vendor_id, read.product_id) == (code.vendor_id, code.product_id)


@given(CODES, st.integers(0, 10), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(code: SetupCode, place: int, off: int) -> None:
    text = manual_text(code)
    wrong = str((int(text[place]) + off) % 10)
    refused(text[:place] + wrong + text[place + 1 :])


@given(CODES, st.integers(0, 9))
def test_two_swapped_digits_are_always_noticed(code: SetupCode, place: int) -> None:
    text = manual_text(code)
    if text[place] != text[place + 1]:
        refused(text[:place] + text[place + 1] + text[place] + text[place + 2 :])


@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map(lambda text: "MT:" + text)))
def test_any_text_is_a_code_or_a_problem(text: str) -> None:
    with contextlib.suppress(ProblemError):
        assert parse(text).passcode not in FORBIDDEN


def test_codes_known_from_real_tools_are_read() -> None:
    # The specification's own example device: passcode 20202021, discriminator 3840.
    assert parse("34970112332").passcode == 20202021
    qr = parse("MT:Y.K904QI148-.548G00")
    assert (qr.passcode, qr.discriminator, qr.vendor_id, qr.on_network) == (20202021, 100, 0xFFF1, True)


def test_spaces_dashes_and_small_letters_do_not_matter() -> None:
    assert parse(" 3497-011-2332\n") == parse("34970112332")
    assert parse("mt:y.k904qi148-.548g00") == parse("MT:Y.K904QI148-.548G00")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("hello", "digits only"),
        ("3497011233", "not 10"),
        ("34970112333", "digit is wrong"),
        ("MT:", "missing"),
        ("MT:Y.K9$", "character"),
        ("MT:Y.K904QI148-.548G00*Y.K904QI148-.548G00", "several"),
        ("1" * (MAX_TEXT + 1), "too long"),
        ("٣٤٩٧٠١١٢٣٣٢", "digits only"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, word: str) -> None:
    assert word in refused(text)


def test_a_manual_code_cannot_become_a_qr_code() -> None:
    with pytest.raises(ValueError, match="long discriminator"):
        qr_text(parse("34970112332"))

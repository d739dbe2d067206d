"""Setup codes: what is printed on a device is understood, what cannot be right is told before anything is asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import remedy, what
from devices.protocols.matter.setup_code import MAX_TEXT, SetupCode, manual_text, parse, qr_text
from twin.model.problem import ProblemError

QR = "MT:Y.K904QI148-.548G00"
LABEL = "00054912336"
"""The manual code of the same device."""
FORBIDDEN = {0, 12345678, 87654321, *(digit * 11111111 for digit in range(1, 10))}
PASSCODES = st.integers(1, 99_999_998).filter(lambda number: number not in FORBIDDEN)
MAKERS = st.just((0, 0)) | st.tuples(st.integers(0, 0xFFF4), st.integers(1, 0xFFFF))
CODES = st.builds(
    lambda maker, **fields: SetupCode(vendor_id=maker[0], product_id=maker[1], **fields),
    MAKERS,
    passcode=PASSCODES,
    discriminator=st.integers(0, 0xFFF),
    flow=st.integers(0, 2),
    capabilities=st.integers(0, 255),
)


def refused(text: str) -> str:
    with pytest.raises(ProblemError) as error:
        parse(text)
    problem = error.value.problems[0]
    assert problem.code == "matter.invalid_code"
    assert remedy(problem)
    return what(problem)


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
    assert (qr.passcode, qr.discriminator, qr.vendor_id, qr.capabilities) == (20202021, 100, 0xFFF1, 4)


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
        ("3497O112332", "digits only"),
        ("X-HM://0023ISYWYXYZ1", "HomeKit"),
        ("https://example.com/setup/34970112332", "web address"),
        ("20202021", "not 8"),
        (f"{QR} 34970112332", "two devices"),
        (f"{QR} MT:-24J0AFN00KA0648G00", "several devices"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, word: str) -> None:
    assert word in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "３４９７０１１２３３２", "３４９７－０１１－２３３２", "٣٤٩٧٠١١٢٣٣٢", "3497 011 2332", "3497–011–2332", "'34970112332'",
        "Setup code: 3497-011-2332", "「３４９７０１１２３３２」", "3497\u2011011\u20112332",
    ],
)  # fmt: skip
def test_digits_are_taken_however_they_were_typed_or_copied(text: str) -> None:
    assert parse(text) == parse("34970112332")


@pytest.mark.parametrize(
    "text",
    [
        QR.lower(), f'"{QR}"', f"“{QR}”", f"ＭＴ：{QR[3:]}", f"  {QR}\r\n",
        "https://project-chip.github.io/connectedhomeip/qrcode.html?data=" + QR.replace(":", "%3A"),
        f"https://example.com/?data={QR}&lang=en#top", f"{QR} {LABEL}", f"{LABEL}\n{QR}",
        f"{QR}\n{LABEL[:4]}-{LABEL[4:7]}-{LABEL[7:]}", f"{QR} {QR}", f"MT: {QR[3:]}", f"Lamp 60 W, {QR}, No. 12",
    ],
)  # fmt: skip
def test_a_qr_text_is_taken_from_whatever_it_was_copied_with(text: str) -> None:
    assert parse(text) == parse(QR)


@pytest.mark.parametrize(
    ("vendor", "product", "word"),
    [(0xFFF5, 1, "vendor number"), (0xFFFF, 1, "vendor number"), (0x1234, 0, "no product"), (0xFFF1, 0, "no product")],
)
@pytest.mark.parametrize("text", [qr_text, manual_text])
def test_numbers_that_no_maker_has_are_refused(
    text: Callable[[SetupCode], str], vendor: int, product: int, word: str
) -> None:
    code = SetupCode(passcode=20202021, discriminator=3840, vendor_id=vendor, product_id=product, flow=2)
    assert word in refused(text(code))


@pytest.mark.parametrize(("vendor", "product"), [(0, 0), (0, 7), (1, 1), (0xFFF4, 0xFFFF)])
def test_numbers_that_makers_have_are_taken(vendor: int, product: int) -> None:
    code = SetupCode(passcode=20202021, discriminator=3840, vendor_id=vendor, product_id=product, flow=2)
    for read in (parse(qr_text(code)), parse(manual_text(code))):
        assert (read.vendor_id, read.product_id) == (vendor, product)


@given(CODES)
def test_both_codes_of_one_label_are_one_code(code: SetupCode) -> None:
    assert parse(f"{manual_text(code)} {qr_text(code)}") == code


def test_a_manual_code_cannot_become_a_qr_code() -> None:
    with pytest.raises(ValueError, match="long discriminator"):
        qr_text(parse("34970112332"))


def test_the_digits_and_the_qr_code_of_one_device_are_known_as_one() -> None:
    one = SetupCode(passcode=20202021, discriminator=0x5AB, capabilities=4)
    digits = parse(manual_text(one))
    assert one.is_of_device(digits)
    assert digits.is_of_device(one)
    assert digits.is_of_device(digits)
    for other in (replace(one, passcode=20202022), replace(one, discriminator=0x6AB)):
        assert not digits.is_of_device(other)
        assert not other.is_of_device(digits)
    assert not one.is_of_device(replace(one, discriminator=0x5AC))

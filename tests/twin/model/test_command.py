import pytest

from app.i18n import sentence
from tests.twin.model.test_observation import point
from twin.model.command import confirms, expected, refusal
from twin.model.observation import StringTable


@pytest.mark.parametrize(
    ("capability", "verb", "value", "reported", "done"),
    [
        ("on_off", "on", None, 1.0, True),
        ("on_off", "on", None, 0.0, False),
        ("level", "set", 50.0, 49.6, True),
        ("level", "set", 50.0, 40.0, False),
        ("setpoint_heat", "set", 21.5, 21.5, True),
        ("setpoint_heat", "set", 21.5, 20.0, False),
        ("position", "open", None, 100.0, True),
        ("lock", "unlock", None, 1.0, True),
        ("position", "stop", None, 37.0, True),
    ],
)
def test_only_a_report_of_the_wanted_value_confirms(capability, verb, value, reported, done):
    target = point(capability, writable=True)
    assert confirms(target, expected(target, verb, value, None), reported, StringTable()) is done


def test_toggle_wants_the_opposite_of_what_is():
    lamp = point("on_off", writable=True)
    assert expected(lamp, "toggle", None, True) is False
    assert expected(lamp, "toggle", None, None) is None


@pytest.mark.parametrize(
    ("capability", "writable", "verb", "value", "says"),
    [
        ("temperature", False, "set", 20.0, "cannot be commanded"),
        ("level", True, "explode", None, "knows set, step"),
        ("level", True, "set", 120.0, "takes 0 to 100 %"),
        ("level", True, "set", "half", "takes a number"),
        ("hvac_mode", True, "set", "tropical", "takes one of off, heat"),
        ("level", True, "set", 55.0, ""),
        ("on_off", True, "toggle", None, ""),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(capability, writable, verb, value, says):
    said = sentence(refusal(point(capability, writable=writable), verb, value))
    assert says in said if says else said == ""

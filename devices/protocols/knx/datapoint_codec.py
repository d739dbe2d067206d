"""Values of group addresses as bytes of a telegram and back, by datapoint type (KNX 03.07.02)."""

from __future__ import annotations

import math
from functools import cache
from typing import cast

from xknx.dpt.dpt import DPTBase
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.exceptions import ConversionError, CouldNotParseTelegram

from twin.model.observation import Value

type Payload = DPTBinary | DPTArray
SWITCH, DIMMING, SCENE, SCENE_CONTROL, MODE = 1, 3, 17, 18, 20
"""Main numbers with rules of their own."""
MODES: dict[tuple[int, int], dict[int, str]] = {
    (20, 102): {0: "auto", 1: "comfort", 2: "standby", 3: "economy", 4: "protection"},
    (20, 105): {0: "auto", 1: "heat", 3: "cool", 6: "off", 9: "fan_only", 14: "dry"},
}
SCENES = tuple(str(number) for number in range(1, 65))


@cache
def transcoder_of(dpt: tuple[int, int]) -> type[DPTBase] | None:
    """The library's codec of a datapoint type, or of its main number; None where it has none."""
    main, sub = dpt
    return (DPTBase.transcoder_by_dpt(main, sub) if sub else None) or DPTBase.transcoder_by_dpt(main)


def is_known(dpt: tuple[int, int]) -> bool:
    """Whether values of this type can be read."""
    main = dpt[0]
    if main in (SWITCH, SCENE, SCENE_CONTROL) or dpt in MODES:
        return True
    return main in (5, 6, 7, 8, 9, 12, 13, 14, 16, 29) and transcoder_of(dpt) is not None


def unit_of(dpt: tuple[int, int]) -> str:
    """The unit of a datapoint type; empty where it has none."""
    codec = transcoder_of(dpt) if dpt[0] > MODE or dpt[0] not in (SWITCH, SCENE, SCENE_CONTROL, MODE) else None
    return (codec.unit or "") if codec is not None else ""


def decoded(dpt: tuple[int, int], payload: object) -> Value:
    """The value in a telegram. Raises ValueError where the telegram does not fit the datapoint type."""
    main = dpt[0]
    if main == SWITCH:
        if not isinstance(payload, DPTBinary) or payload.value > 1:
            raise ValueError(payload)
        return bool(payload.value)
    if main in (SCENE, SCENE_CONTROL) or dpt in MODES:
        if not isinstance(payload, DPTArray) or len(payload.value) != 1:
            raise ValueError(payload)
        number = payload.value[0]
        return MODES[dpt].get(number) if dpt in MODES else SCENES[number & 0x3F]
    codec = transcoder_of(dpt)
    if codec is None or not isinstance(payload, DPTBinary | DPTArray):
        raise ValueError(payload)
    try:
        value = cast(object, codec.from_knx(payload))
    except (ConversionError, CouldNotParseTelegram) as error:
        raise ValueError(str(error)) from None
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return value if isinstance(value, str) else None


def encoded(dpt: tuple[int, int], value: Value) -> Payload:
    """The telegram's value. Raises ValueError where the datapoint type has no such value."""
    main = dpt[0]
    if main == SWITCH and isinstance(value, bool):
        return DPTBinary(int(value))
    if main in (SCENE, SCENE_CONTROL) and value in SCENES:
        return DPTArray(SCENES.index(str(value)))
    for number, word in MODES.get(dpt, {}).items():
        if word == value:
            return DPTArray(number)
    codec = transcoder_of(dpt)
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if codec is None or main in (SWITCH, SCENE, SCENE_CONTROL, MODE) or not (numeric or isinstance(value, str)):
        raise ValueError(value)
    try:
        return codec.to_knx(value)
    except ConversionError as error:
        raise ValueError(str(error)) from None

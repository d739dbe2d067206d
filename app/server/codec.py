"""Values of twin.model as MessagePack: dataclasses as maps, arrays as [dtype, shape, bytes] with a list of allowed dtypes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast, get_origin

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.model.observation import StringTable

DTYPES = frozenset({"|b1", "|u1", "<u2", "<u4", "<i4", "<i8", "<f4", "<f8"})
"""dtypes of arrays that may be sent and received. No others: numpy would make Python objects of a client's data."""
MOST_AXES = 4


def _columns(array: NDArray[np.generic]) -> tuple[str, tuple[int, ...], bytes]:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.dtype.str, little.shape, little.tobytes()


def _flattened(value: object) -> object:
    if isinstance(value, np.ndarray):
        return _columns(cast("NDArray[np.generic]", value))
    if isinstance(value, np.generic):
        return value.item()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(value, StringTable):
        return value.texts
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise NotImplementedError(f"{type(value).__name__} does not travel")


class _Array(msgspec.Struct, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    data: bytes


def _restored(kind: type, value: object) -> object:
    if kind is not np.ndarray and get_origin(kind) is not np.ndarray:
        return value
    found = msgspec.convert(value, _Array)
    if found.dtype not in DTYPES:
        raise msgspec.ValidationError(f"Arrays of {found.dtype[:20]!r} do not travel")
    dtype, shape = np.dtype(found.dtype), found.shape
    fits = len(shape) <= MOST_AXES and min(shape, default=0) >= 0
    if not fits or math.prod(shape) * dtype.itemsize != len(found.data):
        raise msgspec.ValidationError("An array has another size than its shape")
    return np.frombuffer(found.data, dtype).reshape(shape)


encode = msgspec.msgpack.Encoder(enc_hook=_flattened).encode
"""Encodes a value as bytes; NotImplementedError for types that are not supported."""


def decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:  # noqa: ANN401 - types are values here
    """Decoder for exactly this type; raises msgspec.ValidationError with the place of a mismatch."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_restored)


def json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - types are values here
    """Decoder of JSON for exactly this type."""
    return msgspec.json.Decoder(kind, dec_hook=_restored)


def _listed(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return _flattened(value)


json_encode = msgspec.json.Encoder(enc_hook=_listed).encode
"""Encodes a value as JSON; arrays as lists."""

"""The methods of EngineApi that clients may call, made from its signatures: how arguments and answers are read."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

import msgspec

from app.api import EngineApi
from app.server.codec import decoder, json_decoder
from app.server.door_address import PROTOCOL
from app.server.roles import NEED, NOT_CARRIED, Role
from twin.model import change
from twin.model.command import Command
from twin.model.problem import Problem

SENDER = "sender"
"""The parameter that the server fills in: nobody speaks in another's name."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method as it travels: arguments as an array in the order of the signature, without the sender."""

    name: str
    need: Role
    parameters: tuple[inspect.Parameter, ...]
    arguments: type[msgspec.Struct]
    result: Any
    awaited: bool
    """Whether the answer is a future."""
    sends: bool

    def call(self, api: object, arguments: msgspec.Struct, sender: str) -> Any:  # noqa: ANN401 - as the signature says
        """Calls it on an engine; who calls is the sender of whatever is commanded."""
        positional: list[object] = []
        named: dict[str, object] = {SENDER: sender} if self.sends else {}
        for parameter in self.parameters:
            value = _signed(getattr(arguments, parameter.name), sender)
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                positional.extend(value)
            elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                positional.append(value)
        return getattr(api, self.name)(*positional, **named)

    def packed(self, *args: object, **named: object) -> list[object]:
        """The arguments of a call in the order in which they travel; TypeError where they do not fit the signature."""
        bound = _signature(self.name).bind(None, *args, **named)
        bound.apply_defaults()
        return [bound.arguments[parameter.name] for parameter in self.parameters]


def _signed(value: Any, sender: str) -> Any:  # noqa: ANN401 - any argument
    """Commands carry their sender themselves."""
    if isinstance(value, Command):
        return replace(value, sender=sender)
    if isinstance(value, tuple | list) and value and isinstance(value[0], Command):
        commands = cast("Sequence[Command]", value)
        return [replace(command, sender=sender) for command in commands]
    return cast("object", value)


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(getattr(EngineApi, name))


def _method(name: str) -> Method:
    hints = get_type_hints(getattr(EngineApi, name))
    result = hints["return"]
    awaited = get_origin(result) is Future
    if awaited:
        (result,) = get_args(result)
    found = tuple(_signature(name).parameters.values())[1:]
    parameters = tuple(parameter for parameter in found if parameter.name != SENDER)
    fields: list[Any] = []
    for parameter in parameters:
        kind = hints[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            fields.append((parameter.name, tuple[kind, ...], ()))
        elif parameter.default is inspect.Parameter.empty:
            fields.append((parameter.name, kind))
        else:
            fields.append((parameter.name, kind, parameter.default))
    struct = msgspec.defstruct(f"arguments of {name}", fields, array_like=True, forbid_unknown_fields=True)
    return Method(name, NEED[name], parameters, struct, result, awaited, len(found) > len(parameters))


def methods() -> tuple[str, ...]:
    """Every method of EngineApi."""
    return tuple(name for name, _ in inspect.getmembers(EngineApi, inspect.isfunction) if not name.startswith("_"))


@cache
def table() -> Mapping[str, Method]:
    """Every method that travels, by name."""
    return {name: _method(name) for name in methods() if name not in NOT_CARRIED}


@cache
def arguments_decoder(name: str, *, json: bool = False) -> Any:  # noqa: ANN401 - of the method's own struct
    """Reads the arguments of a method."""
    return (json_decoder if json else decoder)(table()[name].arguments)


@cache
def result_decoder(name: str) -> msgspec.msgpack.Decoder[Any]:
    """Reads the answer of a method."""
    return decoder(table()[name].result)


CHANGES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(change.Change.__value__)}
"""The events of the twin by name: a union of dataclasses travels as name and body."""


@cache
def change_decoder(name: str) -> msgspec.msgpack.Decoder[Any]:
    """Reads an event of the twin."""
    return decoder(CHANGES[name])


@cache
def problems_decoder() -> msgspec.msgpack.Decoder[tuple[Problem, ...]]:
    """Reads what went wrong."""
    return decoder(tuple[Problem, ...])


@cache
def fingerprint() -> str:
    """Digest of all that two programs must agree on: methods, their types, and the fields of those types."""
    signature_lines = [f"protocol {PROTOCOL}"]
    for row in table().values():
        signature_lines.append(f"{row.name} {int(row.need)} {_signature(row.name)}")
        signature_lines += [str(msgspec.inspect.type_info(kind)) for kind in (row.arguments, row.result)]
    signature_lines += [str(msgspec.inspect.type_info(kind)) for kind in CHANGES.values()]
    text = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(signature_lines))  # where a default is made by a lambda
    return hashlib.sha256(text.encode()).hexdigest()[:16]

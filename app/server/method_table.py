"""Table of the EngineApi methods that clients may call, derived from its signatures: how arguments and answers are
decoded."""

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
"""Name of the parameter that the server fills in, so that no client can send in another's name."""


@dataclass(frozen=True, slots=True)
class Method:
    """One remote method: its arguments are sent as an array in signature order, without the sender."""

    name: str
    need: Role
    parameters: tuple[inspect.Parameter, ...]
    arguments: type[msgspec.Struct]
    result: Any
    awaited: bool
    """Whether the method returns a future."""
    sends: bool

    def call(self, api: object, arguments: msgspec.Struct, sender: str) -> Any:  # noqa: ANN401 - as the signature says
        """Calls the method on an engine; `sender` becomes the sender of its commands."""
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
        """The arguments in the order of the signature, for sending; TypeError where they do not fit it."""
        bound = _signature(self.name).bind(None, *args, **named)
        bound.apply_defaults()
        return [bound.arguments[parameter.name] for parameter in self.parameters]


def _signed(value: Any, sender: str) -> Any:  # noqa: ANN401 - any argument
    """Sets the sender of commands among the arguments."""
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
    """Names of all methods of EngineApi."""
    return tuple(name for name, _ in inspect.getmembers(EngineApi, inspect.isfunction) if not name.startswith("_"))


@cache
def table() -> Mapping[str, Method]:
    """Methods that clients may call, by name."""
    return {name: _method(name) for name in methods() if name not in NOT_CARRIED}


@cache
def arguments_decoder(name: str, *, json: bool = False) -> Any:  # noqa: ANN401 - of the method's own struct
    """Decoder for the arguments of a method."""
    return (json_decoder if json else decoder)(table()[name].arguments)


@cache
def result_decoder(name: str) -> msgspec.msgpack.Decoder[Any]:
    """Decoder for the answer of a method."""
    return decoder(table()[name].result)


CHANGES: Mapping[str, type] = {kind.__name__: kind for kind in get_args(change.Change.__value__)}
"""Classes of the twin's changes by name; a change is sent as name and body."""


@cache
def change_decoder(name: str) -> msgspec.msgpack.Decoder[Any]:
    """Decoder for changes of this class."""
    return decoder(CHANGES[name])


@cache
def problems_decoder() -> msgspec.msgpack.Decoder[tuple[Problem, ...]]:
    """Decoder for a tuple of problems."""
    return decoder(tuple[Problem, ...])


@cache
def fingerprint() -> str:
    """Digest (16 hexadecimal digits) of methods, signatures and the fields of all types; equal for compatible
    programs.
    """
    signature_lines = [f"protocol {PROTOCOL}"]
    for row in table().values():
        signature_lines.append(f"{row.name} {int(row.need)} {_signature(row.name)}")
        signature_lines += [str(msgspec.inspect.type_info(kind)) for kind in (row.arguments, row.result)]
    signature_lines += [str(msgspec.inspect.type_info(kind)) for kind in CHANGES.values()]
    text = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(signature_lines))  # where a default is made by a lambda
    return hashlib.sha256(text.encode()).hexdigest()[:16]

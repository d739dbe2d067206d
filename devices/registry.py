"""Finds adapter files by walking the folder: one file in, one protocol in. Nobody names an adapter."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import cast

from devices.adapter import Adapter
from twin.model.problem import Problem

_PROMISED = ("protocol", "title", "service_types", "schemes", "claim", "link", "open")


@dataclass(frozen=True, slots=True)
class Walked:
    """What the folder held: adapters by protocol, and one Problem per file that could not be used."""

    adapters: Mapping[str, Adapter]
    problems: tuple[Problem, ...] = ()


def walk(package: str = "devices.adapters") -> Walked:
    """Imports the adapter of every protocol (a folder's `adapter.py`, or a module); one that fails is a Problem and leaves the others alone."""
    found: dict[str, Adapter] = {}
    problems: list[Problem] = []
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda one: one.name):
        where = f"{package}.{info.name}{'.adapter' if info.ispkg else ''}"
        try:
            adapter = _adapter(where)
        except Exception as error:
            problems.append(_broken(where, f"{type(error).__name__}: {error}"))
            continue
        if adapter.protocol in found:
            problems.append(_broken(where, f"the protocol {adapter.protocol} is already taken"))
        else:
            found[adapter.protocol] = adapter
    return Walked(MappingProxyType(found), tuple(problems))


@cache
def walked() -> Walked:
    """The adapters of this program, walked once."""
    return walk()


def adapters() -> Mapping[str, Adapter]:
    """The adapters of this program by protocol; `walked().problems` tells which files failed."""
    return walked().adapters


def _adapter(where: str) -> Adapter:
    adapter = importlib.import_module(where).ADAPTER
    missing = [name for name in _PROMISED if not hasattr(adapter, name)]
    if missing:
        raise TypeError(f"ADAPTER lacks {', '.join(missing)}")
    return cast(Adapter, adapter)


def _broken(where: str, detail: str) -> Problem:
    return Problem(
        code="adapter.broken",
        what="A protocol could not be loaded",
        where=where,
        remedy="Devices of this protocol stay away; reinstall Oikos or mend the file",
        detail=detail,
    )

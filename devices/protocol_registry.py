"""Finds protocol adapters by walking the protocols package; adapters are named nowhere else."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import cast

from devices.contract import Adapter
from twin.model.problem import Problem, missing_package, mistake

_PROMISED = ("protocol", "title", "service_types", "schemes", "claim", "link", "open")


@dataclass(frozen=True, slots=True)
class FoundAdapters:
    """Result of the search: adapters by protocol, and one Problem per package that could not be used."""

    adapters: Mapping[str, Adapter]
    problems: tuple[Problem, ...] = ()


def find_adapters(package: str = "devices.protocols") -> FoundAdapters:
    """Imports the adapter of every protocol (a folder's `adapter.py`, or a module); a failing one becomes a Problem
    and does not affect the others.
    """
    found: dict[str, Adapter] = {}
    problems: list[Problem] = []
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda one: one.name):
        where = f"{package}.{info.name}{'.adapter' if info.ispkg else ''}"
        try:
            adapter = _adapter(where)
        except Exception as error:
            lacks = missing_package(error)
            problems.append(mistake(error, where) if lacks else _broken(where, f"{type(error).__name__}: {error}"))
            continue
        if adapter.protocol in found:
            problems.append(_broken(where, f"the protocol {adapter.protocol} is already taken"))
        else:
            found[adapter.protocol] = adapter
    return FoundAdapters(MappingProxyType(found), tuple(problems))


@cache
def own_adapter(protocol: str) -> Adapter | None:
    """The adapter of the protocol whose folder has this name, without importing the others; None where there is none."""
    package = "devices.protocols"
    if protocol not in {info.name for info in pkgutil.iter_modules(importlib.import_module(package).__path__)}:
        return None
    try:
        adapter = _adapter(f"{package}.{protocol}.adapter")
    except Exception:  # `found_adapters` tells of it
        return None
    return adapter if adapter.protocol == protocol else None


@cache
def found_adapters() -> FoundAdapters:
    """The adapters of this program; searched once."""
    return find_adapters()


def adapters() -> Mapping[str, Adapter]:
    """The adapters of this program by protocol; `found_adapters().problems` lists those that failed."""
    return found_adapters().adapters


def _adapter(where: str) -> Adapter:
    adapter = importlib.import_module(where).ADAPTER
    missing = [name for name in _PROMISED if not hasattr(adapter, name)]
    if missing:
        raise TypeError(f"ADAPTER lacks {', '.join(missing)}")
    return cast(Adapter, adapter)


def _broken(where: str, detail: str) -> Problem:
    return Problem(code="adapter.broken", where=where, detail=detail)

"""Memory of the arrays that an object holds."""

from __future__ import annotations

import numpy as np

_OWN = ("app.", "twin.")


def array_bytes(root: object) -> int:
    """Bytes of all arrays that the program's own objects, containers and attributes under `root` hold, each counted once;
    of a view those of the array that it shows."""
    total, seen, stack = 0, set[int](), [root]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            if isinstance(one.base, np.ndarray):
                stack.append(one.base)
            else:
                total += one.nbytes
        elif isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list | tuple):
            stack += one
        elif type(one).__module__.startswith(_OWN):
            stack += _attributes(one)
    return total


def _attributes(one: object) -> list[object]:
    names = [name for kind in type(one).__mro__ for name in kind.__dict__.get("__slots__", ())]
    return [*getattr(one, "__dict__", {}).values(), *(getattr(one, name, None) for name in names)]

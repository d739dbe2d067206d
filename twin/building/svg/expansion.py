"""Size of an SVG drawing with every `use` resolved (SVG 2, 5.6), counted without resolving."""

from __future__ import annotations

from typing import Any

_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")


class LoopError(Exception):
    """An element contains itself by `use`, so that the drawing would be infinite."""


def expanded_count(root: Any, most: int) -> int:
    """Number of elements with every `use` resolved, capped at `most` + 1. Raises LoopError where it is infinite."""
    targets: dict[str, Any] = {}
    for element in root.iter():
        if (id := element.get("id")) is not None:
            targets[id] = element
    counts: dict[Any, int] = {}
    open_: set[Any] = set()
    stack = [(root, False)]
    while stack:
        element, done = stack.pop()
        if element in counts:
            continue
        inside = [*element, *_referred(element, targets)]
        if done:
            open_.discard(element)
            counts[element] = min(1 + sum(counts[child] for child in inside), most + 1)
            continue
        if element in open_:
            raise LoopError
        open_.add(element)
        stack.append((element, True))
        for child in inside:
            if child in open_:
                raise LoopError
            if child not in counts:
                stack.append((child, False))
    return counts[root]


def _referred(element: Any, targets: dict[str, Any]) -> list[Any]:
    """The element of the same file that a `use` refers to, as a list of one; empty for anything else."""
    if str(element.tag).removeprefix(_SVG) != "use":
        return []
    href = next((link for name in _HREFS if (link := element.get(name)) is not None), "")
    found = targets.get(href[1:])
    return [found] if found is not None else []

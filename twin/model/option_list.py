"""Lists in the options of a link: numbers and ranges, each with a name where it has one (`1,10-14:eastron-sdm630`)."""

from __future__ import annotations

import re

EXACTLY = "="
"""What stands before a list that is given in place of the present one."""
_ITEM = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?::(.+))?")


def extended(present: str, given: str) -> str:
    """The present list with those given items that it does not cover; the given list where it begins with `=`, or where
    either is a word such as `yes`."""
    items = [one.strip() for one in given.split(",")]
    if given.startswith(EXACTLY) or not (_are_numbers(given) and _are_numbers(present)):
        return given.removeprefix(EXACTLY).strip()
    kept = [one.strip() for one in present.split(",")]
    for item in items:
        if not _covers(kept, item):
            kept.append(item)
    return ",".join(kept)


def added(present: str, now: str) -> str:
    """The items behind those of `present` by which `now` extends it; empty where it does not."""
    kept = ",".join(one.strip() for one in present.split(","))
    return now.removeprefix(f"{kept},") if now.startswith(f"{kept},") else ""


def runs_backwards(text: str) -> bool:
    """Whether a range of the list ends before it begins."""
    spans = [_range(one) for one in text.split(",") if _ITEM.fullmatch(one.strip())]
    return any(first > last for first, last, _ in spans)


def _are_numbers(text: str) -> bool:
    return all(_ITEM.fullmatch(one.strip()) for one in text.split(","))


def _covers(items: list[str], item: str) -> bool:
    """Whether each number of the item is in the items, and by its name where it has one."""
    first, last, name = _range(item)
    names = {at: "" for low, high, _ in map(_range, items) for at in range(max(low, first), min(high, last) + 1)}
    for low, high, named in map(_range, items):  # the last name of a number counts
        if named:
            names |= dict.fromkeys(range(max(low, first), min(high, last) + 1), named)
    return len(names) == last - first + 1 and (not name or set(names.values()) == {name})


def _range(item: str) -> tuple[int, int, str]:
    found = _ITEM.fullmatch(item.strip())
    first, last, name = found.groups() if found else ("0", None, None)
    return int(first), int(last or first), name or ""

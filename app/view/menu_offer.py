"""An entry of a context menu: its text, its icon and what it does."""

from __future__ import annotations

from collections.abc import Callable

type MenuOffer = tuple[str, str, Callable[[], object]]
"""Words, an icon, and what they do."""

"""Key of `RuleView` by which rules read the presence of the home: 1 at home, 0 away, as those of the capability presence."""

from __future__ import annotations

HOME_PREFIX = "home:"
HOME_KEY = "home:presence"

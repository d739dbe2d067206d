"""Every text that the window can say, found in the source and in the tables."""

from __future__ import annotations

import ast
from pathlib import Path

from app.actions import ROWS as ACTIONS
from app.settings import ROWS as SETTINGS
from app.view.panel.candidate_card import NEEDS, TAKEN
from app.view.panel.device_table_model import COLUMNS
from app.view.panel.panel_table import ACTIVITIES, PANELS
from app.view.panel.shortcuts_sheet import MOUSE
from app.view.plan.tool_table import TOOLS
from devices.products import ROWS as PRODUCTS
from devices.protocols.homekit.adapter import CATEGORIES
from devices.upnp_search import PRODUCTS as UPNP_PRODUCTS
from twin.model.candidate import StageState
from twin.model.capability import ROWS as CAPABILITIES
from twin.model.kind import ROWS as KINDS

BRANDS = {"Shelly", "Home Assistant", "Apple TV", "HomePod", "Music Assistant"}
"""Products that have one name everywhere."""
APP = Path(__file__).resolve().parents[3] / "app"
SPOKEN = (APP / "view", APP / "engine" / "reports")
"""Folders whose texts are keyed by their English."""
LINK_STATES = ("connecting", "online", "waiting", "needs login", "off")
ELSEWHERE = ("PIN", "Key", "Password")


def literals() -> tuple[set[str], set[str]]:
    """(all texts given to `tr`, those of them that count something)."""
    texts, counted = set[str](), set[str]()
    for file in (file for folder in SPOKEN for file in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr" and node.args
            ):
                continue
            for part in ast.walk(node.args[0]) if isinstance(node.args[0], ast.IfExp) else [node.args[0]]:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    texts.add(part.value)
                    if "%n" in part.value:
                        counted.add(part.value)
    return texts, counted


def in_contexts() -> set[tuple[str, str]]:
    """(gettext context, text) of the texts given to `tr`; the context is empty for none."""
    found = set[tuple[str, str]]()
    for file in (file for folder in SPOKEN for file in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr" and node.args:
                about = next((word.value for word in node.keywords if word.arg == "about"), ast.Constant(""))
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(about, ast.Constant):
                    found.add((str(about.value), str(text.value)))
    return found


def tables() -> set[str]:
    """Texts that stand in tables."""
    found = {row.title for row in CAPABILITIES} | {word for row in CAPABILITIES for word in row.options}
    found |= {row.title for row in KINDS} | {row.title for row in ACTIONS} | {row.menu for row in ACTIONS}
    found |= {row.submenu for row in ACTIONS if row.submenu}
    found |= {place.title for place in PANELS} | {row.title for row in ACTIVITIES} | {TAKEN, *NEEDS.values()}
    found |= {text for pair in MOUSE for text in pair} | {str(state) for state in StageState}
    found |= {column.title for column in COLUMNS} | {"online", "offline", "silent"}
    found |= {row.sentence for row in SETTINGS if row.on_page}
    found |= {choice for row in SETTINGS if row.on_page for choice in row.choices if choice.isascii()}
    found |= {row.title for row in PRODUCTS} | {title for _, _, title in UPNP_PRODUCTS} | set(CATEGORIES.values())
    found = (found | claimed_products()) - BRANDS
    found |= {text for row in TOOLS for text in (row.title, row.hint)}
    return found | set(LINK_STATES) | set(ELSEWHERE)


def claimed_products() -> set[str]:
    """Products that adapters name in what they claim."""
    calls = (
        node for file in (APP.parent / "devices").rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))
    )
    named = (
        word.value for node in calls if isinstance(node, ast.Call) for word in node.keywords if word.arg == "product"
    )
    return {
        part.value
        for value in named
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and str(part.value)[:1].isupper()
    }

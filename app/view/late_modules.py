"""Modules that are not needed at start; imported on another thread (module_loader) when first needed, or two seconds
after the first frame."""

from __future__ import annotations

from app.view.panel.panel_table import PANELS

PALETTE = "app.view.panel.palette"
ANSWER = "app.view.panel.answer_dialog"
SETTINGS = "app.view.panel.settings_dialog"
PAIRING = "app.view.panel.pair_dialog"
VIEWPOINTS = "app.view.panel.viewpoints"
REVIEW = "app.view.panel.import_review"
REPORT = "app.view.panel.report_sheet"
SETUP_CODES = "app.view.panel.setup_codes_sheet"
SHARING = "app.view.panel.sharing_sheet"
PREVIEW = "app.view.scene.import_preview"
PLAN_EDITOR = "app.view.plan.plan_editor"
PLAN_TOOLS = "app.view.plan.tool_table"
KEYS = "app.view.panel.shortcuts_sheet"
ABOUT = "app.view.panel.about_dialog"
ATTACHING = "app.view.panel.attach_dialog"
SITES, PORTFOLIO = "app.view.panel.sites", "app.portfolio.portfolio_watch"

MASKED = "numpy.ma"
"""Imported by numpy's median and unique when they are first called: 45 ms on the thread that calls them."""

LATE = (
    *(place.module for place in PANELS),
    *(
        PALETTE,
        SHARING,
        ANSWER,
        SETTINGS,
        PAIRING,
        SETUP_CODES,
        VIEWPOINTS,
        REVIEW,
        REPORT,
        PREVIEW,
        PLAN_EDITOR,
        PLAN_TOOLS,
        KEYS,
        ABOUT,
        ATTACHING,
        SITES,
        PORTFOLIO,
        MASKED,
    ),
)
"""All late modules, in the order in which they are likely to be needed."""

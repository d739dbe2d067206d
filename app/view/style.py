"""Turns the theme into Qt's palette, style sheet and fonts; only this file and the theme define colours."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGuiApplication, QPalette  # noqa: TID251 - this is where tokens become colours
from PySide6.QtWidgets import QApplication

from app.view import theme as tokens
from app.view.theme import THEMES, Theme, rgb

_FAMILIES = [
    "Inter", "Segoe UI Variable Text", "Segoe UI", "SF Pro Text", ".AppleSystemUIFont", "Noto Sans", "Ubuntu",
    "Cantarell", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei UI", "DejaVu Sans",
]  # fmt: skip
_PWID = QFont.Tag("pwid")


def colour(token: str, alpha: float = 1.0) -> QColor:
    """The QColor of `#rrggbb` with an opacity from 0 to 1."""
    made = QColor(token)
    made.setAlphaF(alpha)
    return made


def mix(one: str, other: str, share: float) -> str:
    """The colour at `share` (0 to 1) between two colours, `#rrggbb`."""
    a, b = rgb(one), rgb(other)
    return "#" + "".join(f"{round((x + (y - x) * share) * 255):02x}" for x, y in zip(a, b, strict=True))


def font(size_px: int = tokens.FONT_PX, *, strong: bool = False) -> QFont:
    """The window's font at a size in pixels; `strong` is semi-bold."""
    return QFont(_font(size_px, strong, is_chinese()))


def paper_families() -> list[str]:
    """The families for paper, in the order in which they are tried: of an English text fonts with Latin letters come first."""
    if is_chinese():
        return _FAMILIES
    return sorted((*_FAMILIES, "Liberation Sans", "Arial", "Nimbus Sans"), key=_rank)


def paper_font(size_px: int, *, strong: bool, family: str = "") -> QFont:
    """A font for a PDF, of these families or only of one. It has no features: a glyph that only a feature reaches has no
    character in the PDF's table, and is copied as another one or a control character.
    """
    made = QFont()
    made.setFamilies([family] if family else paper_families())
    made.setPixelSize(size_px)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    for feature in ("liga", "clig", "calt", "locl", "pwid", "fwid", "chws"):
        made.setFeature(QFont.Tag(feature), 0)
    return made


def _rank(family: str) -> int:
    """Latin fonts, then the widespread one of X11, then fonts for Chinese."""
    return 2 if any(part in family for part in ("CJK", "PingFang", "YaHei")) else 1 if family == "DejaVu Sans" else 0


def text_width(text: str, size_px: int, *, strong: bool = False) -> float:
    """The width of a text in logical pixels in the window's font; cached."""
    return _text_width(text, size_px, strong, is_chinese())


def is_chinese() -> bool:
    """Whether texts are shown in Chinese."""
    return QLocale().language() == QLocale.Language.Chinese


@lru_cache(maxsize=64)
def _font(size_px: int, strong: bool, chinese: bool) -> QFont:
    made = QFont()
    made.setFamilies(_FAMILIES)
    made.setPixelSize(size_px)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    made.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    # else “ and ” of a Chinese font are as wide as an ideograph
    made.setFeature(_PWID, 0 if chinese else 1)
    return made


@lru_cache(maxsize=8192)
def _text_width(text: str, size_px: int, strong: bool, chinese: bool) -> float:
    return QFontMetricsF(_font(size_px, strong, chinese)).horizontalAdvance(text)


def theme_by_name(word: str) -> Theme:
    """The theme for the setting's word; `system` follows the desktop, unknown words give the light theme."""
    if word == "system":
        dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return THEMES["dark" if dark else "light"]
    return THEMES.get(word, THEMES["light"])


_current: list[Theme] = [THEMES["light"]]


def current_theme() -> Theme:
    """The theme in use."""
    return _current[0]


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Applies a theme to the whole application; can be called repeatedly."""
    _current[0] = theme
    if not app.property("fusion"):
        # once only: a second setStyle pulls the style from under widgets that the style sheet already wraps
        app.setStyle("Fusion")
        app.setProperty("fusion", True)
    app.setFont(font())
    # with a style sheet set, a new palette does not reach widgets already shown (research/view3d.md, 7)
    app.setStyleSheet("")
    app.setPalette(palette(theme))
    app.setStyleSheet(sheet(theme))


def apply_language(app: QApplication) -> None:
    """Applies the font of the current language to the whole application."""
    widths = app.font().featureValue(_PWID)
    app.setFont(font())
    if app.font().featureValue(_PWID) != widths:
        # else a widget of a style sheet keeps the features of its former font. The sheet is taken off first: where one
        # follows another, Qt 6 walks a cache that still has widgets which no one had seen when the theme was changed,
        # and that were deleted since.
        sheet_in_use = app.styleSheet()
        app.setStyleSheet("")
        app.setStyleSheet(sheet_in_use)


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme, for what the style sheet does not cover."""
    made = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    pairs = {
        role.Window: theme.panel, role.WindowText: theme.text, role.Base: theme.raised, role.AlternateBase: theme.panel,
        role.Text: theme.text, role.Button: theme.raised, role.ButtonText: theme.text, role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text, role.PlaceholderText: theme.faint, role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent, role.Link: theme.accent, role.Mid: theme.line, role.Light: theme.raised,
        role.Dark: theme.line, role.Shadow: theme.line, role.BrightText: theme.error, role.Accent: theme.accent,
    }  # fmt: skip
    for which, token in pairs.items():
        made.setColor(which, colour(token))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(group.Disabled, which, colour(theme.faint))
    return made


def sheet(theme: Theme) -> str:
    """The style sheet with the values of a theme."""
    values = {name: getattr(theme, name) for name in Theme.__slots__ if isinstance(getattr(theme, name), str)}
    soft = mix(theme.panel, theme.accent, 0.14)
    values |= {
        "soft": soft,
        "press": mix(theme.hover, theme.text, 0.08),
        "accent_hover": mix(theme.accent, theme.text, 0.12),
        "error_soft": mix(theme.panel, theme.error, 0.12),
        "warning_soft": mix(theme.panel, theme.warning, 0.14),
        "knob": mix(theme.line, theme.text, 0.22),
        "handle": theme.raised if theme.name == "light" else theme.text,
        "font": tokens.FONT_PX,
        "title": tokens.TITLE_PX,
        "row": tokens.ROW_PX,
    }
    text = _SHEET
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


_SHEET = """
QMainWindow, QDialog { background: @window@; }
QDialog#palette { background: @panel@; border: 1px solid @line@; }
QMainWindow::separator { background: @line@; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent@; }
QWidget { color: @text@; font-size: @font@px; }
QToolTip { background: @raised@; color: @text@; border: 1px solid @line@; border-radius: 6px; padding: 5px 8px; }

QMenuBar { background: @window@; padding: 3px 6px; border-bottom: 1px solid @line@; }
QMenuBar::item { background: transparent; padding: 4px 9px; border-radius: 5px; color: @muted@; }
QMenuBar::item:selected { background: @hover@; color: @text@; }
QMenu { background: @raised@; border: 1px solid @line@; border-radius: 8px; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 5px; }
QMenu::item:selected { background: @soft@; }
QMenu::item:disabled { color: @faint@; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: @line@; margin: 5px 8px; }

QToolBar { background: @window@; border: none; spacing: 4px; }
QToolBar#rail { border-right: 1px solid @line@; padding: 8px 0px; spacing: 6px; }
QToolBar#bar_area { background: @panel@; border-bottom: 1px solid @line@; padding: 0; spacing: 0; }
QStatusBar { background: @window@; border-top: 1px solid @line@; color: @muted@; min-height: 26px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted@; font-size: 12px; }

QDockWidget { titlebar-close-icon: none; }
QWidget#panel { background: @panel@; }
QDialog QScrollArea QWidget#panel { background: transparent; }
QWidget#canvas { background: @sky@; }
QLabel { background: transparent; }
QLabel#toast { background: @raised@; }
QLabel#heading { font-size: @title@px; font-weight: 600; }
QLabel#section { color: @muted@; font-size: 11px; font-weight: 600; }
QLabel#muted, QLabel#fact { color: @muted@; }
QLabel#faint { color: @faint@; font-size: 12px; }
QLabel#reason { color: @error@; font-size: 12px; }
QLabel#caution { color: @warning@; font-size: 12px; }
QLabel#waiting { color: @accent@; font-size: 12px; }
QFrame#approvals { background: @soft@; border: none; border-bottom: 1px solid @accent@; }
QFrame#alarmbar { background: @error_soft@; border: none; border-bottom: 1px solid @error@; }
QLabel#good { color: @good@; }
QLabel#big, QPushButton#big { font-size: 20px; font-weight: 600; }
QPushButton#big { background: transparent; border: none; padding: 0; min-height: 28px; text-align: left; color: @text@; }
QPushButton#big:hover, QPushButton#big:focus { color: @accent@; }
QLabel#welcome { font-size: 24px; font-weight: 600; }
QLabel#paneltitle { font-weight: 600; }
QFrame#card { background: @raised@; border: 1px solid @line@; border-radius: 10px; }
QFrame#card[level="error"] { border-color: @error@; background: @error_soft@; }
QFrame#line { background: @line@; border: none; max-height: 1px; min-height: 1px; }
QFrame#titlebar { background: @panel@; border: none; border-bottom: 1px solid @line@; }

QPushButton { background: @raised@; border: 1px solid @line@; border-radius: 7px; padding: 6px 13px; min-height: 16px; }
QPushButton:hover { background: @hover@; }
QPushButton:pressed { background: @press@; }
QPushButton:focus { border-color: @accent@; }
QPushButton:disabled { color: @faint@; background: @panel@; }
QPushButton:checked { background: @soft@; border-color: @accent@; color: @accent@; }
QPushButton#primary { background: @accent@; border-color: @accent@; color: @on_accent@; font-weight: 600; }
QPushButton#primary:hover { background: @accent_hover@; }
QPushButton#primary:disabled { background: @line@; border-color: @line@; color: @faint@; }
QPushButton#link { background: transparent; border: none; color: @accent@; padding: 1px 2px; min-height: 20px; }
QPushButton#plain { background: transparent; border: none; color: @text@; padding: 1px 2px; min-height: 20px; }
QPushButton#plain:hover, QPushButton#plain:focus { color: @accent@; }
QPushButton#link:hover { text-decoration: underline; }
QPushButton#search { color: @faint@; text-align: left; padding: 5px 10px; background: @raised@; }
QPushButton#search:hover { border-color: @accent@; color: @muted@; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 4px; }
QToolButton:hover { background: @hover@; }
QToolButton:pressed { background: @press@; }
QToolButton:focus { border-color: @accent@; }
QToolButton:checked { background: @soft@; color: @accent@; }
QToolButton:disabled { color: @faint@; }
QToolButton::menu-indicator { image: none; }
QToolBar#rail QToolButton { padding: 0; margin: 0 7px; min-width: 40px; max-width: 40px; min-height: 40px; border-radius: 9px; }
QToolButton#chip { padding: 4px 10px; color: @muted@; font-size: 12px; border-radius: 6px; }
QToolButton#chip:checked { background: @soft@; color: @accent@; font-weight: 600; }
QToolButton#badge { padding: 4px 8px; color: @muted@; font-weight: 600; }
QToolButton#badge[level="new"] { color: @accent@; background: @soft@; }
QToolButton#badge[level="error"] { color: @error@; background: @error_soft@; }
QToolButton#badge[level="warning"] { color: @warning@; background: @warning_soft@; }
QToolButton#combo { background: @raised@; border: 1px solid @line@; padding: 4px 10px; }
QToolButton#combo:hover { background: @hover@; }
QToolButton#combo:focus { border-color: @accent@; }

QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox {
  background: @raised@; border: 1px solid @line@; border-radius: 7px; padding: 5px 9px; selection-background-color: @accent@;
  selection-color: @on_accent@; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 18px; }
QLineEdit:focus, QPlainTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on { border-color: @accent@; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QLineEdit[level="error"] { border-color: @error@; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @faint@; background: @panel@; }
QComboBox { combobox-popup: 0; padding-right: 22px; }
QComboBox:hover:!editable { background: @hover@; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox QLineEdit { background: transparent; border: none; padding: 0; min-height: 0; }

QTreeView, QListView { background: @panel@; border: none; outline: 0; selection-background-color: transparent; show-decoration-selected: 0; }
QTreeView::item, QListView::item { height: @row@px; border: none; }
QListView#choices, QComboBox QAbstractItemView { background: @raised@; border: 1px solid @line@; padding: 4px; }
QListView#choices { padding: 2px 4px; /* a completer reckons with 3 px above and below its rows */ }
QListView#choices::item, QComboBox QAbstractItemView::item { border-radius: 5px; padding: 0 6px; }
QListView#choices::item:selected, QListView#choices::item:hover, QComboBox QAbstractItemView::item:selected,
QComboBox QAbstractItemView::item:hover { background: @soft@; color: @text@; }
QTreeView::item:selected, QTreeView::branch:selected { background: transparent; }
QTreeView::branch { background: transparent; }
QListWidget { background: @raised@; border: 1px solid @line@; border-radius: 8px; padding: 4px; }
QListWidget::item { border-radius: 6px; padding: 0 6px; }
QListWidget::item:selected { background: @soft@; color: @text@; }
QListWidget::item:hover { background: @hover@; }
QCheckBox::indicator, QListWidget::indicator { width: 14px; height: 14px; }
QCheckBox::indicator:unchecked, QListWidget::indicator:unchecked { width: 12px; height: 12px; background: @raised@; border: 1px solid @muted@; border-radius: 4px; }
QCheckBox:disabled { color: @faint@; }
QCheckBox::indicator:unchecked:hover, QCheckBox::indicator:unchecked:focus { border-color: @accent@; }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @knob@; border-radius: 3px; margin: 2px 3px; min-height: 30px; min-width: 30px; }
QScrollBar::handle:horizontal { margin: 3px 2px; }
QScrollBar::handle:hover { background: @faint@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSlider { min-height: 22px; background: transparent; }
QSlider::groove:horizontal { height: 6px; border-radius: 3px; background: @line@; }
QSlider::sub-page:horizontal { background: @accent@; border-radius: 3px; }
QSlider::sub-page:horizontal:disabled { background: @knob@; }
QSlider#warmth::groove:horizontal { background: qlineargradient(x1:0, y1:0, x2:1, y2:0, stop:0 #ff9d4a, stop:0.5 #ffe9cf, stop:1 #cfe3ff); }
QSlider#warmth::sub-page:horizontal { background: transparent; }
QSlider#hue::groove:horizontal { background: qlineargradient(x1:0, y1:0, x2:1, y2:0, stop:0 #f44336, stop:0.17 #ffd93b,
  stop:0.33 #43c85a, stop:0.5 #34c9d6, stop:0.67 #3d6bf5, stop:0.83 #c24df0, stop:1 #f44336); }
QSlider#hue::sub-page:horizontal { background: transparent; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -6px 0; border-radius: 8px; background: @handle@; border: 1px solid @knob@; }
QSlider::handle:horizontal:hover { border-color: @accent@; }
QSlider::handle:horizontal:focus { border: 2px solid @accent@; }
QProgressBar { background: @line@; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent@; border-radius: 3px; }
QTabBar { background: transparent; }
"""
"""The gradients of the two light sliders show the light's own colours, not colours of the theme."""

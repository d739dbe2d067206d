"""The menu of languages lists every catalogue that there is: a third language is one file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.actions import ROWS
from app.i18n import known_languages

TOP = Path(__file__).parents[3]
MENU = """
import json, sys
from pathlib import Path
from app.i18n import language
language.read_from(Path(sys.argv[1]))
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
from app.settings import ROWS as SETTINGS
from app.view import i18n
from app.view.menus import Menus
asked = []
main = QMainWindow()
menus = Menus(main, lambda id, on: asked.append(id))
menus.retranslate()
for action in menus.menus["Language"].actions():
    action.trigger()
choices = next(row.choices for row in SETTINGS if row.name == "language")
i18n.set_language("de")
menus.retranslate()
print(json.dumps([[a.text() for a in menus.menus["Language"].actions()], asked, choices, menus.actions["undo"].text()]))
"""


def test_each_catalogue_has_its_row() -> None:
    rows = {row.id: row.title for row in ROWS if row.menu == "Language"}
    assert rows == {f"language_{code}": name for code, name in known_languages().items()}
    assert next(iter(rows)) == "language_en"


def test_a_third_language_is_in_the_menu_and_among_the_settings_and_can_be_spoken(tmp_path: Path) -> None:
    for code, name in (("en", "English"), ("de", "Deutsch"), ("zh_CN", "中文")):
        (tmp_path / code).mkdir()
        head = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Language-Name: {name}\\n"\n'
        head += '"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Undo"\nmsgstr "Zurück"\n'
        (tmp_path / code / "oikos.po").write_text(head, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MENU, str(tmp_path)],
        cwd=TOP, env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "OIKOS_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, timeout=400, check=True,
    )  # fmt: skip
    texts, asked, choices, undo = json.loads(done.stdout)
    assert texts == ["English", "Deutsch", "中文"]
    assert asked == ["language_en", "language_de", "language_zh_CN"]
    assert choices == ["system", "en", "de", "zh_CN"]
    assert undo == "Zurück"

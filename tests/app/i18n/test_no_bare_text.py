"""No English gets past the catalogues: what people read is made by a code or by `tr`, never written out beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.app.i18n.source_texts import trees

WORD = re.compile(r"[A-Za-z]{3,}")
SENTENCE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")

SHOWS = {
    *("setText", "setToolTip", "setStatusTip", "setWindowTitle", "setPlaceholderText", "setTitle", "setWhatsThis"),
    *(
        "setInformativeText",
        "setDetailedText",
        "setAccessibleName",
        "setAccessibleDescription",
        "setPrefix",
        "setSuffix",
    ),
    *("setSpecialValueText", "setPlainText", "setHtml", "addItem", "addAction", "addMenu", "addTab", "addRow"),
    *("setHorizontalHeaderLabels", "setHeaderLabels", "showMessage", "drawText", "print", "refuse"),
    *("QLabel", "QPushButton", "QAction", "QCheckBox", "QGroupBox", "QRadioButton", "QMenu", "QToolButton"),
    *("ElidedLabel", "text_label", "Outcome", "ArgumentTypeError", "tell_line"),
}
"""What puts its arguments on the screen or on the terminal."""
NAMED_STYLE = {"QLabel", "ElidedLabel", "text_label"}
"""Of these the further arguments name a style."""
NAMES = {"Oikos", "oikos", " – Oikos", "oikos: ", "Python ", "utf-8"}
"""Names, which are the same in every language, and an encoding."""
MAKES = {"Text", "translate", "Problem", "os_problem", "warn", "warn_of", "refusal"}
"""What makes a text of a code and its arguments."""
NOT_SHOWN = {"detail", "where", "code", "severity"}
"""`detail` is a library's own text, `where` a place."""
READ = {
    *("OSError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "TimeoutError", "ConnectError"),
    *("AuthError", "RefusedError", "DeviceRefusedError", "NotAMatterServerError"),
    *("UnsafeTemplateError", "BudgetError", "TimeBudgetError"),
}
"""Exceptions whose text becomes the reason that a person reads (twin.model.text.why)."""
TOOLS = ("app/bench/", "devices/lab/")
"""Programs for those who build Oikos."""


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def written_out(node: ast.AST, pattern: re.Pattern[str]) -> Iterator[str]:
    """The literal texts of an expression that are shown as they stand: not what a call in it makes of them."""
    match node:
        case ast.Constant(value=str(text)) if pattern.search(text):
            yield text
        case ast.Call() | ast.Subscript() | ast.Compare() | ast.Lambda():
            return
        case ast.IfExp():
            yield from written_out(node.body, pattern)
            yield from written_out(node.orelse, pattern)
        case ast.Dict():
            for value in node.values:
                yield from written_out(value, pattern)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from written_out(child, pattern)


def own(*roots: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in these folders, with its place."""
    for file, tree in trees().items():
        if file.startswith(roots) and not file.startswith(TOOLS):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    yield f"{file}:{node.lineno}", node


def test_nothing_written_out_is_put_on_the_screen_or_the_terminal() -> None:
    shown = [
        f"{where} {text!r}"
        for where, call in own("app/view/", "app/cli/", "app/__main__.py")
        if name_of(call) in SHOWS and not (call.args and isinstance(call.args[0], ast.Dict))
        for given in (call.args[:1] if name_of(call) in NAMED_STYLE else call.args)
        for text in written_out(given, WORD)
        if text not in NAMES
    ]
    codes = re.compile(r"^\S+ '[a-z0-9_]+(\.[a-z0-9_]+)+'$")  # `tracing.refuse("picture.large")`: a code
    assert not [one for one in shown if not codes.match(one)]


def test_the_arguments_of_a_text_are_no_english() -> None:
    """`Text("x.failed", why=str(error))` and `Text("x.failed", why=f"no {what}")` are said in English to everybody."""
    wrong: list[str] = []
    for where, call in own("app/", "devices/", "twin/"):
        if name_of(call) not in MAKES:
            continue
        for given in (word.value for word in call.keywords if word.arg not in NOT_SHOWN):
            for inner in (*given.values, given) if isinstance(given, ast.Dict) else (given,):
                wrong += [f"{where} {text!r}" for text in written_out(inner, SENTENCE)]
                if isinstance(inner, ast.JoinedStr):
                    wrong += [f"{where} {text!r}" for text in written_out(inner, WORD) if not text.endswith(".")]
                if isinstance(inner, ast.Call) and name_of(inner) in ("str", "repr") and _is_error(inner):
                    wrong.append(f"{where} {ast.unparse(inner)}")
    known = {"str(error)"}  # twin.model.text.why itself says a library's words
    assert not [one for one in wrong if not (one.startswith("twin/model/text.py") and one.split(" ", 1)[1] in known)]


def _is_error(call: ast.Call) -> bool:
    return bool(call.args) and getattr(call.args[0], "id", "") in ("error", "cause", "exception", "failed")


def test_an_exception_that_becomes_a_reason_carries_a_text() -> None:
    """`raise RefusedError("the door is open")` would be shown in English; `RefusedError(Text("door.open"))` is not."""
    wrong = [
        f"{where} {text!r}"
        for where, call in own("app/engine/", "devices/", "twin/model/")
        if name_of(call) in READ
        for given in call.args[:1]
        for text in written_out(given, WORD)
    ]
    assert not wrong


def test_what_these_tests_look_for_they_find() -> None:
    tree = ast.parse(
        'label.setText(f"{n} devices"); label.setText(tr("Devices")); label.setText("A" if x else tr("B"))'
    )
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) == "setText"]
    assert [list(written_out(call.args[0], WORD)) for call in calls] == [[" devices"], [], []]
    (raised,) = (
        node for node in ast.walk(ast.parse('raise RefusedError("not " + what)')) if isinstance(node, ast.Call)
    )
    assert list(written_out(raised.args[0], WORD)) == ["not "]

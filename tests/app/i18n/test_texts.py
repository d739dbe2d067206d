"""Every text that is data has its sentence in every language, with the arguments that it is given, and no other is kept."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest

from app import i18n
from app.__main__ import main
from app.i18n import language, with_stop
from app.i18n.numbers import format_significant, set_temperature_unit
from app.i18n.sentences import _moment, args_of
from tests.app.i18n.source_texts import LANGUAGES, catalogue, forms, literals, named, patterns, trees
from twin.model.problem import Problem
from twin.model.text import EARLIER, LIBRARY, Text, described

SAME = {
    "ask.day",
    "ask.in_room",
    "ask.kind",
    "ask.places",
    "ask.title",
    "comfort.clo",
    "warning.class.co2",
    "warning.value.co2",
    "warning.value.humidity",
    "warning.value.other",
    "warning.value.pressure",
    "warning.value.temperature",
    "rules.word",
    "rules.point_of",
    "rules.quantity",
    "modbus.register_refused",
    EARLIER,
    LIBRARY,
    "text.more",
    "sh3d.numbered",
    "command.refused",
    "command.only_reports",
    "bench.unmeasurable.remedy",
    "reason.link_state",
}
"""Texts that may be the same in two languages: they consist of arguments."""


@pytest.fixture(autouse=True)
def english_again() -> object:
    yield
    i18n.set_language("en")


def test_every_language_has_the_same_texts() -> None:
    english, chinese = (set(catalogue(one)) for one in LANGUAGES)
    assert english == chinese


def test_every_code_in_the_source_has_its_sentences() -> None:
    known = set(catalogue("en"))
    wanted = {one.code: one.where for one in named()}
    wanted |= {f"{one.code}.remedy": one.where for one in named() if one.problem and not one.own_remedy}
    missing = {code: where for code, where in wanted.items() if code not in known}
    assert not missing


def test_a_sentence_uses_only_the_arguments_that_it_is_given() -> None:
    wrong: list[str] = []
    for one in named():
        for code in (one.code, f"{one.code}.remedy") if one.problem else (one.code,):
            for spoken in LANGUAGES if one.args is not None and code in catalogue("en") else ():
                used = set().union(*map(args_of, forms(spoken, code)))
                wrong += [f"{one.where} {code} ({spoken}): {sorted(used - one.args)}"] if used - one.args else []
    assert not wrong


@pytest.mark.parametrize("code", sorted(catalogue("en")))
def test_a_text_has_the_same_arguments_in_every_language(code: str) -> None:
    used = [set().union(*map(args_of, forms(spoken, code))) for spoken in LANGUAGES]
    assert used[0] == used[1]


def test_no_catalogue_keeps_a_text_that_nothing_says() -> None:
    said, made = literals(), [re.compile(pattern) for pattern in patterns()]
    left = [
        code
        for code in catalogue("en")
        if (plain := code.removesuffix(".remedy")) not in said
        and code not in said
        and not any(pattern.fullmatch(plain) or pattern.fullmatch(code) for pattern in made)
    ]
    assert not left


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 1234])
def test_every_sentence_can_be_said(spoken: str, n: int) -> None:
    i18n.set_language(spoken)
    for code in catalogue(spoken):
        names = set().union(*map(args_of, forms(spoken, code)))
        args: dict[str, object] = dict.fromkeys(names, n) | {"n": n}
        said = i18n.sentence(Text(code, **args))
        assert said != described(code, args), code
        assert "{" not in said, code


def test_the_same_text_is_said_in_two_languages() -> None:
    said: dict[str, list[str]] = {code: [] for code in catalogue("en")}
    for spoken in LANGUAGES:
        i18n.set_language(spoken)
        for code, found in said.items():
            names = set().union(*map(args_of, forms("en", code)))
            found.append(i18n.sentence(Text(code, **{"n": 3} | dict.fromkeys(names, 3))))
    assert not [code for code, (english, chinese) in said.items() if english == chinese and code not in SAME]


@pytest.mark.parametrize(
    ("spoken", "problem", "label", "reason"),
    [
        ("en", "The disk is full. Make room; the last change was not kept, everything before it is.", "Put 1 device into a room", "not connected: no answer"),
        ("zh_CN", "磁盘已满。请腾出空间；最后一次更改未保存，之前的都已保存。", "将 1 个设备放入房间", "未连接：没有应答"),
    ],
)  # fmt: skip
def test_problem_label_and_reason_come_from_the_same_data(spoken: str, problem: str, label: str, reason: str) -> None:
    i18n.set_language(spoken)
    assert i18n.in_full(Problem(code="store.full", where="/x")) == problem
    assert i18n.sentence(Text("edit.bind_all", n=1)) == label
    assert i18n.sentence(Text("reason.not_connected", why=Text("reason.no_answer"))) == reason


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(2083.4, 3, "2,083"), (999.6, 3, "1,000"), (-12345.6, 3, "−12,346"), (21.537, 3, "21.5"), (0.0123, 3, "0.0123")],
)
def test_a_large_number_is_written_out_and_not_with_an_exponent(value: float, digits: int, text: str) -> None:
    assert format_significant(value, digits) == text


def test_numbers_and_lists_are_written_as_the_language_writes_them() -> None:
    text = Text("sh3d.moved_parts", n=12_345, names=["Vase", "Lamp"])
    assert i18n.sentence(text).startswith("Parts of 12,345 pieces")
    assert i18n.sentence(text).endswith("Vase, Lamp")
    i18n.set_language("zh_CN")
    assert i18n.sentence(text).endswith("Vase、Lamp")


def test_a_rules_reason_is_said_with_its_time_and_the_reason_within() -> None:
    at_ms = round(datetime(2026, 11, 24, 14, 5, 7).astimezone().timestamp() * 1000)
    asleep = Text("why.was_so_already", key="motion", value=1.0, since_ms=at_ms)
    text = Text("run.refused", cause=Text("trigger.asked"), why=asleep)
    assert i18n.sentence(text) == (
        "it did not start upon “somebody asked for it”: motion was 1 already, since 2026-11-24 14:05:07"
    )
    i18n.set_language("zh_CN")
    assert i18n.sentence(text) == "未因“有人要求执行”启动：motion 自 2026-11-24 14:05:07 起已是 1"
    assert i18n.sentence(Text("run.waited_too_long", timeout_ms=90_000)) == "等待超过 90 s"
    endless = Text("trigger.time", time_ms=float("inf"))
    assert i18n.sentence(endless) == described(endless.code, endless.args)


def test_what_no_catalogue_has_is_shown_as_it_is_and_never_hidden() -> None:
    assert i18n.sentence(Text("nobody.knows", name="Lamp")) == "nobody.knows(name='Lamp')"


def test_importers_refuse_in_chinese() -> None:
    i18n.set_language("zh_CN")
    assert i18n.what(Problem(code="file.nonsense")) == "从文件中读到的内容没有意义"


def test_a_third_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("en", "de"):
        (tmp_path / code).mkdir()
    english = (language.FOLDER / "en" / "oikos.po").read_text(encoding="utf-8")
    (tmp_path / "en" / "oikos.po").write_text(english, encoding="utf-8")
    (tmp_path / "de" / "oikos.po").write_text(
        'msgid ""\nmsgstr ""\n"Language: de\\n"\n"Language-Name: Deutsch\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "edit.bind_all"\nmsgid_plural "edit.bind_all"\n'
        'msgstr[0] "{n} Gerät in einen Raum"\nmsgstr[1] "{n} Geräte in Räume"\n\nmsgid "Undo"\nmsgstr "Zurück"\n',
        encoding="utf-8",
    )
    language.read_from(tmp_path)
    try:
        assert i18n.known_languages() == {"en": "English", "de": "Deutsch"}
        monkeypatch.setenv("LC_ALL", "de_AT.UTF-8")
        assert i18n.set_language("system") == "de"
        assert i18n.sentence(Text("edit.bind_all", n=1)) == "1 Gerät in einen Raum"
        assert i18n.sentence(Text("edit.bind_all", n=12_345)) == "12.345 Geräte in Räume"
        assert i18n.tr("Undo") == "Zurück"
        assert i18n.tr("Redo") == "Redo"
        assert i18n.what(Problem(code="store.full")) == "The disk is full", "what it lacks is said in English"
    finally:
        language.read_from(language.FOLDER)


@pytest.mark.parametrize(("option", "said"), [("zh_CN", "没有这个项目"), ("en", "There is no such project")])
def test_the_command_line_speaks_the_users_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, said: str
) -> None:
    assert main(["check", str(tmp_path / "none.oikos"), "--lang", option]) == 1
    assert said in capsys.readouterr().err


def test_the_command_line_asks_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["check", str(tmp_path / "none.oikos"), "--json"]) == 1
    told = capsys.readouterr().out
    assert "没有这个项目" in told
    assert '"code": "project.missing"' in told


SENTENCES = {"reason", "what", "to_do", "remedy"}


def test_no_code_branches_on_a_sentence() -> None:
    """Codes are compared; a sentence is for people."""
    found: list[str] = []
    for file, tree in trees().items():
        for node in ast.walk(tree):
            asked = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if asked and node.func.attr in ("startswith", "endswith", "find") and _is_sentence(node.func.value):
                found.append(f"{file}:{node.lineno}")
            if isinstance(node, ast.Compare) and _compares(node):
                found.append(f"{file}:{node.lineno}")
    assert not found


def _is_sentence(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("sentence", "what", "remedy", "in_full") and bool(node.args)
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def _compares(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    words = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
    return words and any(map(_is_sentence, sides))


@pytest.mark.parametrize(("unit", "shown"), [("°C", "20.0 °C, and 21.5 °C"), ("°F", "68.0 °F, and 70.7 °F")])
def test_a_warning_has_its_temperatures_in_the_chosen_unit(
    monkeypatch: pytest.MonkeyPatch, unit: str, shown: str
) -> None:
    monkeypatch.setattr("app.i18n.numbers._Shown.temperature", unit)
    assert shown in i18n.sentence(Text("warning.control.cold", name="Hall", hours=5.0, value=20.0, expected=21.5))
    assert i18n.sentence(Text("warning.value.temperature", value=None)) == "–"


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_text_has_a_fixed_unit_beside_a_temperature_that_it_is_given(spoken: str) -> None:
    """Users choose the unit: `{value:temperature}`, `temperature_difference`, `degree_days` write it."""
    fixed = re.compile(r"\{[^}]*\}\s*(°\s?[CF]|℃|℉|K(?![a-zA-Z]))")
    wrong = [code for code in catalogue(spoken) for text in forms(spoken, code) if fixed.search(text)]
    assert not wrong


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_each_flow_of_energy_is_said_with_its_unit(spoken: str) -> None:
    assert [text.count("} {unit}") for text in forms(spoken, "energy.flows")] == [3]


def test_temperatures_differences_and_degree_days_are_said_in_the_chosen_unit() -> None:
    text = Text("energy.degree_days", heating=100.0, cooling=10.0, base=15.0)
    try:
        assert "heating 100.0 K·d, cooling 10.0 K·d (base 15.0 °C" in i18n.sentence(text)
        set_temperature_unit("°F")
        assert "heating 180.0 °F·d, cooling 18.0 °F·d (base 59.0 °F" in i18n.sentence(text)
        assert (
            i18n.sentence(Text("comfort.temperature", mean=20.0, low=10.0, high=30.0))
            == "68.0 °F on average, 50.0 °F to 86.0 °F"
        )
        assert "3.6 °F off the air" in i18n.sentence(
            Text("comfort.by_pmv", met=1.2, clo=Text("comfort.clo", clo=0.7), air=0.1, radiant=2.0)
        )
    finally:
        set_temperature_unit("°C")


def test_an_unknown_number_is_a_dash() -> None:
    assert i18n.sentence(Text("comfort.temperature", mean=float("nan"), low=1.0, high=2.0)).startswith("– on average")


def test_a_sentence_gets_one_full_stop_and_a_question_none() -> None:
    assert [with_stop(one) for one in ("Wait", "Why not?", "Wait.")] == ["Wait.", "Why not?", "Wait."]


def test_a_time_is_said_without_seconds_where_it_has_none() -> None:
    at = int(datetime(2026, 10, 30, 22, 0).astimezone().timestamp() * 1000)
    assert [_moment(at), _moment(at + 5000)] == ["2026-10-30 22:00", "2026-10-30 22:00:05"]

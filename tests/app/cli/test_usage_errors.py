"""What is wrong with the words of a command line is said in the reader's language, argparse's own sentences too."""

from __future__ import annotations

import argparse
import ast
import re
from pathlib import Path

import pytest

from app import i18n
from app.__main__ import main
from app.cli.framework.verb import Outcome, names, verb_named
from tests.app.i18n.source_texts import LANGUAGES

OF_PROGRAMMERS = {
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    ".__call__() not defined",
    'argument "-" with mode %r',
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
    "unknown parser %(parser_name)r (choices: %(choices)s)",
    # Python 3.13, for parts that we do not use
    " (default: %(default)s)",
    "%(heading)s:",
    "%(prog)s: warning: %(message)s\n",
    "argument '%(argument_name)s' is deprecated",
    "command '%(parser_name)s' is deprecated",
    "option '%(option)s' is deprecated",
    "show program's version number and exit",
    "subcommands",
}
"""Sentences of argparse about a grammar that is wrong itself; no user of ours can meet them."""


def sentences_of_argparse() -> set[str]:
    """Every text that this Python's argparse looks up in a catalogue."""
    tree = ast.parse(Path(argparse.__file__ or "").read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    said = (call.args[0] for call in calls if call.args and call.func.id in ("_", "ngettext"))  # type: ignore[attr-defined]
    return {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_every_sentence_of_argparse_that_a_user_can_meet_is_translated() -> None:
    said = sentences_of_argparse()
    assert "the following arguments are required: %s" in said
    for spoken in set(LANGUAGES) - {"en"}:
        i18n.set_language(spoken)
        known = {text for text in said if i18n.translation(text) or i18n.tr_counted(text, "", 2)}
        assert said - known - OF_PROGRAMMERS == set()


WRONG = [
    (["history"], "缺少：project, point"),
    (["get", "a", "b", "--bogus"], "无法识别：--bogus"),
    (["shot", "a", "b", "--theme", "blue"], "参数 --theme：没有 'blue'（可选：'light', 'dark'）"),
    (["shot", "a", "b", "--theme"], "参数 --theme：需要一个值"),
    (["shot", "a", "b", "--size", "big"], "参数 --size：请给出尺寸，例如 1280x800"),
    (["shot", "a", "b", "--size", "1x1"], "尺寸须在 320x240 与 8192x8192 之间"),
    (["lab", "--mqtt", "many"], "参数 --mqtt：请给出整数，0 或更大"),
    (["run", "a", "--for", "soon"], "参数 --for：请给出秒数，0 或更大"),
    (["history", "a", "b", "--from", "soon"], "“soon”不是时间"),
    (["add", "a", "b", "--option", "x"], "“x”不是“名称=值”的形式"),
    (["bind", "a", "b", "c", "--at", "here"], "请给出三个以米为单位的数：X,Y,Z"),
    (["bind", "a"], "请给出设备和房间"),
    (["info", "a", "--json=no"], "此选项不带值"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_usage_error_is_said_in_the_language_asked_for(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked, told in ((["--lang", "zh_CN"], words), ([], words)):
        monkeypatch.setenv("LC_ALL", "en_GB.UTF-8" if asked else "zh_CN.UTF-8")
        assert main([*told, *asked]) == 2
        answer = capsys.readouterr().err
        assert said in answer
        assert answer.splitlines()[-1].startswith("oikos")
        assert "：错误：" in answer
        assert not re.search(r"\b(usage|error|argument|required|invalid|expected|choose|give)\b", answer)
    assert main([*words, "--lang", "en"]) == 2
    answer = capsys.readouterr().err
    assert ": error: " in answer
    assert not re.search(r"[\u4e00-\u9fff]", answer)


def test_a_wrong_verb_is_refused_in_the_language_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh_CN", "frobnicate"]) == 2
    assert "错误：" in capsys.readouterr().err
    assert "get" in names()


@pytest.mark.parametrize(
    ("typed", "meant"), [("alarm", "alarms"), ("rule", "rules"), ("schedules", "schedule"), ("link", "links")]
)
def test_a_noun_is_a_verb_in_either_number(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed, "--help"]) == 0
    assert f"oikos {meant}" in capsys.readouterr().out


def test_a_file_with_the_name_of_a_verb_in_the_other_number_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alarm").touch()
    monkeypatch.chdir(tmp_path)
    assert verb_named("alarm", names()) == "alarms"
    opened: list[object] = []
    monkeypatch.setattr(
        "app.cli.framework.window_launch.show", lambda project, **_: opened.append(project) or Outcome()
    )
    assert main(["alarm"]) == 0
    assert [str(one) for one in opened] == ["alarm"]

"""The command line's own lines, table heads and help are in the reader's language, also where an engine carries a verb out."""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import i18n
from app.__main__ import main
from app.cli.framework import import_report, output
from app.cli.framework.output import columns
from app.cli.framework.verb import names, parser
from tests.app.i18n.source_texts import LANGUAGES, catalogue, trees
from tests.twin.store.worlds import building
from twin.model.building import Building
from twin.model.candidate import Need
from twin.model.capability import ROWS as CAPABILITIES
from twin.model.kind import ROWS as KINDS
from twin.model.observation import Quality


def heads() -> Iterator[str]:
    """The keys of every table's head that is written out in the source."""
    for file, tree in trees().items():
        nodes = tuple(ast.walk(tree)) if file.startswith("app/cli") else ()
        named = [one.value for one in nodes if isinstance(one, ast.Assign) and _is_head(one.targets[0])]
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "columns":
                for head in (*node.args[1:], *(named if any(map(_is_head, node.args[1:])) else ())):
                    yield from (
                        one.value
                        for one in ast.walk(head)
                        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
                    )


def _is_head(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "head"


def test_every_table_head_has_its_title_in_every_language() -> None:
    found = set(heads()) | {"time", "min", "max", "mean", "last", "count", "counted", "estimated", "word"}
    assert {"device", "which_room"} <= found
    assert not [key for key in found if f"cli.head.{key}" not in catalogue("en")]


def test_a_table_is_headed_in_the_language_in_force() -> None:
    assert columns([("Lamp", True)], ("device", "last_seen")) == ["DEVICE  LAST SEEN", "Lamp    yes"]
    i18n.set_language("zh_CN")
    assert columns([("Lamp", True)], ("device", "last_seen")) == ["设备  最后在线", "Lamp  是"]


def shown(grammar: argparse.ArgumentParser) -> Iterator[str]:
    """Every text that the help of a grammar and its verbs shows."""
    yield from filter(None, (grammar.description, grammar.epilog))
    for group in grammar._action_groups:
        yield group.title or ""
    for action in grammar._actions:
        yield action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from shown(below)


def test_every_help_text_has_a_translation() -> None:
    texts = set(shown(parser(names()))) - {"", argparse.SUPPRESS}
    assert len(texts) > 100
    for spoken in set(LANGUAGES) - {"en"}:
        i18n.set_language(spoken)
        assert not [text for text in texts if not i18n.translation(text)]


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in names())])
def test_help_is_said_in_the_language_asked_for(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--lang", "zh_CN"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("用法：oikos")
    assert "显示本帮助并退出" in told
    assert main([*words, "--lang=en"]) == 0
    assert capsys.readouterr().out.startswith("usage: oikos")


def test_what_came_of_a_verb_is_counted_in_the_readers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "house.oikos")
    assert main(["new", project, "--lang", "zh_CN"]) == 0
    made, counts = capsys.readouterr().out.splitlines()
    assert made == f"已创建 {project}"
    assert counts.startswith("0 个楼层、0 个房间、0 扇门、0 个待连接的设备；")
    assert main(["info", project, "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("house: 0 storeys, 0 rooms, 0 devices")
    assert main(["info", project, "--lang", "zh_CN"]) == 0
    assert capsys.readouterr().out.startswith("house：0 个楼层、0 个房间、0 个设备")


def test_a_language_for_one_context_leaves_that_of_the_process() -> None:
    import contextvars

    i18n.set_language("zh_CN")

    def asked() -> str:
        i18n.set_context_language("en")
        return i18n.translate("cli.check.sound")

    assert contextvars.copy_context().run(asked) == "Everything is sound"
    assert i18n.translate("cli.check.sound") == "一切完好"


def test_progress_on_a_terminal_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def reads(path: Path, *, progress: Callable[[str, float], None], cancelled: object) -> Building:
        progress("job.reading", 0.4)
        return building("Hall")

    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    monkeypatch.setattr(import_report, "read_building", reads)
    i18n.set_language("zh_CN")
    import_report.read(Path("house.ifc"))
    assert i18n.translate("job.reading") in shown.getvalue()
    assert "job." not in shown.getvalue()


def test_the_words_of_a_table_are_in_the_readers_language() -> None:
    words = {quality.name.lower() for quality in Quality} | {need.value for need in Need}
    words |= {word for row in CAPABILITIES for word in row.options} | {row.title for row in CAPABILITIES}
    for spoken in set(LANGUAGES) - {"en"}:
        i18n.set_language(spoken)
        assert not [word for word in words if output.table_word(word) == word]
        assert not [row.id for row in KINDS if output.kind_word(row.id) == row.id]
    i18n.set_language("en")
    assert output.kind_word("temperature_sensor") == "temperature_sensor", "in English what --json has"
    point = {"title": "Ceiling", "capability": "on_off", "value": True}
    i18n.set_language("zh_CN")
    assert (output.point_title(point), output.in_words(point)) == ("Ceiling", i18n.translation("on"))

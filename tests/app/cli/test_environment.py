"""An environment that was made before, and lacks a package, is named as that: never a mistake of Oikos, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import i18n
from app.__main__ import MISSING
from app.cli.framework.output import problem_lines
from twin.model.problem import Problem, missing_package, mistake

WITHOUT = """
import sys
own = {"app", "twin", "devices", *sys.stdlib_module_names}
class Nothing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if (top in LACKS) if LACKS else (top not in own):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
from app.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def oikos(lacks: set[str], home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = f"LACKS = {lacks!r}\n{WITHOUT}"
    env = os.environ | {"OIKOS_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, env=env, check=False)


@pytest.mark.parametrize("package", ["msgspec", "numpy"])
def test_a_missing_package_is_named_with_what_to_do(tmp_path: Path, package: str) -> None:
    done = oikos({package}, tmp_path, "new", str(tmp_path / "a.oikos"), "--lang", "zh_CN")
    assert done.returncode == 1
    i18n.set_language("zh_CN")
    try:
        asked = Problem(code="oikos.environment", args={"package": package}, where="oikos new")
        assert done.stderr.strip() == problem_lines(asked)
    finally:
        i18n.set_language("en")


def test_where_nothing_is_installed_it_is_said_all_the_same(tmp_path: Path) -> None:
    done = oikos(set(), tmp_path, "info", str(tmp_path / "a.oikos"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is missing or too old" in done.stderr
    assert "uv sync" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_protocol_whose_library_is_missing_says_so_when_it_is_asked_for(tmp_path: Path) -> None:
    project = str(tmp_path / "a.oikos")
    assert oikos({"nothing"}, tmp_path, "new", project).returncode == 0
    done = oikos({"aiomqtt"}, tmp_path, "add", project, "mqtt://127.0.0.1:1", "--lang", "en")
    assert done.returncode == 1
    assert "The Python package aiomqtt is missing or too old" in done.stderr


def test_the_sentence_without_a_catalogue_is_that_of_the_catalogue() -> None:
    assert MISSING.format(package="x").strip() == problem_lines(
        Problem(code="oikos.environment", args={"package": "x"})
    )


def test_only_packages_of_others_count() -> None:
    assert missing_package(ModuleNotFoundError("No module named 'a.b'", name="a.b")) == "a"
    assert missing_package(ImportError("cannot import name 'x' from 'msgspec'", name="msgspec")) == "msgspec"
    assert missing_package(ModuleNotFoundError("No module named 'twin.gone'", name="twin.gone")) == ""
    assert missing_package(ImportError("libGL.so.1: cannot open", name="PySide6.QtGui")) == ""
    assert mistake(ValueError("x")).code == "oikos.mistake"

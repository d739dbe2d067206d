"""The code of generated methods is compiled once per machine, and nothing depends on that it was kept."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import code_cache
from app.code_cache import CodeCache

TOP = Path(__file__).parents[2]
TEXT = "def double(x):\n    return 2 * x\n"

COMPILED = """
import builtins, sys
from app import code_cache
plain, compiled = builtins.compile, []
code_cache.compile = lambda *args, **options: (compiled.append(args), plain(*args, **options))[1]
from app.__main__ import main
code = main(["check", "--help"])
from twin.model.device import Device, Link
link = Link(id="l", protocol="mqtt", address="mqtt://localhost")
assert link == Link(id="l", protocol="mqtt", address="mqtt://localhost") and hash(link) and "mqtt" in repr(link)
try:
    link.id = "other"
except AttributeError:
    code_cache.code_cache().save()
    print("compiled", len(compiled), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python keeps compiled code, whatever the machine that runs the tests says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def doubled(cache: CodeCache) -> int:
    """What the kept function answers for 21."""
    names: dict[str, object] = {}
    exec(cache.code(TEXT), names)
    double = names["double"]
    assert callable(double)
    return double(21)


def the_file(folder: Path) -> Path:
    (file,) = folder.glob("*.code")
    return file


def test_code_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = CodeCache((tmp_path,))
    assert doubled(first) == 42
    first.save()
    second = CodeCache((tmp_path,))
    monkeypatch.setattr("app.code_cache.compile", None, raising=False)  # nothing is compiled any more
    assert doubled(second) == 42


def test_what_two_processes_compiled_is_kept_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = CodeCache((tmp_path,)), CodeCache((tmp_path,))
    doubled(one)
    other.code("x = 1")
    one.save()
    other.save()
    both = CodeCache((tmp_path,))
    monkeypatch.setattr("app.code_cache.compile", None, raising=False)
    both.code("x = 1")
    assert doubled(both) == 42


@pytest.mark.parametrize("damage", [b"", b"abc", b"half", b"changed"])
def test_a_damaged_file_is_compiled_anew_and_mended(damage: bytes, tmp_path: Path) -> None:
    first = CodeCache((tmp_path,))
    doubled(first)
    first.save()
    file = the_file(tmp_path)
    whole = file.read_bytes()
    bad = {b"half": whole[: len(whole) // 2], b"changed": whole[:-9] + b"#" + whole[-8:]}.get(damage, damage)
    file.write_bytes(bad)
    second = CodeCache((tmp_path,))
    assert doubled(second) == 42
    second.save()
    assert file.read_bytes() == whole


def test_where_the_first_folder_cannot_be_written_the_next_one_is_taken(tmp_path: Path) -> None:
    taken = tmp_path / "a file"
    taken.write_text("")
    cache = CodeCache((taken / "folder", tmp_path / "cache"))
    doubled(cache)
    cache.save()
    assert the_file(tmp_path / "cache")


def test_where_nothing_can_be_written_code_is_only_compiled(tmp_path: Path) -> None:
    taken = tmp_path / "a file"
    taken.write_text("")
    cache = CodeCache((taken / "folder",))
    assert doubled(cache) == 42
    cache.save()


def test_nothing_is_kept_where_python_keeps_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    cache = CodeCache((tmp_path,))
    doubled(cache)
    cache.save()
    assert not [*tmp_path.iterdir()]


def test_code_of_other_versions_does_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.code_cache.MOST", 5)
    for version in range(4):
        cache = CodeCache((tmp_path,))
        for number in range(3):
            cache.code(f"x = {version}, {number}")
        cache.save()
    assert len(CodeCache((tmp_path,))._kept) <= 5


def test_a_second_process_compiles_no_method_and_its_classes_are_the_same(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(tmp_path / "code"), "OIKOS_HOME": str(tmp_path), "PYTHONPATH": str(TOP)}
    counts: list[int] = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", COMPILED], env=env, cwd=TOP, capture_output=True, text=True, timeout=400, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        counts.append(int(done.stderr.split()[-1]))
    assert counts[0] > 20
    assert counts[1] == 0


def test_code_that_another_thread_compiles_meanwhile_does_not_disturb_the_saving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = CodeCache((tmp_path,))
    doubled(cache)
    plain = marshal.dumps

    def compiling(value: object) -> bytes:
        cache.code(f"x = {len(cache._used)}")
        return plain(value)  # type: ignore[arg-type]

    monkeypatch.setattr(code_cache.marshal, "dumps", compiling)
    cache.save()
    assert the_file(tmp_path).exists()


def test_a_cache_that_cannot_be_saved_leaves_the_end_of_the_process_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad(_: object) -> bytes:
        raise ValueError("unmarshallable object")

    cache = CodeCache((tmp_path,))
    doubled(cache)
    monkeypatch.setattr(code_cache.marshal, "dumps", bad)
    cache.save()
    assert not list(tmp_path.iterdir())

"""Files that the arguments of a verb name: read by it, kept for a link or channel, or written. Imports only the standard
library, for fast answers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import NoReturn, cast

from app.server.file_references import FILE_OPTIONS, without_files

READ = ("photo", "file")
"""Arguments that are files to read."""
KEPT = ("ca",)
"""Arguments that are files which a channel reads again and again."""
WRITTEN = ("photo_out", "csv", "text", "gltf", "ifc", "document")
"""Arguments that are files to write."""
MARK = "/marked"
"""A name for trying which words are files."""


def read_files(args: argparse.Namespace) -> set[str]:
    """Files that a verb reads: of the options in READ, and the name after an action `import`."""
    return _named(args, (*READ, "name") if getattr(args, "action", None) == "import" else READ)


def kept_files(args: argparse.Namespace) -> set[str]:
    """Files that a link or channel of the verb reads again: certificate authorities, tables of group addresses."""
    in_target = without_files(str(getattr(args, "target", None) or ""))[1].values()
    in_options = (value for name, value in _options(args) if name.lower() in FILE_OPTIONS)
    return {value for value in (*_named(args, KEPT), *in_target, *in_options) if value}


def written_files(args: argparse.Namespace) -> dict[str, str]:
    """Files that a verb writes, by argument."""
    found = ((name, getattr(args, name, None)) for name in WRITTEN)
    return {name: value for name, value in found if isinstance(value, str) and value}


def named_files(args: argparse.Namespace) -> set[str]:
    """All files that the arguments name."""
    return {*read_files(args), *kept_files(args), *written_files(args).values()}


def with_files(arguments: Sequence[str], args: argparse.Namespace, rename: Callable[[str], str]) -> list[str]:
    """The words of a verb with its files renamed; those in a link's URL become options."""
    names = {name: rename(name) for name in named_files(args)}
    target, inside = without_files(str(getattr(args, "target", None) or ""))
    out: list[str] = []
    places = _as_files(arguments, names)
    for at, word in enumerate(arguments):
        if inside and word == args.target:
            out.append(target)
            out += [
                word for name, value in inside.items() for word in ("--option", f"{name}={names.get(value, value)}")
            ]
        else:
            out.append(_marked(arguments, at, names) if at in places else word)
    return out


def renamed_word(word: str, names: Mapping[str, str], *, of_option: bool = False) -> str:
    """A word that is a file's name, or an option's value that is one, renamed; `of_option`: the word before is an option."""
    for at, letter in enumerate(word):  # names of files may contain "=" too
        head, value = word[:at], word[at + 1 :]
        if letter == "=" and value in names and (head.startswith("--") or (of_option and head.lower() in FILE_OPTIONS)):
            return f"{head}={names[value]}"
    return names.get(word, word)


class _MisfitError(Exception):
    """Words do not fit the verb's grammar."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises in place of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise _MisfitError(message)


def _as_files(arguments: Sequence[str], names: Iterable[str]) -> Container[int]:
    """The places of words that name files. A word that is there once is one; of equal words, as in `--replace plan.ifc
    plan.ifc`, those whose change changes the files that the verb names."""
    marks = dict.fromkeys(names, MARK)
    places = [at for at, word in enumerate(arguments) if _marked(arguments, at, marks) != word]
    if len(places) <= len(marks):
        return places

    from app.cli.framework.verb import parser

    def is_file(at: int) -> bool:
        words = [*arguments]
        words[at] = _marked(arguments, at, marks)
        try:
            return MARK in named_files(parser([words[0]], _Parser).parse_args(words))
        except _MisfitError:
            return False

    return [at for at in places if is_file(at)]


def _marked(arguments: Sequence[str], at: int, marks: Mapping[str, str]) -> str:
    return renamed_word(arguments[at], marks, of_option=at > 0 and arguments[at - 1].startswith("--"))


def absolute(name: str) -> str:
    """A file's name from the root on; links are not resolved."""
    return name and os.path.abspath(name)  # noqa: PTH100 - without resolving links


def absolute_options(options: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Options of a link, with those that are files from the root on."""
    return {name: absolute(value) if name.lower() in FILE_OPTIONS else value for name, value in options}


def _options(args: argparse.Namespace) -> list[tuple[str, str]]:
    found = getattr(args, "options", None)
    return cast("list[tuple[str, str]]", found) if isinstance(found, list) else []


def _named(args: argparse.Namespace, names: Iterable[str]) -> set[str]:
    return {value for name in names if isinstance(value := getattr(args, name, None), str) and value}

"""Definition of verbs, and finding them by walking app.cli."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import override

from app.cli.framework.argparse_texts import translate_argparse
from app.i18n import tr
from twin.model.problem import Problem, Severity

type Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a verb: JSON document, lines for users, and problems."""

    document: Document | None = field(default_factory=dict[str, object])
    """None where it was already printed, by a verb that continues to run."""
    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit code: 1 with at least one error, else 0."""
        return int(any(problem.severity is Severity.ERROR for problem in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb: its description, its arguments, and its function. `run` may raise ProblemError."""

    sentence: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Outcome]


def names() -> tuple[str, ...]:
    """Names of all verbs, found without importing them."""
    package = importlib.import_module("app.cli")
    return tuple(sorted(file.name.rstrip("_") for file in pkgutil.iter_modules(package.__path__) if not file.ispkg))


def verb_named(word: str, known: Sequence[str]) -> str:
    """The verb meant by a word: itself, or the other number of a noun (`alarm` for `alarms`); else the word."""
    forms = (word, f"{word}s", word.removesuffix("s"))
    return next((form for form in forms if form in known), word)


def verb(name: str) -> Verb:
    """Imports and returns the verb called `name` (`import` is in import_.py)."""
    package = importlib.import_module("app.cli")
    files = {file.name.rstrip("_"): file.name for file in pkgutil.iter_modules(package.__path__) if not file.ispkg}
    found = importlib.import_module(f"app.cli.{files[name]}").VERB
    if not isinstance(found, Verb):
        raise TypeError(f"app.cli.{files[name]}.VERB is not a Verb")
    return found


class HelpFormatter(argparse.HelpFormatter):
    """Formats help in the language in force: texts are translated when shown."""

    @override
    def add_text(self, text: str | None) -> None:
        """Adds a paragraph, translated."""
        super().add_text(text and tr(text))

    @override
    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help and tr(action.help)


_TAKE_TIMES = ("--from", "--to", "--at", "--changed", "--not-changed")


def joined(arguments: Sequence[str]) -> list[str]:
    """The arguments with `--from -1h` joined as `--from=-1h`, since argparse would take such values for options."""
    out: list[str] = []
    for word in arguments:
        if out and out[-1] in _TAKE_TIMES and word[:1] == "-" and word[1:2].isdigit():
            out[-1] = f"{out[-1]}={word}"
        else:
            out.append(word)
    return out


def parser(
    wanted: Iterable[str], kind: type[argparse.ArgumentParser] = argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """The argument parser with these verbs (one is enough to run it, all for `--help`)."""
    translate_argparse()
    top = kind(
        prog="oikos",
        formatter_class=HelpFormatter,
        description="A living twin of your building: open a project in a window, or work on it from here.",
        epilog="`oikos [PROJECT]` opens the window. Exit code: 0 fine, 1 problems, 2 wrong usage.",
    )
    below = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in wanted:
        row = verb(name)
        part = below.add_parser(name, help=row.sentence, description=row.sentence, formatter_class=HelpFormatter)
        row.arguments(part)
        part.add_argument("--json", action="store_true", help="print one JSON document")
        part.add_argument("--lang", metavar="LANGUAGE", help="en, zh_CN, ...; by default that of LC_ALL or LANG")
        part.add_argument(
            "--debug", action="append", default=[], metavar="TOPIC", help="show the log of a topic on stderr"
        )
    return top

"""The portfolio file: a JSON list of sites, each a project file of this computer or the URL of an engine elsewhere.

    {"oikos-portfolio": 1, "sites": [{"at": "https://school.example:8443", "name": "School", "place": "Leipzig",
     "latitude": 51.34, "longitude": 12.37}, {"at": "houses/cottage.oikos"}]}

A relative path is relative to the file. Keys that this program does not know, of the file and of a site, are kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from app.server.known_engines import engine_url, is_url
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError
from twin.store.file_names import project_file

FILE = "portfolio.json"
FORMAT, FORMAT_KEY = 1, "oikos-portfolio"
MOST_SITES = 500
MOST_BYTES = 1 << 20
LETTERS = 120
"""Most characters of a name or place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioSite:
    """One site of the list."""

    at: str
    """Absolute path of its project, or `https://host:port` of its engine."""
    name: str = ""
    """The user's own name for it; empty for that of the project."""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    """Degrees, WGS 84; None for those of the project."""
    more: Mapping[str, object] = field(default_factory=dict[str, object], repr=False, compare=False)
    """Further keys in the file."""

    @property
    def far(self) -> bool:
        """Whether it is an engine of another machine."""
        return is_url(self.at)

    @property
    def title(self) -> str:
        """Its own name; else the project's file name or the host."""
        return self.name or (self.at.partition("://")[2] if self.far else Path(self.at).stem)

    def changed(self, given: PortfolioSite) -> PortfolioSite:
        """The site with what is given of another; what that has not stays."""
        there = given.latitude is not None
        return replace(
            self,
            name=given.name or self.name,
            place=given.place or self.place,
            latitude=given.latitude if there else self.latitude,
            longitude=given.longitude if there else self.longitude,
            more={**self.more, **given.more},
        )

    def as_json(self, folder: Path) -> dict[str, object]:
        """The site as written into a portfolio file in this folder; paths below it are relative."""
        at = self.at
        if not self.far and Path(at).is_relative_to(folder):
            at = str(Path(at).relative_to(folder))
        known = {"at": at, "name": self.name, "place": self.place}
        numbers = {"latitude": self.latitude, "longitude": self.longitude}
        return {
            **{key: value for key, value in known.items() if value},
            **{key: value for key, value in numbers.items() if value is not None},
            **self.more,
        }


def new_site(
    at: str,
    *,
    name: str = "",
    place: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
    folder: Path | None = None,
) -> PortfolioSite:
    """A site as a user names it, a path relative to `folder`. Raises ProblemError: no URL, no coordinates."""
    text = at.strip()
    if not text or "\x00" in text:
        raise ProblemError(Problem(code="portfolio.no_site", where=at[:80]))
    where = engine_url(text) if is_url(text) else str(project_file((folder or Path.cwd()) / Path(text).expanduser()))
    for value, most in ((latitude, 90.0), (longitude, 180.0)):
        if value is not None and not -most <= value <= most:
            raise ProblemError(Problem(code="portfolio.coordinates", where=text[:80]))
    if (latitude is None) != (longitude is None):
        raise ProblemError(Problem(code="portfolio.coordinates", where=text[:80]))
    return PortfolioSite(
        at=where, name=name.strip()[:LETTERS], place=place.strip()[:LETTERS], latitude=latitude, longitude=longitude
    )


def read_sites(file: Path) -> tuple[PortfolioSite, ...]:
    """The sites of a portfolio file; none where there is no file. Blocks. Raises ProblemError where it cannot be read."""
    return _read(file)[0]


def _read(file: Path) -> tuple[tuple[PortfolioSite, ...], dict[str, object]]:
    """The sites of a portfolio file, and its further keys."""
    try:
        if regular(file).stat().st_size > MOST_BYTES:
            raise ProblemError(_damaged(file, "size"))
        found: object = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return (), {}
    except OSError as error:
        raise ProblemError(os_problem(error, file, code="portfolio.unreadable")) from error
    except (ValueError, RecursionError) as error:
        raise ProblemError(_damaged(file, str(error)[:80])) from error
    document = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    rows: object = document.pop("sites", None)
    if document.pop(FORMAT_KEY, None) != FORMAT or not isinstance(rows, list):
        raise ProblemError(_damaged(file, FORMAT_KEY))
    listed = cast("list[object]", rows)
    if len(listed) > MOST_SITES:
        raise ProblemError(_too_many(file))
    return _once_each(_site(row, file) for row in listed), document


def add_site(file: Path, site: PortfolioSite) -> tuple[PortfolioSite, ...]:
    """Adds a site; of one that is in the list already, what is given changes, and the rest stays. Blocks. Raises
    ProblemError."""

    def changed(sites: Sequence[PortfolioSite]) -> list[PortfolioSite]:
        if len(sites) >= MOST_SITES and all(one.at != site.at for one in sites):
            raise ProblemError(_too_many(file))
        if any(one.at == site.at for one in sites):
            return [one.changed(site) if one.at == site.at else one for one in sites]
        return [*sites, site]

    return _change(file, changed)


def remove_site(file: Path, wanted: str) -> PortfolioSite:
    """Removes the site with this address or name, and returns it. Blocks. Raises ProblemError where there is none, or
    several have the name."""
    gone: list[PortfolioSite] = []

    def changed(sites: Sequence[PortfolioSite]) -> list[PortfolioSite]:
        gone[:] = [find_site(sites, wanted)]
        return [one for one in sites if one is not gone[0]]

    _change(file, changed)
    return gone[0]


def find_site(sites: Sequence[PortfolioSite], wanted: str) -> PortfolioSite:
    """The site with this address or name. Raises ProblemError where there is none, or several have the name."""
    if exact := [one for one in sites if one.at == wanted]:
        return exact[0]
    named = [one for one in sites if one.title.casefold() == wanted.casefold()]
    if not named:
        try:
            at = new_site(wanted).at
        except ProblemError:
            at = ""
        named = [one for one in sites if one.at == at]
    if len(named) != 1:
        code = "portfolio.ambiguous" if named else "portfolio.unknown"
        raise ProblemError(Problem(code=code, args={"name": wanted[:LETTERS]}))
    return named[0]


def _change(
    file: Path, change: Callable[[Sequence[PortfolioSite]], Sequence[PortfolioSite]]
) -> tuple[PortfolioSite, ...]:
    """Reads, changes and writes the file; one process and thread at a time."""
    folder = Path(os.path.realpath(file)).parent
    try:
        atomic.private_folder(folder)
        with atomic.exclusive(file):
            found, more = _read(file)
            sites = tuple(change(found))
            document = {FORMAT_KEY: FORMAT, "sites": [one.as_json(folder) for one in sites], **more}
            atomic.write(file, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ProblemError(os_problem(error, file, code="portfolio.unwritable")) from error
    return sites


def _site(row: object, file: Path) -> PortfolioSite:
    fields = {**cast("dict[str, Any]", row)} if isinstance(row, dict) else {}
    texts = {key: fields.pop(key, "") for key in ("at", "name", "place")}
    numbers = {key: fields.pop(key, None) for key in ("latitude", "longitude")}
    sound = all(isinstance(text, str) for text in texts.values()) and all(map(_is_number, numbers.values()))
    if not sound or not texts["at"]:
        raise ProblemError(_damaged(file, repr(texts["at"])[:80]))
    site = new_site(**texts, **numbers, folder=Path(os.path.realpath(file)).parent)
    return PortfolioSite(
        at=site.at, name=site.name, place=site.place, latitude=site.latitude, longitude=site.longitude, more=fields
    )


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _once_each(sites: Any) -> tuple[PortfolioSite, ...]:  # noqa: ANN401 - an iterable of sites
    return tuple({one.at: one for one in sites}.values())


def _damaged(file: Path, detail: str) -> Problem:
    return Problem(code="portfolio.damaged", where=str(file), detail=detail)


def _too_many(file: Path) -> Problem:
    return Problem(code="portfolio.too_many", args={"most": MOST_SITES}, where=str(file))

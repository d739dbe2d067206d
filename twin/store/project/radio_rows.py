"""Radio surveys as a setting of the project: by link, when it was asked, its nodes and its radio links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from twin.model.ids import LinkId
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioRole, RadioSurvey


@dataclass(frozen=True, slots=True)
class KeptSurvey:
    """What the devices of one link told, and when (UTC ms)."""

    taken_ms: int
    survey: RadioSurvey


def survey_rows(surveys: Mapping[LinkId, KeptSurvey]) -> dict[str, object]:
    """The surveys as JSON."""
    return {
        id: {
            "taken_ms": one.taken_ms,
            "nodes": [[node.key, node.name, node.role, node.answered] for node in one.survey.nodes],
            "links": [
                [link.radio, link.start, link.end, link.heard_ms, link.lqi, link.rssi_dbm] for link in one.survey.links
            ],
        }
        for id, one in surveys.items()
    }


def surveys_in(stored: object) -> dict[LinkId, KeptSurvey]:
    """The surveys in the setting's value; those that cannot be read are left out, for they can be made again."""
    rows = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
    found: dict[LinkId, KeptSurvey] = {}
    for id, row in rows.items():
        try:
            nodes = tuple(
                RadioNode(key=str(key), name=str(name), role=RadioRole(role), answered=bool(answered))
                for key, name, role, answered in row["nodes"]
            )
            links = tuple(
                RadioLink(
                    radio=Radio(radio),
                    start=str(start),
                    end=str(end),
                    heard_ms=None if heard_ms is None else int(heard_ms),
                    lqi=lqi,
                    rssi_dbm=rssi_dbm,
                )
                for radio, start, end, heard_ms, lqi, rssi_dbm in row["links"]
            )
            found[LinkId(id)] = KeptSurvey(int(row["taken_ms"]), RadioSurvey(nodes=nodes, links=links))
        except (KeyError, TypeError, ValueError):
            continue
    return found

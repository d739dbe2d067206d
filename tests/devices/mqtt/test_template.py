"""Templates from the network, and what must never run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt.template import MAX_OUTPUT, UNSAID, UnsafeTemplateError, compiled

HOSTILE = (
    "{{ 'a' * 10**9 }}",
    "{{ 7**9999999 }}",
    "{% for i in range(999999999) %}x{% endfor %}",
    "{{ ''.__class__.__mro__ }}",
    "{{ value.__init__.__globals__ }}",
    "{{ value['__class__'] }}",
    "{{ value | attr('__class__') }}",
    "{{ value | center(1000000000) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% set ns = namespace(x=1) %}",
    "{{ range(10**9) | list }}",
    "{{ cycler(1, 2) }}",
    "{{ lipsum(n=100000) }}",
    "{{ self }}",
    "{{ [value] | map('upper') | list }}",
    "{{ joiner() }}",
    "{% set a = [1] %}{% set a = [a, a] %}{{ a }}",
    "{% set a = {'x': 1} %}{% set a = {'x': a, 'y': a} %}{{ a }}",
    "{{ 10000000000000000 }}",
    "{{ value(**{}) }}",
    "{" + "{" * 5000,
    "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "{{ value.",
    "{% if %}",
)


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_template_is_refused(source: str) -> None:
    with pytest.raises(UnsafeTemplateError):
        compiled(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% set a = value %}" + "{% set a = a ~ a ~ a ~ a %}" * 100 + "{{ a }}",
        "{% set a = value %}" + "{% set a = a.replace('x', a) %}" * 60 + "{{ a }}",
        "{% set a = value %}" + "{% set a = a | replace('x', a) %}" * 60 + "{{ a }}",
        "{% set a = value %}" + "{% set a = a | join(a) %}" * 60 + "{{ a }}",
        "{% set a = value %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = 1000000 %}" + "{% set a = a * a %}" * 60 + "{{ a }}",
        "{{ value * 1000000 }}",
        "{{ '%999999999d' % 1 }}",
    ],
    ids=["concat", "method", "filter", "join", "plus", "times", "text times", "format"],
)
def test_a_template_that_would_grow_stays_small_and_quick(source: str) -> None:
    begun = time.perf_counter()
    got = compiled(source)({"value": "x" * 1000, "value_json": None})
    assert got is None or len(str(got)) <= MAX_OUTPUT
    assert time.perf_counter() - begun < 1.0


@pytest.mark.parametrize(
    ("source", "payload", "expected"),
    [
        ("{{ value_json.temperature }}", {"temperature": 21.5}, 21.5),
        ('{{ value_json["a"]["b c"][1] }}', {"a": {"b c": [1, "x"]}}, "x"),
        ("{{ value_json.a.b.c }}", {"a": {}}, UNSAID),
        ("{{ value_json.a }}", {"a": None}, None),
        ("{{ value_json.a | is_defined }}", {}, UNSAID),
        ("{{ value_json }}", {"a": 1}, {"a": 1}),
        ("{{ value }}", {"a": 1}, '{"a": 1}'),
        ("{{ value_json.t | float / 10 }}", {"t": "215"}, "21.5"),
        ("{{ value_json.t | round(1) }}", {"t": 21.4567}, "21.5"),
        ("{{ 'ON' if value_json.s == 1 else 'OFF' }}", {"s": 1}, "ON"),
        ("{{ value_json.s | lower }}", {"s": True}, "true"),
        ("{% set m = {'a': 'heat'} %}{{ m[value_json.k] }}", {"k": "a"}, "heat"),
        ('{"p": {{ value_json.p }} }', {"p": 5}, '{"p": 5 }'),
        ("{{ value_json.x.split(',')[1] }}", {"x": "1,2"}, "2"),
        ("{{ value_json.x | int(base=16) }}", {"x": "ff"}, "255"),
        ("{{ iif(value_json.x > 3, 'much', 'little') }}", {"x": 5}, "much"),
        ("{{ value_json.nothing.at.all + 1 }}", {}, UNSAID),
        ("a word", {}, "a word"),
    ],
)
def test_a_template_means_what_its_author_meant(source: str, payload: dict[str, Any], expected: object) -> None:
    assert compiled(source)({"value": json.dumps(payload), "value_json": payload}) == expected


def test_every_real_template_is_accepted_and_runs_without_an_exception(shared_data: Path) -> None:
    rows = json.loads((shared_data / "protocols" / "mqtt" / "templates.json").read_text("utf-8"))
    assert len(rows) == 1095
    for row in rows:
        render = compiled(row["template"])
        for value_json in ({}, None, [], {"state": "ON", "position": 3}):
            render({"value": "5", "value_json": value_json, "position": 50})


@given(st.text(max_size=200))
def test_any_text_is_a_template_or_refused_never_a_crash(source: str) -> None:
    try:
        render = compiled(source)
    except UnsafeTemplateError:
        return
    render({"value": "1", "value_json": {"a": 1}})

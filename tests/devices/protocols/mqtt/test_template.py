"""Templates from the network: what their authors meant, and what must never run or never cost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.i18n import sentence
from devices.protocols.mqtt.template import MAX_OUTPUT, UNSAID, UnsafeTemplateError, compiled
from twin.model.text import why

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
    "{{ '{:{}}'.format(1, 1000000000) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (1000000000, 1) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ 'x'.ljust(1000000000) }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{% for i in range(9) %}{{ m() }}{% endfor %}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends 'base' %}",
    "{{ range(10**9) | list }}",
    "{{ cycler(1, 2) }}",
    "{{ lipsum(n=100000) }}",
    "{{ self }}",
    "{{ joiner() }}",
    "{{ 10000000000000000 }}",
    "{{ value(**{}) }}",
    "{{ value | regex_replace(**{'find': 'a'}) }}",
    "{{ _said }}",
    "{% set _each = 1 %}",
    "{% macro _step(x) %}{% endmacro %}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ (now)().__class__ }}",
    "{{ range.__self__ }}",
    "{{ value.format.__globals__ }}",
    "{{ states('sensor.kitchen') }}",
    "{" + "{" * 5000,
    "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "{{ value.",
    "{% if %}",
    "{{ value_json.7_day_sum }}",
    "{{ value_json.panels.3B.volt }}",
)


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_or_broken_template_is_refused_at_once(source: str) -> None:
    begun = time.thread_time()
    with pytest.raises(UnsafeTemplateError):
        compiled(source)
    assert time.thread_time() - begun < 0.25


GREEDY = {
    "loops": "{% for a in range(500) %}{% for b in range(500) %}{% for c in range(500) %}{{ value }}{% endfor %}{% endfor %}{% endfor %}",
    "silent loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% set x = a * b %}{% endfor %}{% endfor %}",
    "loop that filters": "{% for a in range(9999) if range(9999) | list | length == 7 %}{{ a }}{% endfor %}",
    "text in a loop": "{% set ns = namespace(a=value) %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}",
    "list in a loop": "{% set ns = namespace(a=[value]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}",
    "lists of lists": "{% set a = [value] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "maps of maps": "{% set a = {'x': value} %}" + "{% set a = {'x': a, 'y': a} %}" * 60 + "{{ a == a }}",
    "tuples": "{% set a = (1, 2) %}" + "{% set a = (a, a) %}" * 60 + "{{ a | to_json }}",
    "namespaces": "{% set n = namespace(a=[1]) %}" + "{% set n.a = dict(a=n.a, b=n.a) %}" * 60 + "{{ n.a }}",
    "zip": "{% set a = [1] %}" + "{% set a = zip(a, a) %}" * 90 + "{{ a }}",
    "concat": "{% set a = value %}" + "{% set a = a ~ a ~ a ~ a %}" * 100 + "{{ a }}",
    "replace method": "{% set a = value %}" + "{% set a = a.replace('x', a) %}" * 60 + "{{ a }}",
    "replace nothing": "{% set a = value %}" + "{% set a = a.replace('', a) %}" * 60 + "{{ a }}",
    "replace filter": "{% set a = value %}" + "{% set a = a | replace('x', a) %}" * 60 + "{{ a }}",
    "regex replace": "{% set a = value %}" + "{% set a = a | regex_replace('(x)', '\\\\1\\\\1\\\\1\\\\1') %}" * 40 + "{{ a }}",
    "join": "{% set a = value %}" + "{% set a = a | join(a) %}" * 60 + "{{ a }}",
    "join method": "{% set a = value %}" + "{% set a = a.join(a) %}" * 60 + "{{ a }}",
    "plus": "{% set a = value %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
    "times": "{% set a = 1000000 %}" + "{% set a = a * a %}" * 60 + "{{ a }}",
    "power": "{% set a = 1000000 %}" + "{% set a = a ** 60 %}" * 60 + "{{ a }}",
    "text times": "{{ value * 1000000 }}",
    "block": "{% set a %}{{ value }}{{ value }}{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40 + "{{ a }}",
    "macro": "{% macro m(a) %}{{ a }}{{ a }}{% endmacro %}{% set a = value %}" + "{% set a = m(a) %}" * 40 + "{{ a }}",
    "regex bomb": "{{ value | regex_search('^(([a-z])+.)+[A-Z]([a-z])+$') }}",
    "regex choice bomb": "{{ (value ~ '!') | regex_replace('^(x|xx)+$', 'y') }}",
    "regex counted bomb": "{{ value | regex_match('((((x{30}){30}){30}){30})') }}",
    "regex all": "{{ value | regex_findall('(.*)(.*)(.*)(.*)(.*)y') }}",
    "regexes in a loop": "{% for i in range(999) %}{% if value | regex_search('(x+x+)+y') %}{% endif %}{% endfor %}",
    "sort in a loop": "{% set a = range(9999) | list %}{% for i in range(999) %}{% set b = a | sort %}{% endfor %}",
    "compare in a loop": "{% set a = range(9999) | list %}{% for i in range(9999) %}{% set b = a == a %}{% endfor %}",
    "in a list": "{% set a = range(9999) | list %}{% for i in range(9999) %}{% set b = 'x' in a %}{% endfor %}",
    "slices": "{% set a = range(9999) | list %}{% for i in range(9999) %}{% set b = a[1:] %}{% endfor %}",
    "product of maps": "{{ range(9999) | map('float') | map('round') | map('int') | sum }}",
    "format of much": "{% set a = value * 1 if false else value ~ value %}{{ '" + "{0}" * 900 + "'.format(a) }}",
    "percent of much": "{% set a = value ~ value %}{{ '" + "%(a)s" * 900 + "' % {'a': a} }}",
    "lookahead": "{{ value | regex_findall('(?=(.*))') }}",
    "lookahead replaced": "{{ value | regex_replace('(?=(.*))', '" + "\\\\1" * 9 + "') }}",
    "wide zip": "{% set a = range(9999) | list %}{{ zip(" + "a," * 900 + "a) }}",
    "batch": "{{ [1] | batch(10000000, 'x') | list }}",
    "slice filter": "{{ range(9) | slice(100000000) | list }}",
    "indent": "{{ value_json | to_json(pretty_print=true) | length }}",
    "json": "{% for i in range(999) %}{{ value_json | to_json | from_json | to_json | length }}{% endfor %}",
    "long output": "{% for i in range(9999) %}" + "x" * 3000 + "{% endfor %}",
}  # fmt: skip


@pytest.mark.parametrize("name", GREEDY)
def test_a_greedy_template_costs_milliseconds_stays_small_and_is_not_run_for_ever(name: str) -> None:
    variables = {"value": "x" * 5000, "value_json": {str(n): [n] * 5 for n in range(2000)}}
    try:
        render: Any = compiled(GREEDY[name])
    except UnsafeTemplateError:
        return
    for _ in range(6):
        begun = time.thread_time()
        got = render(variables)
        assert time.thread_time() - begun < 0.1
        assert got is UNSAID or len(str(got)) <= MAX_OUTPUT
    if got is UNSAID and render.refusal:
        render._run = None  # whoever ran it once more would call this
        assert render(variables) is UNSAID


NOON = 1_764_331_200  # 2025-11-28 12:00 UTC


@pytest.mark.parametrize(
    ("source", "payload", "expected"),
    [
        ("{{ value_json.temperature }}", {"temperature": 21.5}, 21.5),
        ('{{ value_json["a"]["b c"][1] }}', {"a": {"b c": [1, "x"]}}, "x"),
        ("{{ value_json.a.b.c }}", {"a": {}}, UNSAID),
        ("{{ value_json }}", {"a": 1}, {"a": 1}),
        ("{{ value }}", {"a": 1}, '{"a": 1}'),
        ("{{ value_json.t | float / 10 }}", {"t": "215"}, "21.5"),
        ("{{ value_json.s | lower }}", {"s": True}, "true"),
        ("{% set m = {'a': 'heat'} %}{{ m[value_json.k] }}", {"k": "a"}, "heat"),
        ('{"p": {{ value_json.p }} }', {"p": 5}, '{"p": 5 }'),
        ("{{ value_json.x.split(',')[1] }}", {"x": "1,2"}, "2"),
        ("{{ value_json.x | int(base=16) }}", {"x": "ff"}, "255"),
        ("{{ iif(value_json.x > 3, 'much', 'little') }}", {"x": 5}, "much"),
        ("{{ value_json.nothing.at.all + 1 }}", {}, UNSAID),
        ("a word", {}, "a word"),
        # what is no number says nothing, unless the author gave a default
        ("{{ value_json.t | float }}", {"t": "warm"}, UNSAID),
        ("{{ value_json.t | float(0) }}", {"t": "warm"}, "0"),
        ("{{ value_json.t | float(0) }}", {}, "0"),
        ("{{ value_json.t | float }}", {}, UNSAID),
        ("{{ float(value_json.t, 1) * 2 }}", {"t": None}, "2"),
        ("{{ value_json.t | int(default=-1) }}", {"t": "x"}, "-1"),
        ("{{ value_json.t | int }}", {"t": "21.9"}, "21"),
        ("{{ value_json.t | round }}", {"t": 21.4}, "21"),
        ("{{ value_json.t | round(1) }}", {"t": 21.4567}, "21.5"),
        ("{{ value_json.t | round(0) }}", {"t": 20.9}, "21"),
        ("{{ value_json.t | round(0, 'floor') }}", {"t": 20.9}, "20"),
        ("{{ value_json.t | round(1, 'ceil') }}", {"t": 20.91}, "21.0"),
        ("{{ value_json.t | round(0, 'half') }}", {"t": 20.3}, "20.5"),
        ("{{ value_json.t | round(1, default=0) }}", {"t": "x"}, "0"),
        ("{{ value_json.t | round(1) }}", {"t": "x"}, UNSAID),
        ("{{ (value_json.t | float * 9 / 5 + 32) | round(1) }}", {"t": 20}, "68.0"),
        ("{{ value_json.t | multiply(0.1) | round(2) }}", {"t": 215}, "21.5"),
        ("{{ value_json.a is number and value_json.b is not defined }}", {"a": 1}, "True"),
        ("{{ value_json.a | is_defined }}", {}, UNSAID),
        ("{{ value_json.a | is_defined }}", {"a": 7}, "7"),
        ("{{ value_json.a | lower }}", {}, UNSAID),
        ("{{ value_json.a | lower }}", {"a": ""}, ""),
        ("{{ value_json.a }}", {"a": None}, None),
        ("{{ value_json.a | default('none there') }}", {}, "none there"),
        ("{{ value_json['a b'] | default(value_json.c, true) }}", {"a b": "", "c": 3}, "3"),
        ("{{ (value_json.a | bitwise_and(4)) == 4 }}", {"a": 6}, "True"),
        ("{{ ((value_json.a | int) // 256) % 16 }}", {"a": 0x1234}, "2"),
        ("{{ 2 ** value_json.a }}", {"a": 10}, "1024"),
        # loops, namespaces, macros, lists
        ("{% for x in value_json.l %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", {"l": [1, 2]}, "1, 2"),
        (
            "{% set ns = namespace(sum=0) %}{% for k, v in value_json.items() %}{% set ns.sum = ns.sum + v %}"
            "{% endfor %}{{ ns.sum }}",
            {"a": 1, "b": 2},
            "3",
        ),
        ("{% macro c(f) %}{{ ((f - 32) / 1.8) | round(1) }}{% endmacro %}{{ c(value_json.f) }}", {"f": 68}, "20.0"),
        ("{% set t %}{{ value_json.a }}-{{ value_json.b }}{% endset %}{{ t }}", {"a": 1, "b": 2}, "1-2"),
        ("{{ value_json.l | sum }}", {"l": [1, 2.5]}, "3.5"),
        ("{{ value_json.l | sum(attribute='w') | round(1) }}", {"l": [{"w": 1}, {"w": 2.25}]}, "3.2"),
        ("{{ value_json.l | map(attribute='w') | map('float') | sum }}", {"l": [{"w": "1"}, {"w": "2"}]}, "3.0"),
        (
            "{{ (value_json.l | selectattr('id', 'eq', 7) | first).t }}",
            {"l": [{"id": 3, "t": 1}, {"id": 7, "t": 22}]},
            "22",
        ),
        ("{{ value_json.l | selectattr('on') | list | count }}", {"l": [{"on": True}, {"on": False}]}, "1"),
        ("{{ value_json.l | rejectattr('on') | map(attribute='n') | join(' ') }}", {"l": [{"n": "x", "on": 0}]}, "x"),
        ("{{ value_json.l | sort | join(',') }} {{ value_json.l | max }}", {"l": [3, 1]}, "1,3 3"),
        ("{{ value_json.l | select('greaterthan', 1) | list | length }}", {"l": [3, 1, 2]}, "2"),
        ("{{ value_json.l[-1] }}{{ value_json.l[:2] | join }}", {"l": [1, 2, 3]}, "312"),
        ("{{ [value_json.a, value_json.b] | max }}", {"a": 1, "b": 2}, "2"),
        ("{{ max(value_json.a, value_json.b, 1.5) }}", {"a": 1, "b": 2}, "2"),
        ("{{ value_json.l | average }}", {"l": [1, 2]}, "1.5"),
        ("{{ dict(a=1, b=2)[value_json.k] }}", {"k": "b"}, "2"),
        ("{{ value_json.keys() | list | first }}", {"k": 1}, "k"),
        ("{{ value_json.items[0] }}", {"items": ["mine"]}, "mine"),
        ("{{ value_json.a if value_json.a in ('x', 'y') else 'other' }}", {"a": "y"}, "y"),
        ("{{ 'x' in value_json }}", {"x": None}, "True"),
        (
            "{% for s in value_json.sensors %}{% if s.id == 3 %}{% for o in s.outs %}{% if o.id == 0 %}"
            "{{ o.val | round(2) }}{% endif %}{% endfor %}{% endif %}{% endfor %}",
            {"sensors": [{"id": 1, "outs": []}, {"id": 3, "outs": [{"id": 0, "val": 41.267}]}]},
            "41.27",
        ),
        ("{% if value_json.pos is defined %}{{ value_json.pos }}{% endif %}", {"rssi": -70}, UNSAID),
        ("{{ value_json._RAW_DATA_ }}", {"_RAW_DATA_": 7}, 7),
        ("{{ value_json._raw.split(':')[0] }}{% for _ in range(2) %}!{% endfor %}", {"_raw": "70:1"}, "70!!"),
        ("{{ value_json.t | regex_findall('(a)(b)?') }}", {"t": "aba"}, "[('a', 'b'), ('a', '')]"),
        ("{{ iif(value_json.raw.split(':')[0] == '70', 'on', 'off') }}", {"raw": "70:1"}, "on"),
        ("{{ value_json.p[0].value | round(3) * 1000 }}", {"p": [{"value": 1.2345}]}, "1234.0"),
        ("{{ value_json | length }} faults", {"a": 1, "b": 2}, "2 faults"),
        ("{{ {'files': value_json} | tojson }}", {"a": 1}, '{"files": {"a": 1}}'),
        # texts
        ("{{ '%.1f' % (value_json.t | float) }}", {"t": 21.456}, "21.5"),
        ("{{ '%02d:%02d' | format(value_json.h, value_json.m) }}", {"h": 7, "m": 5}, "07:05"),
        ("{{ '{:.2f}'.format(value_json.t) }}", {"t": 1.239}, "1.24"),
        ("{{ '{0}-{a:>4}'.format(value_json.t, a='x') }}", {"t": 1}, "1-   x"),
        ("{{ '{:02x}'.format(value_json.t) }}", {"t": 10}, "0a"),
        ("{{ value_json.t | regex_replace('[^0-9.]', '') | float }}", {"t": "21.5 °C"}, "21.5"),
        ("{{ value_json.t | regex_replace(find='(\\\\d+)h(\\\\d+)', replace='\\\\2:\\\\1') }}", {"t": "2h30"}, "30:2"),
        ("{{ value_json.t | regex_findall_index('\\\\d+') }}", {"t": "zone 12 of 40"}, "12"),
        ("{{ value_json.t | regex_findall('\\\\d+') | join('/') }}", {"t": "zone 12 of 40"}, "12/40"),
        ("{{ value_json.t | regex_search('ERR', ignorecase=true) }}", {"t": "an error"}, "True"),
        ("{{ value_json.t is match('^on') }} {{ value_json.t is search('n$') }}", {"t": "on"}, "True True"),
        ("{{ value_json.t | regex_search('(?<=a)b') }}", {"t": "ab"}, "True"),
        ("{{ value_json.t.replace('_', ' ').title() }}", {"t": "eco_mode"}, "Eco Mode"),
        ("{{ value_json.t | replace('kWh', '') | trim }}", {"t": "12 kWh"}, "12"),
        ("{{ value_json.t[0:2] ~ value_json.t[-1] }}", {"t": "abcd"}, "abd"),
        ("{{ value_json.t.zfill(4) }}", {"t": "7"}, "0007"),
        ("{{ value_json.a | to_json }}", {"a": {"b": [1, "ä"]}}, '{"b":[1,"ä"]}'),
        ("{{ (value_json.a | from_json).b }}", {"a": '{"b": 4}'}, "4"),
        ("{{ value_json.t | base64_decode }}", {"t": "T2lrb3M="}, "Oikos"),
        ("{{ value_json.t | slugify }}", {"t": "Living Room 2"}, "living_room_2"),
        # times, local to this computer
        ("{{ value_json.t | timestamp_custom('%H:%M', false) }}", {"t": NOON}, "12:00"),
        ("{{ value_json.t | timestamp_custom('%Y-%m-%d %H:%M') }}", {"t": NOON}, "2025-11-28 17:45"),
        ("{{ value_json.t | timestamp_local }}", {"t": NOON}, "2025-11-28T17:45:00+05:45"),
        ("{{ value_json.t | timestamp_utc }}", {"t": NOON}, "2025-11-28T12:00:00+00:00"),
        ("{{ value_json.t | timestamp_custom('%H') }}", {"t": "never"}, UNSAID),
        ("{{ value_json.t | timestamp_custom('%H', default='-') }}", {"t": "never"}, "-"),
        ("{{ as_timestamp(value_json.t) | int }}", {"t": "2025-11-28T12:00:00Z"}, str(NOON)),
        ("{{ as_timestamp(value_json.t) | int }}", {"t": "2025-11-28 17:45:00"}, str(NOON)),
        ("{{ as_timestamp(value_json.t, 0) }}", {"t": "?"}, "0"),
        ("{{ as_local(as_datetime(value_json.t)).hour }}", {"t": "2025-11-28T12:00:00+00:00"}, "17"),
        ("{{ (as_datetime(value_json.t) + timedelta(hours=2)).isoformat() }}", {"t": NOON}, "2025-11-28T14:00:00+00:00"),
        ("{{ strptime(value_json.t, '%d.%m.%Y').strftime('%Y-%m-%d') }}", {"t": "28.11.2025"}, "2025-11-28"),
        ("{{ strptime(value_json.t[0:12], '%y%m%d%H%M%S') }}", {"t": "251128174500W"}, "2025-11-28 17:45:00"),
        ("{{ (strptime(value_json.t, '%Y-%m-%d').date() - now().date()).days < 0 }}", {"t": "2025-11-28"}, "True"),
        ("{{ as_local(strptime(value_json.t, '%Y-%m-%dT%H:%M:%S')) }}", {"t": "2025-11-28T17:45:00"}, "2025-11-28 17:45:00+05:45"),
        ("{{ (now() + timedelta(seconds = value_json.t | int)).isoformat()[:2] }}", {"t": "60"}, "20"),
        ("{{ (now() - timedelta(seconds=60)) < now() }}", {}, "True"),
        ("{{ now().tzinfo is not none and utcnow().hour < 24 }}", {}, "True"),
        ("{{ now().replace(minute=0).minute }}", {}, "0"),
        ("{{ ((as_timestamp(now()) - value_json.t) // 86400) > 0 }}", {"t": NOON}, "True"),
        ("{{ (as_datetime(value_json.b) - as_datetime(value_json.a)).total_seconds() }}", {"a": 0, "b": 90}, "90.0"),
    ],
)  # fmt: skip
def test_a_template_means_what_its_author_meant(
    source: str, payload: dict[str, Any], expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert compiled(source)({"value": json.dumps(payload), "value_json": payload}) == expected
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_is_refused_is_said_in_words() -> None:
    for source, told in (
        ("{{ value | shuffle }}", "the filter shuffle is not known"),
        ("{{ states('sensor.x') }}", "states() is not known"),
        ("{{ value_json.7_day_sum }}", "it is not written as templates are (expected"),
    ):
        with pytest.raises(UnsafeTemplateError) as refused:
            compiled(source)
        assert sentence(why(refused.value)).startswith(told)


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


_ATOMS = st.sampled_from(
    [
        "value",
        "value_json",
        "value_json.a",
        "a",
        "b",
        "7",
        "'x'",
        "9999",
        "[1, 2]",
        "{'k': a}",
        "range(999)",
        "loop.index",
    ]
)
_GROWN = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "*", "~", "-", "**", "%", "in", "==", "and"]), inner),
        st.builds("({} | {})".format, inner, st.sampled_from(
            ["list", "join(a)", "replace('x', a)", "sort", "to_json", "map('string')", "sum", "regex_replace('(x*)*y', b)",
             "regex_findall('x')", "float(0)", "round(1)", "string", "unique", "dictsort", "length"]
        )),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("dict(k={}, l={})".format, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["items()", "replace('x', b)", "join(a)", "format(b)", "split('x')"])),
    ),
    max_leaves=8,
)  # fmt: skip
_STATEMENT = st.one_of(
    st.builds("{{% set {} = {} %}}".format, st.sampled_from(["a", "b"]), _GROWN),
    st.builds("{{% for a in {} %}}{{{{ {} }}}}{{% set b = {} %}}{{% endfor %}}".format, _GROWN, _GROWN, _GROWN),
    st.builds("{{% if {} %}}{{{{ {} }}}}{{% endif %}}".format, _GROWN, _GROWN),
    st.builds("{{{{ {} }}}}".format, _GROWN),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_STATEMENT, min_size=1, max_size=12))
def test_whatever_is_built_of_allowed_parts_costs_milliseconds(statements: list[str]) -> None:
    try:
        render = compiled("".join(statements))
    except UnsafeTemplateError:
        return
    variables = {"value": "x" * 999, "value_json": {"a": [1] * 999, "b": {"c": "x" * 999}}}
    begun = time.thread_time()
    got = render(variables)
    assert time.thread_time() - begun < 0.1
    assert got is UNSAID or isinstance(got, dict) or len(str(got)) <= MAX_OUTPUT

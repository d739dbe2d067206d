"""EDE files: which objects they give, in which encodings and layouts, and what becomes of their bad lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.protocols.bacnet.bacnet_objects import point_of
from devices.protocols.bacnet.ede_file import EdeFile, from_csv, read_ede
from twin.model.device import PointInfo
from twin.model.problem import ProblemError
from twin.model.text import Text, as_text

HEAD = """# Engineering-Data-Exchange - B.I.G.-EU
PROJECT_NAME;Schule
VERSION_OF_REFERENCEFILE;1
TIMESTAMP_OF_LAST_CHANGE;2026-11-30
AUTHOR_OF_LAST_CHANGE;A. Planer
VERSION_OF_LAYOUT;2.3
#mandatory;mandatory;mandatory;mandatory;mandatory;optional;optional;optional;optional;optional;optional;optional;optional;optional;optional;optional
# keyname;device obj.-instance;object-name;object-type;object-instance;description;present-value-default;min-present-value;max-present-value;settable;supports COV;hi-limit;low-limit;state-text-reference;unit-code;vendor-specific-addres
"""
ROWS = """T1;7;AHU1.SuTmp;0;1;Zuluft Temperatur für Büro;;-30;60,5;N;Y;;;;62;
V1;7;AHU1.Vlv;1;1;;;0;100;Y;N;;;;98;
F1;7;AHU1.Flt;3;1;Filter;;;;N;Y;;;1;;
M1;7;AHU1.Mode;19;1;Betriebsart;;;;Y;Y;;;2;;
X1;7;AHU1.Sp;2;9;Sollwert;;;;N;Y;;;;300;
T2;8;AHU2.SuTmp;0;1;Zuluft;;;;N;Y;;;;62;
"""
STATES = "#State Text Reference;Text 1;Text 2;Text 3\n1;sauber;verschmutzt;\n2;Aus;Auto;Ein\n"
UNITS = "#Code;Unit\n62;wrong for a code of the standard\n300;Nm³/h\n"


def point(ede: EdeFile, object: str, **properties: object) -> PointInfo:
    return point_of(object, ede.with_row({"object-name": "AI 1"} | properties, ede.of_device("device,7")[object])).info


@pytest.fixture
def ede(tmp_path: Path) -> EdeFile:
    for name, text in (("site_EDE", HEAD + ROWS), ("site_StateTexts", STATES), ("site_Units", UNITS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="cp1252")
    return read_ede(str(tmp_path / "site_EDE.csv"))


def test_a_file_names_the_objects_of_each_device_with_descriptions_units_limits_and_states(ede: EdeFile) -> None:
    assert list(ede.of_device("device,8")) == ["analog-input,1"]
    one = point(ede, "analog-input,1")
    assert (one.label, one.capability, one.unit) == ("Zuluft Temperatur für Büro (AHU1.SuTmp)", "temperature", "°C")
    valve = point(ede, "analog-output,1")
    assert (valve.label, valve.unit, valve.minimum, valve.maximum, valve.writable) == ("AHU1.Vlv", "%", 0, 100, True)
    assert point(ede, "binary-input,1").options == ("sauber", "verschmutzt")
    assert point(ede, "multi-state-value,1", **{"state-text": ["State 1"]}).options == ("Aus", "Auto", "Ein")
    setpoint = point(ede, "analog-value,9", **{"priority-array": []})
    assert (setpoint.unit, setpoint.writable) == ("Nm³/h", False)
    assert ede.faults == []


def test_units_and_limits_of_the_device_stand_for_its_values_are_in_them(ede: EdeFile) -> None:
    one = point(ede, "analog-input,1", units="degrees-fahrenheit")
    assert one.unit == "°F"
    assert point(ede, "analog-output,1", **{"max-pres-value": 80.0}).maximum == 80.0


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_encoding_and_delimiter_gives_the_same_objects(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes((HEAD + ROWS).replace("60,5", "60.5").replace(";", delimiter).encode(encoding))
    ede = read_ede(str(file))
    assert len(ede.of_device("device,7")) == 5
    assert ede.of_device("device,7")["analog-input,1"].description == "Zuluft Temperatur für Büro"
    assert [fault.reason.code for fault in ede.faults] == ["bacnet.ede_no_states"]


def test_bad_lines_are_listed_by_number_and_spoil_no_other() -> None:
    bad = [
        'Q;7;a;0;5;"3/4 inch valve;;;;;;;;;;',  # an open quote
        "W;7;b;what;6;;;;;;;;;;;",
        "E;;c;0;7;;;;;;;;;;;",
        "R;7;d;0;4194303;;;;;;;;;;;",
        "short",
        "A;7;again;0;1;;;;;;;;;;;",
        "S;7;schedule;17;1;;;;;;;;;;;",
        'L;7;last;0;2;3/4" valve;;;;;;;;;;',
    ]
    ede = from_csv("/x/site.csv", HEAD + ROWS + "\n".join(bad))
    first = (HEAD + ROWS).count("\n") + 1
    assert [(one.where, one.reason.code) for one in ede.faults] == [
        *((f"site.csv:{first + n}", "bacnet.ede_row") for n in (1, 2, 3, 4)),
        (f"site.csv:{first + 5}", "bacnet.ede_twice"),
    ]
    assert {"analog-input,5", "analog-input,2"} <= ede.of_device("device,7").keys()
    assert ede.of_device("device,7")["analog-input,2"].description == '3/4" valve'
    assert ede.unread("device,7") == {"schedule": 1}


def test_columns_are_found_by_their_titles_else_by_the_standards_order() -> None:
    titled = "#object-type;object-instance;device obj.-instance;object-name;commandable\n0;4;7;T;Y\n"
    (row,) = from_csv("a", titled).objects.values()
    assert (row.object, row.name, row.device, row.settable) == ("analog-input,4", "T", 7, True)
    (row,) = from_csv("a", "K;7;T;binary-value;4\n").objects.values()
    assert (row.object, row.name) == ("binary-value,4", "T")


def test_texts_of_states_that_are_missing_are_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEAD + ROWS)
    (tmp_path / "t.csv").write_text("1;a;b\n")
    ede = read_ede(str(tmp_path / "s.csv"), str(tmp_path / "t.csv"))
    assert [(one.where, one.reason) for one in ede.faults] == [("s.csv:12", Text("bacnet.ede_states", number=2))]


@pytest.mark.parametrize(
    ("contents", "reason"),
    [("", "ede_empty"), (HEAD, "ede_empty"), ("\0" * 20, "ede_empty"), ("x" * 8_400_000, "ede_large")],
)
def test_a_file_without_objects_is_one_problem(tmp_path: Path, contents: str, reason: str) -> None:
    (tmp_path / "s.csv").write_text(contents)
    with pytest.raises(ProblemError) as caught:
        read_ede(str(tmp_path / "s.csv"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("bacnet.ede", str(tmp_path / "s.csv"))
    assert as_text(problem.args["why"]) == Text(f"bacnet.{reason}")


def test_a_file_that_is_gone_and_one_of_another_device_are_problems(tmp_path: Path, ede: EdeFile) -> None:
    with pytest.raises(ProblemError):
        read_ede(str(tmp_path / "none.csv"))
    with pytest.raises(ProblemError) as caught:
        ede.of_device("device,9")
    assert as_text(caught.value.problems[0].args["why"]) == Text("bacnet.ede_other_device", device=9)

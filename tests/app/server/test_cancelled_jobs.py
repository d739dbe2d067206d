"""Who may cancel a job: whoever began it; installers and admins any; those limited to rooms, and operators, only their own."""

from __future__ import annotations

from app.author import acting_for
from app.jobs import Jobs
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far
from twin.model.change import Progress
from twin.model.ids import PointId

ROLE, OTHER = ["door.role"], ["job.of_another"]
TABLE = [
    ("viewer", (), ROLE, ROLE),
    ("operator", (), [], OTHER),
    ("operator", ("room-Kitchen",), [], OTHER),
    ("installer", (), [], []),
    ("admin", (), [], []),
]


def test_each_role_cancels_what_the_table_says(door: OpenDoor) -> None:
    far, found = Far(door), list[tuple[str, tuple[str, ...], list[str], list[str]]]()
    jobs = far.engine.jobs
    for role, rooms, _, _ in TABLE:
        name = f"{role} {len(found)}"
        token = far.grant(name, role, *rooms).token
        with acting_for(name, origin="192.0.2.7"):
            own = jobs.begin("own")
        with acting_for("somebody", origin="192.0.2.8"):
            other = jobs.begin("other")
        codes = [far.ask(token, "POST", "/api/cancel", [job])[2] for job in ("own", "other")]
        assert [own.is_set(), other.is_set()] == [not one for one in codes]
        found.append((role, rooms, codes[0], codes[1]))
        jobs.end("own")
        jobs.end("other")
    assert found == TABLE
    refused = [one for one in far.engine.session.history.events.rows(0, 1 << 60) if "job.of_another" in one.body]
    assert {one.who for one in refused} == {"operator 1", "operator 2"}


def test_a_person_of_this_computer_is_not_one_of_another_with_the_same_name() -> None:
    jobs = Jobs()
    with acting_for("Ada"):
        jobs.begin("job")
        assert jobs.of_another("job") is None
    with acting_for("Ada", origin="192.0.2.7"):
        assert jobs.of_another("job") == "Ada"
    assert jobs.of_another("none such") is None


def test_the_progress_of_commands_says_who_gave_them(door: OpenDoor) -> None:
    desk = door.desk
    desk.world.deaf = True
    with acting_for("Olga"):
        desk.engine.command_many([(PointId(desk.point(key)), "on", None) for key in ("on", "level")])
    desk.until(lambda: any(isinstance(one, Progress) and one.by == "Olga" for one in desk.changes), "progress")

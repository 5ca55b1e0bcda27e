"""A case keeps the version it began under: recorded cases finish on today's code, published versions never change."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, ProcessVersion
from models.people import Person, Post
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from tests.workflow import histories
from workflow import engine as door
from workflow import processes
from workflow.language import Process
from workflow.world import world_of

FILES = sorted(histories.FOLDER.glob("*.json"))
RECORDED = [(path.stem, number) for path in FILES for number in range(len(histories.read(path)["cases"]))]
FORWARD = ("submit", "approve", "confirm_arrival", "send", "receive")


@pytest.mark.parametrize("process", processes.PUBLISHED, ids=lambda process: f"{process.key}-{process.version}")
def test_a_published_process_means_what_it_meant(process: type[Process]) -> None:
    recorded = histories.read(histories.path_of(process.key, process.version))
    assert json.loads(json.dumps(process.spec())) == recorded["spec"], "raise the version instead of editing it"
    assert process.digest() == recorded["digest"]


@pytest.mark.parametrize("process", processes.PUBLISHED, ids=lambda process: f"{process.key}-{process.version}")
def test_every_question_of_every_version_has_a_recorded_case(process: type[Process]) -> None:
    cases = histories.read(histories.path_of(process.key, process.version))["cases"]
    assert {case["phase"] for case in cases} == {name for name, phase in process.phases.items() if not phase.final}


def test_every_recorded_version_is_still_known() -> None:
    assert {path.stem for path in FILES} == {f"{process.key}-{process.version}" for process in processes.PUBLISHED}


@pytest.mark.parametrize(("name", "number"), RECORDED)
def test_a_recorded_case_loads_and_finishes(
    name: str, number: int, engine: Engine, session: Session, play: Play, cast: Cast
) -> None:
    recorded: dict[str, Any] = histories.read(histories.FOLDER / f"{name}.json")["cases"][number]
    play.no = histories.load(session, recorded, cast)
    decree(session, "guard.C5", "off")  # papers were not recorded
    assert play.phase == recorded["phase"]
    for _ in range(8):
        if play.case().closed_at:
            break
        who, action = next_act(engine, play)
        person = next(short for short, number in cast.person.items() if number == who)
        play.act(person, action, **({"on_date": "2025-09-01"} if action not in ("submit", "approve") else {}))
    process = processes.of(play.case())
    assert process.phases[play.phase].final
    assert process.phases[play.phase].good
    with Session(engine) as reader:
        assert reader.scalars(select(Case).where(Case.no == play.no)).one().version == recorded["case"]["version"]
    if recorded["about"]:  # the case beside a recorded paper file was not recorded
        assert_consistent(engine)


def next_act(engine: Engine, play: Play) -> tuple[int, str]:
    """Return somebody who may take the case a step forward, and how."""
    with Session(engine) as session:
        people = session.scalars(select(Person.id).join(Post).order_by(Person.id)).all()
        for person in people:
            actor = door.actor_of(session, person, MONDAY.date())
            try:
                step = door.look(session, play.no, actor, world_of(session), MONDAY)
            except door.NotFound:
                continue
            for option in door.options(step):
                if option.allowed and option.action in FORWARD:
                    return person, option.action
    raise AssertionError(f"nobody can take {play.no} on from {play.phase}")


def test_a_program_whose_process_was_edited_does_not_start(session: Session, cast: Cast) -> None:
    row = session.get_one(ProcessVersion, ("transfer", 1))
    row.digest = "0" * 64
    session.flush()
    with pytest.raises(processes.Changed, match="transfer version 1 was edited"):
        processes.publish(session, MONDAY)


def test_a_program_that_has_lost_the_version_of_an_open_case_does_not_start(session: Session, play: Play) -> None:
    play.open("a1", "沈明铭")
    session.add(ProcessVersion(key="transfer", version=9, digest="x", spec={}, published_at=MONDAY))
    session.flush()
    session.scalars(select(Case)).one().version = 9
    session.flush()
    with pytest.raises(processes.Changed, match=r"runs on transfer version 9"):
        processes.publish(session, MONDAY)


def test_publishing_twice_changes_nothing(session: Session, cast: Cast) -> None:
    before = session.scalars(select(ProcessVersion.digest)).all()
    processes.publish(session, MONDAY)
    session.flush()
    assert session.scalars(select(ProcessVersion.digest)).all() == before

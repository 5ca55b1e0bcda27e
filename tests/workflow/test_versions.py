"""A case keeps the version it began under: recorded cases finish on today's code, published versions never change."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, ProcessVersion
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.play import Play
from tests.workflow import histories
from tests.workflow.histories import scenes
from workflow import processes
from workflow.language import Process

FILES = sorted(histories.FOLDER.glob("*.json"))
RECORDED = [(path.stem, number) for path in FILES for number in range(len(histories.read(path)["cases"]))]


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
    histories.load(session, recorded["rows"])
    session.commit()
    play.no = recorded["no"]
    begun = play.case()
    assert play.phase == recorded["phase"]
    for _ in range(8):
        if play.case().closed_at:
            break
        scenes.go_on(begun.process, play)
    process = processes.of(play.case())
    assert process.phases[play.phase].final
    assert process.phases[play.phase].good
    assert play.case().version == begun.version
    assert_consistent(engine)


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

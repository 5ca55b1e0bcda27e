"""The acceptance table: every request of a district's transfers.json takes its route or is stopped by its guard.

XUEJIBAN_DISTRICT names the folder; else the shared district beside the checkout is used. A small district of our own
is always played too, so that a missing folder hides nothing.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.evidence import Evidence
from models.organisations import Organisation
from tests import district
from tests.decree import decree
from workflow import engine as door
from workflow.errors import Unmet
from workflow.transfers import drafts
from workflow.world import world_of

Request = dict[str, Any]


def test_the_given_district_is_answered_as_expected(engine: Engine, tmp_path: Path) -> None:
    assert differences(engine, district.given_or_own(tmp_path / "district")) == []


def test_a_district_of_our_own_is_answered_as_expected(engine: Engine, tmp_path: Path) -> None:
    assert differences(engine, district.make(tmp_path / "district")) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_comparison_itself_sees_differences(engine: Engine, tmp_path: Path) -> None:
    folder = district.make(tmp_path / "district")
    requests = json.loads((folder / "transfers.json").read_text("utf-8"))
    requests[0]["expect"]["route"].pop()
    requests[4]["expect"]["warnings"] = []
    requests[8]["expect"]["guard"] = "T7"
    (folder / "transfers.json").write_text(json.dumps(requests), "utf-8")
    assert [line[0] for line in differences(engine, folder)] == ["T01", "T05", "T09"]


def differences(engine: Engine, folder: Path) -> list[Any]:
    """Every request whose answer is not the expected one, with both sides."""
    district.load(engine, folder)
    requests = json.loads((folder / "transfers.json").read_text("utf-8"))
    found = _wrong_answers(engine, requests, "route")
    with Session(engine.execution_options(writes=True)) as session:
        decree(session, "transfer.extra_levels", ["city"], stage="senior")
    senior = [request for request in requests if "route_where_senior_needs_city" in request["expect"]]
    return found + _wrong_answers(engine, senior, "route_where_senior_needs_city")


def _wrong_answers(engine: Engine, requests: list[Request], expected_route: str) -> list[Any]:
    by_id = {request["id"]: request for request in requests}
    found = []
    for request in requests:
        with Session(engine.execution_options(writes=True)) as session:  # rolled back: requests do not meet each other
            answer = _answer(session, request, by_id)
        expect = request["expect"]
        if expect["refused"]:
            if not {expect["guard"], *expect["or"]} & set(answer["blocked"]):
                found.append((request["id"], answer, expect))
        elif answer != {"blocked": [], "warnings": expect["warnings"], "route": expect[expected_route]}:
            found.append((request["id"], answer, expect))
    return found


def _answer(session: Session, request: Request, by_id: dict[str, Request]) -> dict[str, Any]:
    """Prepare the state, open the request, look at it and send it; return what the door had to say."""
    _prepare(session, request, by_id)
    now = district.at(dt.date.fromisoformat(request["submit_on"]))
    no, clerk = _open(session, request, now)
    warnings = _warnings(session, no, clerk, now)
    try:
        outcome = _submit(session, no, clerk, now)
    except Unmet as refused:
        return {"blocked": [reason.guard for reason in refused.reasons if reason.blocks]}
    case = session.scalars(select(Case).where(Case.no == no)).one()
    world = world_of(session)
    offices = [(world.office(stop["org"]), stop["phase"]) for stop in case.route]
    route = [{"org": office.code, "level": office.level, "role": phase} for office, phase in offices]
    assert outcome.phase == route[0]["role"]
    return {"blocked": [], "warnings": warnings, "route": route}


def _prepare(session: Session, request: Request, by_id: dict[str, Request]) -> None:
    student, setup = district.pupil_of(session, request["record"]), request["setup"]
    assert student is not None, f"{request['id']}: {request['record']} was not imported"
    if "suspended" in setup:
        student.suspended_from, student.suspended_to = map(dt.date.fromisoformat, setup["suspended"])
        student.status = "02"
    student.disciplinary = bool(setup.get("disciplinary_action"))
    session.flush()
    if "still_open" in setup:
        earlier = by_id[setup["still_open"]]
        now = district.at(dt.date.fromisoformat(earlier["submit_on"]))
        no, clerk = _open(session, earlier, now)
        _submit(session, no, clerk, now)


def _open(session: Session, request: Request, now: dt.datetime) -> tuple[str, int]:
    school = session.scalars(select(Organisation).where(Organisation.code == request["to"])).one()
    clerk = district.clerk_of(session, school.id).id
    actor = door.actor_of(session, clerk, now.date())
    papers = [_paper(kind, school.id, clerk, now) for kind in request["evidence"]]
    session.add_all(papers)
    session.flush()
    names = ("name", "record_no", "to", "to_class", "target_grade", "reason")
    typed = {name: request[name] for name in names} | {"evidence": [paper.public_id for paper in papers]}
    world = world_of(session)
    return drafts.start(session, actor, world.office(school.id), world, typed, now).no, clerk


def _paper(kind: str, school: int, clerk: int, now: dt.datetime) -> Evidence:
    return Evidence(
        kind=kind, org_id=school, file_name=f"{kind}.pdf", media_type="application/pdf", size=10, digest=b"0" * 32,
        storage_key="none", data_key=b"", uploaded_by=clerk, uploaded_at=now,
    )  # fmt: skip


def _warnings(session: Session, no: str, clerk: int, now: dt.datetime) -> list[str]:
    step = door.look(session, no, door.actor_of(session, clerk, now.date()), world_of(session), now)
    submit = next(option for option in door.options(step) if option.action == "submit")
    return [reason.guard for reason in submit.reasons if reason.severity == "warn"]


def _submit(session: Session, no: str, clerk: int, now: dt.datetime) -> door.Outcome:
    return door.do(session, no, "submit", clerk, now=now, key=f"submit-{no}-{clerk}", seen_revision=0)

"""A busy province quickly: cities, counties and schools, and any number of questions that were asked and answered."""

import datetime as dt
from functools import partial
from typing import Any, cast

from sqlalchemy import Engine, Table, insert, select, text
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.organisations import Organisation
from models.session import reading, transact
from models.transfers import Transfer
from web.bench.province import NOW, Province
from workflow.world import touch

CITIES, COUNTIES, SCHOOLS = 10, 8, 20
"""Cities in the province, counties in a city, schools in a county."""
STEPS = ("receiving_school", "receiving_department", "releasing_school", "releasing_department", "arrival")
QUESTIONS = len(STEPS)
"""Asked in each case."""
OPEN_EVERY = 20
"""So many questions are asked for one that is still open."""
SPAN = dt.timedelta(days=365)
TERM, LONGEST = 14, 23
"""Days to answer, and days that no answer takes."""
CHUNK = 2000


def furnish(engine: Engine, province: Province, questions: int) -> None:
    """Add offices to a found province, and the questions of a year that ends now."""
    schools = transact(engine, lambda session: _offices(session, province))
    with reading(engine) as session:
        case = session.scalars(select(Case).where(Case.no == province.no)).one()
        item = session.scalars(select(WorkItem).where(WorkItem.case_id == case.id)).one()
        like = {Case: values(case), Transfer: values(session.get_one(Transfer, case.id)), WorkItem: values(item)}
        first = case.id + 1
    cases = -(-questions // QUESTIONS)
    for start in range(0, cases, CHUNK):
        numbers = range(start, min(start + CHUNK, cases))
        transact(engine, partial(_add, like=like, first=first, numbers=numbers, cases=cases, schools=schools))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("analyze"))


def values(row: Any) -> dict[str, Any]:
    """Return every column of a row but its number."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key != "id"}


def _offices(session: Session, province: Province) -> list[int]:
    """Add the offices and return the numbers of the schools."""
    top = session.get_one(Organisation, province.org["province"])
    schools = []
    for city in range(CITIES):
        upper = _office(session, f"99{city + 10}00", "city", top)
        for county in range(COUNTIES):
            dept = _office(session, f"99{city + 10}{county + 10}", "county", upper)
            for school in range(SCHOOLS):
                number = (city * COUNTIES + county) * SCHOOLS + school
                schools.append(_office(session, f"2199{number + 100000:06d}", "school", dept).id)
    touch(session, "organisation")
    return schools


def _office(session: Session, code: str, level: str, above: Organisation) -> Organisation:
    office = Organisation(code=code, name=f"试验{code}", level=level, parent_id=above.id, area_code="990101",
                          competent_dept_id=above.id if level == "school" else None)  # fmt: skip
    session.add(office)
    session.flush()
    office.path = f"{above.path}{office.id}/"
    return office


def _add(
    session: Session, like: dict[Any, dict[str, Any]], first: int, numbers: range, cases: int, schools: list[int]
) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {Case: [], Transfer: [], WorkItem: []}
    for number in numbers:
        at = NOW - SPAN + SPAN * number / cases
        case_id = first + number
        rows[Case].append({**like[Case], "id": case_id, "no": f"BENCH-{number}", "opened_at": at, "submitted_at": at})
        rows[Transfer].append({**like[Transfer], "case_id": case_id, "public_id": f"bench{number}"})
        for turn in range(QUESTIONS):
            question = _question(number * QUESTIONS + turn, turn, at + dt.timedelta(days=turn), schools)
            rows[WorkItem].append({**like[WorkItem], "case_id": case_id, **question})
    for table, found in rows.items():
        session.execute(insert(cast(Table, table.__table__)), found)


def _question(number: int, turn: int, at: dt.datetime, schools: list[int]) -> dict[str, Any]:
    """Return a question to a school; what would be answered after today is still open."""
    days = number * 7 % LONGEST
    closed = at + dt.timedelta(days=days)
    is_open = closed > NOW or number % OPEN_EVERY == 0
    return {
        "phase": STEPS[turn], "turn": turn, "queue": "bench", "org_id": schools[number * 7919 % len(schools)],
        "open": is_open, "opened_at": at, "due_at": at.replace(hour=16, minute=0) + dt.timedelta(days=TERM),
        "step": f"transfer/{STEPS[turn]}/decide", "outcome": None if is_open else "approve",
        "closed_at": None if is_open else closed, "closed_by": None if is_open else 2,
        "took": None if is_open else days,
    }  # fmt: skip

"""Records an open case for every phase of the newest version of every process."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.migrate import upgrade
from models.session import make_engine
from models.transfers import Transfer
from tests.cast import Cast, build
from tests.play import Play
from tests.workflow.histories import path_of, plain
from workflow.processes import PUBLISHED

PUPIL, OTHER = "沈明铭", "𠮷田䶮"
Story = list[tuple[str, str, dict[str, Any]]]


def agreed(*who: str) -> Story:
    return [("a1:school_clerk", "submit", {}), *((one, "approve", {}) for one in who)]


A1, K1, B1, K2, A2 = "a1:school_leader", "k1:dept_leader", "b1:school_leader", "k2:dept_leader", "a2:school_leader"
ARRIVED = [*agreed(A1, A2, K1), ("a1:school_clerk", "confirm_arrival", {"on_date": "2025-09-01"})]
STORIES: dict[str, list[tuple[str, Story]]] = {
    "transfer": [
        (PUPIL, [*agreed(A1), (A2, "return", {"comment": "请补正"})]),
        (OTHER, agreed()),
        (OTHER, agreed(A1)),
        (OTHER, agreed(A1, K1)),
        (OTHER, agreed(A1, K1, B1)),
        (PUPIL, agreed(A1, A2)),
        (OTHER, [*agreed(A1, K1), (B1, "refuse", {"cause": "其他", "comment": "学费未结清"})]),
        (PUPIL, agreed(A1, A2, K1)),
    ],
    "paper_file": [(PUPIL, ARRIVED), (PUPIL, [*ARRIVED, ("a2:school_clerk", "send", {"on_date": "2025-09-01"})])],
}


def played(engine: Engine, cast: Cast, pupil: str, story: Story, process: str) -> Play:
    play = Play(engine, cast).open("a1", pupil, target_grade=3 if pupil == OTHER else 5)
    for who, action, values in story:
        if action == "send":
            play.no = _paper(play)
        play.act(who, action, **values)
    if process == "paper_file" and not play.no.startswith("DA"):
        play.no = _paper(play)
    return play


def _paper(play: Play) -> str:
    with Session(play.engine) as session:
        return session.scalars(select(Case.no).where(Case.parent_id == play.case().id)).one()


def record(play: Play, pupil: str) -> dict[str, Any]:
    with Session(play.engine) as session:
        case = session.scalars(select(Case).where(Case.no == play.no)).one()
        about = session.get(Transfer, case.id)
        return {
            "phase": case.phase,
            "pupil": pupil if about else "",
            "case": plain(case),
            "about": plain(about) if about else None,
            "items": [plain(row) for row in session.scalars(select(WorkItem).where(WorkItem.case_id == case.id))],
            "events": [plain(row) for row in session.scalars(select(Event).where(Event.case_id == case.id))],
        }


def cases(process: str) -> Iterator[dict[str, Any]]:
    for pupil, story in STORIES[process]:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/record.db"
            upgrade(url)
            engine = make_engine(url)
            with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
                cast = build(session)
            yield record(played(engine, cast, pupil, story, process), pupil)
            engine.dispose()


def main() -> None:
    for process in PUBLISHED:
        data = {"digest": process.digest(), "spec": process.spec(), "cases": list(cases(process.key))}
        path: Path = path_of(process.key, process.version)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
        print(path.name, [case["phase"] for case in data["cases"]])


if __name__ == "__main__":
    main()

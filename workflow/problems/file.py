"""The file of a problem for reading: sides, papers, rulings, what was issued, why it was found. One statement."""

from typing import Any

from sqlalchemy import ScalarSelect, select, true
from sqlalchemy.orm import aliased

from models.cases import Case
from models.certificates import Certificate
from models.evidence import Evidence
from models.findings import DistinctPair, Finding
from models.people import Person
from models.problems import ProblemSide, Ruling
from workflow.parts import parts
from workflow.problems.comparing import Earlier, earlier_of
from workflow.problems.paper_kinds import KINDS
from workflow.step import Step

DRAFTED, CONFIRMED, UNDONE, JUDGED = (aliased(Person, name=name) for name in ("drafter", "leader", "undoer", "judge"))
OTHER = aliased(Case, name="earlier_case")


def read(step: Step) -> None:
    """Put everything that stands in the file where the functions of `facts`, `guards` and `papers` look for it."""
    kept: dict[str, list[Any]] = {name: [] for name in ("sides", "papers", "rulings", "issued", "earlier")}
    names: dict[int, str] = step.cache.setdefault("person_names", {})
    step.cache["finding"] = None
    for row in step.session.execute(_query(step)):
        for name, found in (("sides", row.ProblemSide), ("papers", row.Evidence), ("issued", row.Certificate)):
            if found is not None:
                kept[name].append(found)
        if row.Ruling is not None:
            kept["rulings"].append(row.Ruling)
            who = (row.Ruling.drafted_by, row.Ruling.confirmed_by, row.Ruling.undone_by)
            names |= {
                number: name for number, name in zip(who, (row.drafter, row.leader, row.undoer), strict=True) if number
            }
        if row.Finding is not None:
            step.cache["finding"] = row.Finding
        if row.DistinctPair is not None:
            kept["earlier"].append(earlier_of(row.DistinctPair, row.judge, row.no))
    step.cache |= kept


def finding(step: Step) -> Finding | None:
    """Return why the records were found together, as `read` found it."""
    found: Finding | None = step.cache["finding"]
    return found


def earlier(step: Step) -> list[Earlier]:
    """Return what was decided before about pairs of these records, as `read` found it."""
    found: list[Earlier] = step.cache["earlier"]
    return found


def _query(step: Step) -> Any:
    part, case = parts("side", "paper", "ruling", "issued", "finding", "earlier"), step.case.id
    return (
        select(
            ProblemSide, Evidence, Ruling, DRAFTED.name.label("drafter"), CONFIRMED.name.label("leader"),
            UNDONE.name.label("undoer"), Certificate, Finding, DistinctPair, JUDGED.name.label("judge"), OTHER.no,
        )
        .select_from(Case)
        .join(part, true())
        .outerjoin(ProblemSide, (part.c.name == "side") & (ProblemSide.case_id == Case.id))
        .outerjoin(Evidence, (part.c.name == "paper") & (Evidence.case_id == Case.id))
        .outerjoin(Ruling, (part.c.name == "ruling") & (Ruling.case_id == Case.id))
        .outerjoin(DRAFTED, DRAFTED.id == Ruling.drafted_by)
        .outerjoin(CONFIRMED, CONFIRMED.id == Ruling.confirmed_by)
        .outerjoin(UNDONE, UNDONE.id == Ruling.undone_by)
        .outerjoin(
            Certificate,
            (part.c.name == "issued") & (Certificate.case_id == Case.id) & Certificate.kind.in_(KINDS),
        )
        .outerjoin(Finding, (part.c.name == "finding") & (Finding.id == step.subject.finding_id))
        .outerjoin(
            DistinctPair,
            (part.c.name == "earlier")
            & DistinctPair.student_low_id.in_(_students(case))
            & DistinctPair.student_high_id.in_(_students(case)),
        )
        .outerjoin(JUDGED, JUDGED.id == DistinctPair.decided_by)
        .outerjoin(OTHER, OTHER.id == DistinctPair.case_id)
        .where(Case.id == case)
        .order_by(
            part.c.name, ProblemSide.no, Evidence.id, Ruling.id, Certificate.id.desc(), DistinctPair.decided_at
        )
    )  # fmt: skip


def _students(case_id: int) -> ScalarSelect[int | None]:
    return select(ProblemSide.student_id).where(ProblemSide.case_id == case_id).scalar_subquery()

"""What the page of a school shows: its own record in a problem, and the answers it may give."""

from __future__ import annotations

from dataclasses import dataclass

from web.pages.problem_parts import Chip, IssuedPaper, Neighbours, PaperToIssue, Task
from web.pages.problem_rulings import RulingView
from web.views import ActionReason, BallLine, DaysLeft, EvidenceTile, Fact, Field, FieldError, Form, Tab


@dataclass(frozen=True)
class PaperPlace:
    """A paper that an answer needs or takes: there, or still missing."""

    kind: str
    there: bool
    required: bool
    note: str = ""


@dataclass(frozen=True)
class AnswerForm:
    """One of the three answers a school may give, with its papers and fields."""

    action: str
    title: str
    consequence: str
    papers: tuple[PaperPlace, ...]
    fields: tuple[Field, ...]
    errors: tuple[FieldError, ...] = ()
    chosen: bool = False
    missing: str = ""
    """What must be handed in before this answer can be sent."""


@dataclass(frozen=True)
class OwnSide:
    """One record of the school in the case: what is asked, what was answered, what was decided."""

    no: int
    word: str
    child: str
    klass: str
    record_url: str
    facts: tuple[Fact, ...]
    asked: str
    left: DaysLeft | None
    state: Chip
    answer_forms: tuple[AnswerForm, ...] = ()
    given: tuple[Fact, ...] = ()
    """The answer as it was sent."""
    returned: tuple[str, str] = ("", "")
    """(office, why)"""
    tasks: tuple[Task, ...] = ()
    question: tuple[str, str] = ("", "")
    """An inquiry sheet: (office, question)."""
    tiles: tuple[EvidenceTile, ...] = ()
    heir: str = ""
    upload: Form | None = None
    upload_url: str = ""
    papers: tuple[IssuedPaper, ...] = ()
    to_issue: tuple[PaperToIssue, ...] = ()


@dataclass(frozen=True)
class SidePage:
    """problems/side.html: what a school sees of a problem: its own record and nothing of anybody else."""

    no: str
    kind: str
    title: str
    state: str
    ball: BallLine
    tabs: tuple[Tab, ...]
    explained: str
    sides: tuple[OwnSide, ...]
    act_url: str
    key: str
    seen: str
    rulings: tuple[RulingView, ...] = ()
    notices: tuple[ActionReason, ...] = ()
    tasks: tuple[Task, ...] = ()
    """What is asked of the viewer beside the question to the school, and what he may do with the whole case."""
    around: Neighbours | None = None

"""How each process is played: to every phase in which a question is open, and on from there to a good end."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, WorkItem
from models.problems import ProblemSide
from models.session import reading, transact
from models.students import Student
from tests.cast import Cast
from tests.dispute import Dispute, ask_for_undoing
from tests.faulty import Faulty, good_number
from tests.numberless import LEADERS, Numberless
from tests.play import Play
from tests.reversing import ask_back, finished
from workflow import engine as door
from workflow.errors import Unmet
from workflow.identity import check_character
from workflow.world import world_of

Scene = Callable[[Engine, Cast], Play]
PUPIL, OTHER = "沈明铭", "𠮷田䶮"
A1, K1, B1, K2, A2 = "a1:school_leader", "k1:dept_leader", "b1:school_leader", "k2:dept_leader", "a2:school_leader"
TODAY = "2025-09-01"
BOTH = ({"verdict": "keep"}, {"verdict": "close"})


# ---- to each phase ---------------------------------------------------------------------------------------------------


def transfer(pupil: str, *acts: tuple[str, str, dict[str, Any]]) -> Scene:
    """Open a request for a pupil and let people act."""

    def scene(engine: Engine, cast: Cast) -> Play:
        play = Play(engine, cast).open("a1", pupil, target_grade=3 if pupil == OTHER else 5)
        for who, action, values in acts:
            play.act(who, action, **values)
        return play

    return scene


def agreed(*who: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    return (("a1:school_clerk", "submit", {}), *((one, "approve", {}) for one in who))


ARRIVED = (*agreed(A1, A2, K1), ("a1:school_clerk", "confirm_arrival", {"on_date": TODAY}))


def paper(*acts: str) -> Scene:
    """Let a pupil arrive; the paper file is a case of its own, on which the clerk who sends it acts."""

    def scene(engine: Engine, cast: Cast) -> Play:
        play = transfer(PUPIL, *ARRIVED)(engine, cast)
        with reading(engine) as session:
            play.no = session.scalars(select(Case.no).where(Case.parent_id == play.case().id)).one()
        for action in acts:
            play.act("a2:school_clerk", action, on_date=TODAY)
        return play

    return scene


def clearance(*acts: str) -> Scene:
    """Let the old school of a suspended pupil be asked to bring him back first; its clerk acts on that task."""

    def scene(engine: Engine, cast: Cast) -> Play:
        transact(engine, lambda session: suspend(session, cast, PUPIL))
        play = Play(engine, cast).open("a1", PUPIL)
        play.act("a1:school_clerk", "ask_to_clear", guard="T2")
        with reading(engine) as session:
            play.no = session.scalars(select(Case.no).where(Case.parent_id == play.case().id)).one()
        for action in acts:
            play.act("a2:school_clerk", action)
        return play

    return scene


def suspend(session: Session, cast: Cast, pupil: str) -> None:
    session.get_one(Student, cast.pupil[pupil]).suspended_from = dt.date(2025, 3, 1)


def problem(*acts: Callable[[Dispute], object]) -> Scene:
    def scene(engine: Engine, cast: Cast) -> Play:
        dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王晓明"))
        for act in acts:
            act(dispute)
        return dispute

    return scene


def drafted(dispute: Dispute) -> None:
    dispute.draft("k1", *BOTH)


def confirmed(dispute: Dispute) -> None:
    dispute.confirm("k1")


def outside(engine: Engine, cast: Cast) -> Play:
    dispute = Dispute(engine, cast).across()
    dispute.claim(1)
    dispute.accept(1)
    return dispute


def undoing(engine: Engine, cast: Cast) -> Play:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("a2", "王晓明")).all_claim()
    drafted(dispute)
    confirmed(dispute)
    return ask_for_undoing(dispute, "k1:arbitrator")


def reversal(engine: Engine, cast: Cast) -> Play:
    return ask_back(finished(Play(engine, cast)), "k1:dept_clerk")


def wrong(*acts: Callable[[Faulty], object]) -> Scene:
    def scene(engine: Engine, cast: Cast) -> Play:
        faulty = Faulty(engine, cast).wrong_number()
        for act in acts:
            act(faulty)
        return faulty

    return scene


def acknowledged(faulty: Faulty) -> None:
    faulty.act(faulty.clerk, "acknowledge")


def deletion_asked_for(faulty: Faulty) -> None:
    faulty.act(faulty.clerk, "request_deletion", reason="never_came", comment="学生从未到校")


def corrected(faulty: Faulty) -> None:
    first17 = (faulty.student().id_number or "")[:17]
    faulty.correct(id_number=first17 + check_character(first17))


def police(engine: Engine, cast: Cast) -> Play:
    faulty = Faulty(engine, cast).verdict("not_found")
    faulty.claim()
    faulty.act(K1, "approve_claim")
    return faulty


def numberless(*acts: Callable[[Numberless], object]) -> Scene:
    def scene(engine: Engine, cast: Cast) -> Play:
        pupil = Numberless(engine, cast).enrol()
        for act in acts:
            act(pupil)
        return pupil

    return scene


def approved_by(*who: str) -> tuple[Callable[[Numberless], object], ...]:
    return (Numberless.submit, *(lambda pupil, one=one: pupil.act(one, "approve") for one in who))  # type: ignore[misc]


SIGNERS = LEADERS["a2"]
SCENES: dict[str, tuple[Scene, ...]] = {
    "transfer": (
        transfer(PUPIL, *agreed(A1), (A2, "return", {"comment": "请补正"})),
        transfer(OTHER, *agreed()),
        transfer(OTHER, *agreed(A1)),
        transfer(OTHER, *agreed(A1, K1)),
        transfer(OTHER, *agreed(A1, K1, B1)),
        transfer(PUPIL, *agreed(A1, A2)),
        transfer(OTHER, *agreed(A1, K1), (B1, "refuse", {"cause": "其他", "comment": "学费未结清"})),
        transfer(PUPIL, *agreed(A1, A2, K1)),
    ),
    "paper_file": (paper(), paper("send")),
    "problem": (
        problem(lambda dispute: dispute.claim(1)),
        problem(Dispute.all_claim),
        problem(Dispute.all_claim, drafted),
        problem(Dispute.all_claim, drafted, confirmed),
        outside,
    ),
    "undo": (undoing,),
    "reversal": (reversal,),
    "clearance": (clearance(), clearance("hand_up")),
    "id_error": (wrong(), wrong(acknowledged), wrong(deletion_asked_for), wrong(corrected), police),
    "no_id": (
        numberless(),
        *(numberless(*approved_by(*SIGNERS[:count])) for count in range(len(SIGNERS) + 1)),
        numberless(Numberless.approved, Numberless.enter),
    ),
}


# ---- and on to the end -----------------------------------------------------------------------------------------------


def go_on(process: str, play: Play) -> None:
    """Let somebody who is asked take the case a step towards a good end."""
    ON[process](play)


def _transfer(play: Play) -> None:
    person, action = _who_may(play, ("submit", "approve", "confirm_arrival", "send", "receive"))
    who = next(short for short, number in play.cast.person.items() if number == person)
    play.act(who, action, **({} if action in ("submit", "approve") else {"on_date": TODAY}))


def _who_may(play: Play, forward: tuple[str, ...]) -> tuple[int, str]:
    with reading(play.engine) as session:
        world = world_of(session)
        for person in play.cast.person.values():
            actor = door.actor_of(session, person, play.now.date())
            try:
                step = door.look(session, play.no, actor, world, play.now)
            except door.NotFound:
                continue
            for option in door.options(step):
                if option.allowed and option.action in forward:
                    return person, option.action
    raise AssertionError(f"nobody can take {play.no} on from {play.phase}")


def _problem(play: Play) -> None:
    dispute = Dispute(play.engine, play.cast, play.now)
    dispute.no = play.no
    with reading(play.engine) as session:
        sides = select(ProblemSide).where(ProblemSide.case_id == dispute.case().id, ProblemSide.student_id.is_not(None))
        for side in session.scalars(sides.order_by(ProblemSide.no)):
            dispute.students.append(side.student_id or 0)
            dispute.schools.append(_short(play, side.school_id))
        asked = select(WorkItem).where(WorkItem.case_id == dispute.case().id, WorkItem.open, WorkItem.kind != "copy")
        item = session.scalars(asked.order_by(WorkItem.id)).first()
    assert item is not None
    office = _short(play, item.org_id)
    if item.kind == "answer":
        dispute.claim(item.turn)
    elif item.kind == "review":
        dispute.accept(item.turn)
    elif item.kind == "rule":
        dispute.draft(office, *BOTH)
    elif item.kind == "confirm":
        dispute.confirm(office)
    elif item.kind == "object":
        dispute.clock("conclude", side=item.turn)
    else:
        verdicts = [{"side": 1, "verdict": "remove_number"}]
        dispute.act("prov:dept_clerk", "record_outside", verdicts=verdicts, on_date=TODAY, comment="归对方")


def _short(play: Play, org: int | None) -> str:
    return next(short for short, number in play.cast.org.items() if number == org)


def _clearance(play: Play) -> None:
    play.act({"school": "a2:school_clerk", "department": "k1:dept_clerk"}[play.phase], "clear")


def _undo(play: Play) -> None:
    play.act(K1, "approve")


def _id_error(play: Play) -> None:
    faulty = Faulty(play.engine, play.cast, play.now)
    faulty.no = play.no
    faulty.student_id = faulty.error().student_id
    if faulty.phase in ("opened", "checking"):
        corrected(faulty)
    elif faulty.phase == "deletion":
        _unless_the_record_changed(faulty, A2, "approve_deletion", "return_deletion")
    elif faulty.phase == "department":
        _unless_the_record_changed(faulty, K1, "approve_correction", "return")
    else:
        faulty.paper("k1:dept_clerk", "公安答复")
        faulty.act("k1:dept_clerk", "record_police", result="confirmed", on_date=TODAY)


def _unless_the_record_changed(faulty: Faulty, who: str, agree: str, send_back: str) -> None:
    """A loaded record has other keys than the one that was recorded, so the answer about it must be given again."""
    try:
        faulty.act(who, agree)
    except Unmet as refused:
        if any(reason.guard != "C8" for reason in refused.reasons):
            raise
        faulty.act(who, send_back, comment="请重新核对")


def _no_id(play: Play) -> None:
    pupil = Numberless(play.engine, play.cast, play.now)
    pupil.no = play.no
    pupil.student_id = pupil.subject().student_id
    pupil.number = good_number(f"{pupil.student().birth_date:%Y%m%d}", 919)
    if pupil.phase == "form":
        pupil.submit()
    elif pupil.phase == "valid":
        pupil.enter()
    elif pupil.phase == "conversion":
        pupil.act(K1, "approve_number")
    else:
        stops = ("school", "county", "city", "province")
        pupil.act(SIGNERS[stops.index(pupil.phase)], "approve")


ON = {
    "transfer": _transfer, "paper_file": _transfer, "problem": _problem, "undo": _undo, "id_error": _id_error,
    "no_id": _no_id, "clearance": _clearance, "reversal": _undo,
}  # fmt: skip

"""A transfer played to its end, and somebody who wants it taken back."""


from models.session import transact
from tests.play import Play
from tests.workflow.test_outside import COMING, LEAVING, PULLED, enter
from workflow.transfers import asking

DAY = "2025-09-01"


def finished(play: Play, pupil: str = "沈明铭", **values: object) -> Play:
    """Let a pupil move to a1: from its neighbour a2, or, as "𠮷田䶮", from another county."""
    play.open("a1", pupil, **values).act("a1:school_clerk", "submit")
    signers = ("a1", "a2", "k1") if pupil == "沈明铭" else ("a1", "k1", "b1", "k2")
    for short in signers:
        play.act(f"{short}:{'school' if short[1:] and short[0] in 'ab' else 'dept'}_leader", "approve")
    play.act("a1:school_clerk", "confirm_arrival", on_date=DAY)
    return play


def gone(play: Play) -> Play:
    """Let a pupil of a1 leave the province."""
    play.open("a1", "丁思欣", papers=(), **LEAVING).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    enter(play)
    return play


def come(play: Play) -> Play:
    """Let a pupil of another province come to a1."""
    play.open("a1", "林远来", **COMING).act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("k1:dept_leader", "approve")
    for values in ({}, {}, {}, {"pulled": PULLED}):
        enter(play, **values)
    play.act("a1:school_clerk", "confirm_arrival", on_date=DAY)
    return play


def ask_back(play: Play, who: str, *, no: str = "", cause: str = "mistaken", reason: str = "与户口簿不符") -> Play:
    """Return the case in which somebody asks for the transfer to be taken back."""
    of, person = no or play.no, play.cast.person[who]
    back = Play(play.engine, play.cast, play.now)
    back.no = transact(play.engine, lambda session: asking.ask(session, of, person, cause, reason, play.now).no)
    return back

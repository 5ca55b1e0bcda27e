"""What the parties say to each other about a case. A comment is an event, but changes no revision.

Whoever takes part can be named with an @ and is then told. Nobody is named who may not read the case.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from workflow import desk, engine, journal, rights
from workflow.acts import people
from workflow.colleagues import Colleague
from workflow.errors import NotAllowed, Reason, Unmet
from workflow.identity import fold_width, is_built_like_resident_id
from workflow.payload import COMMENT_LIMIT, text_fault
from workflow.problems.lists import OF_SIDES
from workflow.step import Step

_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
MOST_MENTIONED = 20
_MENTION = re.compile(r"(?<![A-Za-z0-9._%+-])@([^\s@，。；：、！？,;:!?（）()]{1,64})")
"""An @ that belongs to no mail address, with what may be a name behind it."""


def say(
    session: Session, no: str, actor_id: int, words: str, now: dt.datetime, also: Sequence[str] = ()
) -> Step:
    """Add a comment of a taking part organisation. Raises NotFound, NotAllowed or Unmet; the caller commits.

    `also` are public ids of people who are told without being named in the words.
    """
    step = engine.locked_step(session, no, actor_id, now)
    if not may_speak(step):
        raise NotAllowed("comment", "只有参与本事项的单位可以留言")
    if step.case.closed_at is not None:
        raise NotAllowed("comment", "事项已结束，不能再留言")
    fault = (text_fault(words, COMMENT_LIMIT) or _names_a_number(words)) if words.strip() else "请写下要说的话"
    if fault:
        raise Unmet([Reason("field", "block", fault, field="comment")])
    told = _mentioned(step, words, also)
    step.payload = {"comment": words.strip()}
    here = step.actor.org_ids & rights.involved(step)
    step.facts["office"] = min(here, key=lambda org: (step.actor.sits_for(org) is not None, org))
    if told:
        step.facts["mentions"] = [one.id for one in told]
    for one in told:
        step.tell("mentioned", f"{one.queue}@{one.id}")
    journal.append(step, "comment", step.case.phase, step.case.phase)
    desk.send(step)
    session.flush()
    return step


def _names_a_number(words: str) -> str | None:
    """Return what is wrong with words that hold a whole ID number, or a record number made of one."""
    found = _NUMBER.findall(fold_width(words))
    whole = any(is_built_like_resident_id(one.upper()) for one in found)
    return "留言里有完整的证件号，各方都会看到；请改写成后四位" if whole else None


def may_speak(step: Step) -> bool:
    """Tell whether the actor works at an office that takes part."""
    return bool(step.actor.org_ids & rights.involved(step))


def may_be_mentioned(step: Step) -> list[Colleague]:
    """Return who takes part beside the actor and reads what he says, each once."""
    found: dict[int, Colleague] = {}
    for one in people.may_be_asked(step):
        if reads_words_of(step, one.org_id, step.actor.org_ids):
            found.setdefault(one.id, one)
    return list(found.values())


def reads_words_of(step: Step, reader: int, speaking: Iterable[int]) -> bool:
    """Tell whether an office reads what is said at others. About a problem record words only go up: own office,
    those above it, and so whoever decides; what an office above says might tell one side of the other."""
    if step.case.process not in OF_SIDES:
        return True
    return any(reader == above.id for one in speaking for above in step.world.upwards(step.world.office(one)))


def _mentioned(step: Step, words: str, also: Sequence[str]) -> list[Colleague]:
    """Return who is named, each once. Raises Unmet for somebody who cannot be."""
    named = list(dict.fromkeys(_MENTION.findall(words)))
    if not named and not also:
        return []
    there = may_be_mentioned(step)
    found = {one.id: one for one in (_meant(there, name) for name in named)}
    for public_id in also:
        one = next((one for one in there if one.public_id == public_id), None)
        if one is None:
            raise _refused("只能通知参与本事项的人员", "mention")
        found[one.id] = one
    if len(found) > MOST_MENTIONED:
        raise _refused(f"一次最多提到 {MOST_MENTIONED} 人", "comment")
    return list(found.values())


def _meant(there: list[Colleague], text: str) -> Colleague:
    """Return whom the words behind an @ begin with; the longest name wins, for no blank ends a Chinese name."""
    longest = max(_beginnings(there, text), key=len, default="")
    meant = [one for one in there if longest in (one.username, one.name)] if longest else []
    if not meant:
        raise _refused(f"没有可以提到的“@{text[:20]}”，只能提到参与本事项的人员", "comment")
    if len(meant) > 1:
        names = "、".join(f"@{one.username}" for one in meant)
        raise _refused(f"有几位{longest}，请用用户名：{names}", "comment")
    return meant[0]


def _beginnings(there: Iterable[Colleague], text: str) -> Iterator[str]:
    return (name for one in there for name in (one.username, one.name) if text.startswith(name))


def _refused(message: str, field: str) -> Unmet:
    return Unmet([Reason("field", "block", message, field=field)])

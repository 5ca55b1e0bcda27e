"""Rules agreed on by two persons who act at the same moment: one effect, whoever comes first."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from models.messages import Notice
from models.organisations import Organisation
from models.people import Person
from models.policies import Policy, PolicyProposal
from models.session import LockTimeout, reading, transact
from tests.cast import MONDAY, Cast
from workflow import engine as door
from workflow import mails, message_choices, people
from workflow.calendar import day_of
from workflow.errors import AlreadyDecided, Refused, Unmet
from workflow.policies import look_up
from workflow.policy_changes import Setting
from workflow.policy_outlook import coming
from workflow.policy_proposals import confirm, lapse, propose, reject, withdraw
from workflow.step import Actor
from workflow.world import world_of

TODAY = day_of(MONDAY)
ROUNDS = 12
Ask = Callable[[Select[Any]], list[Any]]


@pytest.fixture
def trio(engine: Engine, cast: Cast) -> list[Actor]:
    """Three security administrators of the province."""

    def work(session: Session) -> list[int]:
        found = []
        for number in range(3):
            person = people.add(session, f"prov-secadmin{number}", "周全", MONDAY)
            people.assign(session, person, session.get_one(Organisation, cast.org["prov"]), "security_admin", TODAY)
            found.append(person.id)
        return found

    numbers = transact(engine, work)
    return [transact(engine, lambda session, n=number: door.actor_of(session, n, TODAY)) for number in numbers]


def asked(engine: Engine, actor: Actor, cast: Cast, place: str = "k1", **more: Any) -> str:
    """Let somebody propose; returns the proposal's public id."""
    wanted = Setting(**{"key": "node.transfer", "value": 5, "source": "文", "since": TODAY, **more})

    def work(session: Session) -> str:
        world = world_of(session)
        return propose(session, actor, world, world.office(cast.org[place]), wanted, "缩短", MONDAY).public_id

    return transact(engine, work)


def together(engine: Engine, *acts: Callable[[Session], object]) -> list[object]:
    """Let everybody act at once, each with a connection of his own; returns what each got."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> object:
        start.wait(10)
        try:
            return transact(engine, act)
        except (Refused, LockTimeout, DBAPIError) as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(30) for future in [pool.submit(run, act) for act in acts]]


def test_of_two_who_confirm_at_once_one_does(engine: Engine, cast: Cast, trio: list[Actor], ask: Ask) -> None:
    for number in range(ROUNDS):
        public_id = asked(engine, trio[0], cast, value=number + 1)
        answers = together(
            engine,
            *(lambda session, who=who, one=public_id: confirm(session, who, one, "", MONDAY) for who in trio[1:]),
        )
        assert sum(isinstance(answer, PolicyProposal) for answer in answers) == 1
        [late] = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
        assert (late.action, late.at) == ("confirm_rule", MONDAY)
    assert len(ask(select(Policy.id))) == ROUNDS


def test_confirming_and_withdrawing_at_once_has_one_outcome(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask
) -> None:
    confirmed = 0
    for _ in range(ROUNDS):
        public_id = asked(engine, trio[0], cast)
        answers = together(
            engine,
            lambda session, one=public_id: confirm(session, trio[1], one, "", MONDAY),
            lambda session, one=public_id: withdraw(session, trio[0], one, MONDAY),
        )
        assert sum(isinstance(answer, PolicyProposal) for answer in answers) == 1
        confirmed += isinstance(answers[0], PolicyProposal)
    assert len(ask(select(Policy.id))) == confirmed


def test_of_two_proposals_for_one_rule_only_the_first_confirmed_holds(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask
) -> None:
    """The county's and the province's change the same rule of the county; each was proposed without the other."""
    for number in range(ROUNDS):
        ids = [asked(engine, trio[0], cast, place, value=20 + number) for place in ("k1", "prov")]
        answers = together(
            engine,
            *(lambda session, one=one, who=who: confirm(session, who, one, "", MONDAY)
              for one, who in zip(ids, trio[1:], strict=True)),
        )  # fmt: skip
        county, province = (isinstance(answer, PolicyProposal) for answer in answers)
        assert province, "nothing above the province was touched"
        stale = [answer for answer in answers if isinstance(answer, Unmet)]
        assert county or "重新提议" in stale[0].reasons[0].message
        if not county:
            transact(engine, lambda session, one=ids[0]: withdraw(session, trio[0], one, MONDAY))


def test_of_two_who_propose_at_once_one_waits(engine: Engine, cast: Cast, trio: list[Actor], ask: Ask) -> None:
    for _ in range(ROUNDS):
        def work(session: Session, who: Actor) -> str:
            world = world_of(session)
            wanted = Setting("node.transfer", 5, "文", TODAY)
            return propose(session, who, world, world.office(cast.org["k1"]), wanted, "缩短", MONDAY).public_id

        answers = together(engine, *(lambda session, who=who: work(session, who) for who in trio[:2]))
        made = [answer for answer in answers if isinstance(answer, str)]
        assert len(made) == 1
        assert sum(isinstance(answer, Unmet | IntegrityError) for answer in answers) == 1
        waiting = ask(select(PolicyProposal.proposed_by).where(PolicyProposal.state == "open"))
        who = next(one for one in trio if one.id == waiting[0])
        transact(engine, lambda session, who=who, one=made[0]: withdraw(session, who, one, MONDAY))


def test_the_database_itself_refuses_a_rule_confirmed_by_its_proposer(
    engine: Engine, cast: Cast, trio: list[Actor]
) -> None:
    public_id = asked(engine, trio[0], cast)
    alone = update(PolicyProposal).where(PolicyProposal.public_id == public_id)
    for decider in (trio[0].id, None):
        with pytest.raises(IntegrityError):
            transact(engine, lambda s, who=decider: s.execute(alone.values(state="confirmed", decided_by=who)))


def test_a_disabled_proposer_leaves_his_proposal_to_the_others(engine: Engine, cast: Cast, trio: list[Actor]) -> None:
    public_id = asked(engine, trio[0], cast)
    transact(engine, lambda session: people.disable(session, session.get_one(Person, trio[0].id), MONDAY))
    transact(engine, lambda session: confirm(session, trio[1], public_id, "", MONDAY))


def test_what_comes_and_what_ends_is_told_by_the_day(engine: Engine, cast: Cast, trio: list[Actor]) -> None:
    """The county's days end in December; the province's own begin in October and hold below it from then on."""
    plans = [("k1", 5, dt.date(2025, 9, 2), dt.date(2025, 12, 31)), ("prov", 8, dt.date(2025, 10, 1), None)]
    for place, value, since, until in plans:
        public_id = asked(engine, trio[0], cast, place, value=value, since=since, until=until)
        transact(engine, lambda session, one=public_id: confirm(session, trio[1], one, "", MONDAY))
    with Session(engine) as session:
        world = world_of(session)
        county, other = (world.office(cast.org[place]) for place in ("k1", "k2"))
        told = [(one.day, one.before.value, one.after.value) for one in coming(world, county, TODAY)]
        assert told == [(dt.date(2025, 9, 2), 10, 5), (dt.date(2026, 1, 1), 5, 8)]
        assert [one.day for one in coming(world, other, TODAY)] == [dt.date(2025, 10, 1)]
        for day, _, after in told:
            assert look_up(world, "node.transfer", county, day).value == after


def notices_of(ask: Ask, public_id: str) -> list[Notice]:
    return ask(select(Notice).where(Notice.key.startswith(f"rule:{public_id}:")).order_by(Notice.person_id))


def test_whoever_may_confirm_is_told_once_each_as_he_likes(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask
) -> None:
    """The proposer is not told, nor somebody whose post lies elsewhere; who has an address and did not choose
    otherwise gets a mail."""

    def others(session: Session) -> None:
        elsewhere = people.add(session, "k2-secadmin", "周远", MONDAY)
        people.assign(session, elsewhere, session.get_one(Organisation, cast.org["k2"]), "security_admin", TODAY)
        for actor in trio:
            session.get_one(Person, actor.id).email = f"admin{actor.id}@example.org"
        message_choices.put(session, trio[2].id, choices={"tasks": "page"})

    transact(engine, others)
    told = notices_of(ask, asked(engine, trio[0], cast))
    assert [(one.person_id, one.org_id) for one in told] == [
        (trio[1].id, cast.org["prov"]), (trio[2].id, cast.org["prov"]),
    ]  # fmt: skip
    assert [(one.purpose, one.unmailed) for one in told] == [("rule_proposed", ""), ("rule_proposed", "by_choice")]
    assert told[0].mail_at
    assert not told[1].mail_at


@pytest.mark.parametrize("end", ["confirm", "reject", "withdraw"])
def test_nobody_is_written_to_about_a_proposal_that_was_decided(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask, end: str
) -> None:
    def address(session: Session) -> None:
        session.get_one(Person, trio[2].id).email = "second@example.org"

    transact(engine, address)
    public_id = asked(engine, trio[0], cast)
    decide: dict[str, Callable[[Session], object]] = {
        "confirm": lambda session: confirm(session, trio[1], public_id, "", MONDAY),
        "reject": lambda session: reject(session, trio[1], public_id, "不妥", MONDAY),
        "withdraw": lambda session: withdraw(session, trio[0], public_id, MONDAY),
    }
    transact(engine, decide[end])
    asked_for = [one for one in notices_of(ask, public_id) if one.purpose == "rule_proposed"]
    assert [(one.mail_at, one.read_at) for one in asked_for] == [(None, MONDAY)] * 2
    with reading(engine) as session:
        assert mails.due(session, MONDAY + dt.timedelta(days=1)) == []


@pytest.mark.parametrize("answer", ["confirmed", "rejected", "stale", "withdrawn"])
def test_who_proposed_a_rule_hears_the_answer_once_and_by_mail(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask, answer: str
) -> None:
    """What he takes back himself he need not be told; a proposal that makes way for another is an answer, too."""
    proposer, second, third = trio
    transact(engine, lambda session: setattr(session.get_one(Person, proposer.id), "email", "first@example.org"))
    public_id = asked(engine, proposer, cast)
    if answer == "stale":
        other = asked(engine, second, cast, "prov", value=9)
        transact(engine, lambda session: confirm(session, third, other, "", MONDAY))
        asked(engine, second, cast)
    decide: dict[str, Callable[[Session], object]] = {
        "confirmed": lambda session: confirm(session, second, public_id, "", MONDAY),
        "rejected": lambda session: reject(session, second, public_id, "不妥", MONDAY),
        "withdrawn": lambda session: withdraw(session, proposer, public_id, MONDAY),
    }
    transact(engine, decide.get(answer, lambda _: None))
    told = [one for one in notices_of(ask, public_id) if one.person_id == proposer.id]
    assert [(one.purpose, one.facts["answer"]) for one in told] == (
        [] if answer == "withdrawn" else [("rule_answered", answer)]
    )
    assert all(one.mail_at and not one.read_at for one in told)


@pytest.mark.parametrize(("why", "answer"), [("its day passed", "expired"), ("another rule", "stale"), ("none", "")])
def test_who_proposed_a_rule_hears_by_himself_that_nobody_can_confirm_it_any_more(
    engine: Engine, cast: Cast, trio: list[Actor], ask: Ask, why: str, answer: str
) -> None:
    proposer, second, third = trio
    public_id, now = asked(engine, proposer, cast), MONDAY
    if why == "its day passed":
        now += dt.timedelta(days=60)
    if why == "another rule":
        other = asked(engine, second, cast, "prov", value=9)
        transact(engine, lambda session: confirm(session, third, other, "", MONDAY))
    for _ in range(2):
        transact(engine, lambda session: lapse(session, now))
    told = [one for one in notices_of(ask, public_id) if one.person_id == proposer.id]
    assert [one.facts["answer"] for one in told] == ([answer] if answer else [])
    unread = [one for one in notices_of(ask, public_id) if one.purpose == "rule_proposed" and not one.read_at]
    assert bool(unread) == (why == "none"), "nobody is asked to confirm it any more"

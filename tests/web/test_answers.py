"""Who proposed something that another person had to confirm reads in a mail what came of it."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.organisations import Organisation
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.web import test_worker
from tests.web.test_worker import Office, submitted
from workflow import engine as door
from workflow import people, policy_proposals
from workflow.message_choices import PAUSE
from workflow.policy_changes import Setting
from workflow.step import Actor
from workflow.world import world_of

settings, office = test_worker.settings, test_worker.office
TODAY = MONDAY.date()
COUNTY, CITY = "k1:dept_leader", "city1:dept_leader"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def post_of(office: Office, address: str) -> list[str]:
    """Let what is due go out; returns subject and text of each mail to an address."""
    office.now += PAUSE
    office.work()
    return [f"{mail.subject}\n{mail.text}" for mail in office.post() if address in mail.recipient]


def test_an_act_that_two_decide(engine: Engine, cast: Cast, office: Office) -> None:
    play = submitted(engine, cast)
    play.act(COUNTY, "propose_termination", comment="重复申请")
    assert post_of(office, "k1.dept_leader") == [], "of what he proposes himself he need not be told"
    play.act(CITY, "drop_proposal", comment="没有重复，学生本人来过")
    [dropped] = post_of(office, "k1.dept_leader")
    for said in (
        "您提请的终止未采纳：沈*转学",
        "您对沈*的转学提请终止，朗星市教育局未采纳。",
        "事项照常办理；对方写了说明的，在事项页面。",
        f"https://xj.example.cn/cases/{play.no}",
    ):
        assert said in dropped
    assert "没有重复" not in dropped, "no free text in a mail"
    play.act(COUNTY, "propose_jump", comment="材料须补正", jump_to="draft")
    play.act(CITY, "confirm_jump")
    [jumped] = post_of(office, "k1.dept_leader")
    for said in ("您提请的调整环节已确认：沈*转学", "事项回到提请的环节，重新办理。"):
        assert said in jumped


def test_a_rule_that_two_decide(engine: Engine, cast: Cast, office: Office) -> None:
    def hire(session: Session) -> list[Actor]:
        found = []
        for name in ("first", "second"):
            person = people.add(session, name, "周全", MONDAY, email=f"{name}@example.org")
            people.assign(session, person, session.get_one(Organisation, cast.org["prov"]), "security_admin", TODAY)
            found.append(person)
        session.flush()
        return [door.actor_of(session, person.id, TODAY) for person in found]

    first, second = transact(engine, hire)

    def propose(session: Session) -> str:
        world, wanted = world_of(session), Setting("node.transfer", 5, "文", TODAY)
        office = world.office(cast.org["k1"])
        return policy_proposals.propose(session, first, world, office, wanted, "缩短", MONDAY).public_id

    public_id = transact(engine, propose)
    assert len(post_of(office, "second@")) == 1
    transact(engine, lambda session: policy_proposals.reject(session, second, public_id, "太短", office.now))
    [answered] = post_of(office, "first@")
    for said in (
        "规则提议已驳回：栖云区教育局，转学每个环节的办理期限（工作日）",
        "您提议改动栖云区教育局的规则“转学每个环节的办理期限（工作日）”，已驳回。",
        "规则不变。驳回的理由在提议页面；仍要改的，可以重新提议。",
        f"https://xj.example.cn/admin/policies/proposals/{public_id}",
    ):
        assert said in answered
    assert "太短" not in answered

"""What goes on about the demo's problem records: cases in every phase, one for every desk that can be tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from web.demo.stage import Stage
from web.demo.stories import Act

CLAIM, CORRECT = ("户口簿", "学校在读证明"), ("户口簿",)
OUTSIDE = {"province": "云岭省（虚构）", "school": "云岭市实验小学", "note": "部级核查通报2025年第11号"}


@dataclass(frozen=True)
class Dispute:
    """One case: opened so many working days ago about a group (or, across provinces, about a pupil), then the acts.

    A `HandIn` among the acts is papers of a school.
    """

    about: str
    ago: int
    acts: tuple["Act | HandIn", ...] = ()
    registered_by: str = ""
    """The officer who registered it, for a number that another province holds too."""


@dataclass(frozen=True)
class HandIn:
    school: str
    ago: int
    kinds: tuple[str, ...] = CLAIM


def claim(side: int, school: str, ago: int, said: str = "") -> tuple[HandIn, Act]:
    values = {"side": side, **({"comment": said} if said else {})}
    return HandIn(school, ago), Act(f"{school}.clerk", "answer_claim", ago, values)


def accept(side: int, office: str, ago: int) -> Act:
    return Act(f"{office}.clerk", "accept_side", ago, {"side": side})


def draft(office: str, ago: int, said: str, reasons: tuple[str, ...], *verdicts: dict[str, Any]) -> Act:
    typed = [{"side": number, **verdict} for number, verdict in enumerate(verdicts, 1)]
    values = {"verdicts": typed, "reasons": list(reasons), "comment": said}
    return Act(f"{office}.arbitrator", "draft_ruling", ago, values)


def merged(into: int) -> dict[str, Any]:
    return {"verdict": "merge", "into": into, "choices": {}}


KEEP, REMOVE = {"verdict": "keep"}, {"verdict": "remove_number"}
OWN_NUMBER = "a good number that nobody holds"
NOW = "the day of the act"

DISPUTES = (
    Dispute("spelling", 1),
    Dispute("walk", 3, (*claim(1, "xinmiao", 2, "一年级入学即在本校就读。"), accept(1, "qiyun", 1))),
    Dispute("three", 13, (
        *claim(1, "qingsong", 11, "2023年9月起在本校就读，班主任和家长均已核实。"),
        *claim(2, "wangyue", 10, "曾在本校就读，家长称已转走，学籍没有转接。"),
        *claim(3, "hongwen", 9, "户籍地学校，入学时按户口簿登记，从未到校。"),
        accept(1, "qiyun", 8), accept(2, "heyuan", 6), accept(3, "liuzhu", 3),
    )),
    Dispute("drafted", 18, (
        *claim(1, "qingsong", 16), *claim(2, "wangyue", 15), accept(1, "qiyun", 13), accept(2, "heyuan", 11),
        draft("langxing", 2, "户籍证明显示该号码属于第一方学生；第二方录入时抄错，应向公安机关核实本人号码后补登。",
              ("register_agrees", "number_wrong"), KEEP, REMOVE),
    )),
    Dispute("ruled", 20, (
        *claim(1, "siyuan", 18, "小学毕业后升入本校，学籍没有随升学转接。"), *claim(2, "xinmiao", 17),
        accept(1, "qiyun", 15), accept(2, "qiyun", 14),
        draft("qiyun", 4, "两条记录为同一学生，现在初中就读，小学记录并入。", ("same_child", "attends_here"),
              KEEP, merged(1)),
        Act("qiyun.leader", "confirm_ruling", 2),
    )),
    Dispute("silent", 12, (*claim(1, "qingsong", 9), accept(1, "qiyun", 7))),
    Dispute("template", 5, (
        HandIn("qingsong", 3, CORRECT),
        Act("qingsong.clerk", "answer_correct", 3, {
            "side": 1, "corrected": OWN_NUMBER, "comment": "录入时照抄了模板里的示例号码。",
        }),
        accept(1, "qiyun", 2), *claim(2, "xinmiao", 2),
    )),
    Dispute("asked", 16, (
        *claim(1, "siyuan", 14), *claim(2, "qizhi", 13), accept(1, "qiyun", 12), accept(2, "heyuan", 10),
        Act("langxing.arbitrator", "send_inquiry", 4, {
            "sides": [1, 2], "comment": "请核实该生现在是否到校上课，姓名以户口簿上的哪一个字为准。",
        }),
        Act("siyuan.clerk", "answer_inquiry", 2, {
            "side": 1, "position": "insist", "comment": "每天到校，户口簿为“余”。",
        }),
    )),
    Dispute("gave_up", 15, (
        *claim(1, "xinmiao", 13), accept(1, "qiyun", 11),
        Act("qingsong.clerk", "answer_delete", 12, {
            "side": 2, "reason": "left", "comment": "该生二年级起在新苗小学就读。",
        }),
        accept(2, "qiyun", 10),
    )),
    Dispute("namesakes", 11, (
        *claim(1, "qingsong", 9), *claim(2, "xinmiao", 8), accept(1, "qiyun", 7), accept(2, "qiyun", 6),
    )),
    Dispute("崔明哲", 14, (
        *claim(1, "yuying", 12), accept(1, "kenqu", 10),
        Act("lanchuan.clerk", "note_outside", 6, {"on_date": NOW, "comment": "已报部级核查，等待对方省份答复。"}),
    ), registered_by="kenqu.clerk"),
)  # fmt: skip
VERDICTS = (("汪梓涵", "name_mismatch", 3), ("薛佳宁", "not_found", 6))
"""Pupils about whom the population register said something, what, and how many working days ago."""
CERTIFICATE = "次仁央宗"
"""The pupil without ID number whose certificate has come half the way up."""


def play(stage: Stage, findings: Mapping[str, int], done: Callable[[], object]) -> None:
    """Play every dispute, then the errors of numbers and the pupil without one; `done` is told after each."""
    for dispute in DISPUTES:
        _play(stage, dispute, findings)
        done()
    for pupil, verdict, ago in VERDICTS:
        stage.verdict(pupil, verdict, ago)
    stage.check_numbers(4)
    _certificate(stage)
    done()


def _play(stage: Stage, dispute: Dispute, findings: Mapping[str, int]) -> None:
    if dispute.registered_by:
        no = stage.across(dispute.registered_by, dispute.about, dispute.ago, OUTSIDE)
    else:
        no = stage.problem(findings[dispute.about], dispute.ago)
    for act in dispute.acts:
        if isinstance(act, HandIn):
            stage.hand_in(no, act.school, act.kinds, act.ago)
            continue
        values = dict(act.values)
        if "on_date" in values:
            values["on_date"] = stage.moment(act.ago).date().isoformat()
        if "corrected" in values:
            values["corrected"] = {"id_number": stage.number_beside(no, values["side"])}
        stage.act(no, act.who, act.action, act.ago, **values)


def _certificate(stage: Stage) -> None:
    """Every pupil without number gets a case; one form is signed by school and county and waits at the city."""
    no = stage.without_number(9)[CERTIFICATE]
    stage.hand_in(no, "wangyue", ("无身份证号学生在校就读证明表",), 8)
    stage.act(no, "wangyue.clerk", "submit", 8, reason="not_registered", comment="随父母新迁入，户口登记正在办理。")
    stage.act(no, "wangyue.leader", "approve", 7)
    stage.act(no, "heyuan.leader", "approve", 3)

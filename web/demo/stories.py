"""What goes on in the demo's province: cases in every phase, some late, one contested, some across provinces.

Days are working days before the start of the demo. A term of ten working days that began ten days ago ends today.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from web.demo.province import CODES
from web.demo.stage import Stage

USUAL = ("转学申请", "户口簿", "居住证明")
ELSEWHERE = {
    "province": "云岭省（虚构）", "school": "云岭市实验小学", "code": "2198000001", "dept": "云岭市教育局",
    "phone": "15400008000", "request_no": "KS-2025-000318",
}  # fmt: skip


@dataclass(frozen=True)
class Act:
    """One act of one officer, so many working days ago."""

    who: str
    action: str
    ago: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """One case: the receiving school's clerk (or, outgoing, the releasing one's) opens it, the acts follow."""

    school: str
    pupil: str
    grade: int
    ago: int
    acts: tuple[Act, ...] = ()
    papers: tuple[str, ...] = USUAL
    values: dict[str, Any] = field(default_factory=dict)


def submit(school: str, ago: int) -> Act:
    return Act(f"{school}.clerk", "submit", ago)


def agree(who: str, ago: int, comment: str = "") -> Act:
    return Act(who, "approve", ago, {"comment": comment} if comment else {})


def play(stage: Stage, done: Callable[[], object]) -> None:
    """Play every story; `done` is told after each."""
    for story in STORIES:
        no = stage.open(story.school, story.pupil, story.grade, story.ago, story.papers, **story.values)
        for act in story.acts:
            values = dict(act.values)
            if "on_date" in values:
                values["on_date"] = stage.moment(act.ago).date().isoformat()
            if "pulled" in values:
                values["pulled"] = stage.pulled[story.pupil]
            stage.act(no, act.who, act.action, act.ago, **values)
        done()


TODAY = {"on_date": "the day of the act"}
AGREED = {"result": "agreed", **TODAY}
PULLED = {**AGREED, "pulled": "what the other province sent about the pupil"}

INCOMING = {"direction": "incoming", "outside": ELSEWHERE, "reason": "随迁"}

FINISHED = (
    Story("qingsong", "沈明铭", 5, 24, (
        submit("qingsong", 24), agree("qingsong.leader", 23, "有空余学位，同意接收"),
        agree("xinmiao.leader", 20, "同意转出"), agree("qiyun.leader", 17),
        Act("qingsong.clerk", "confirm_arrival", 15, TODAY),
    )),
    Story("qingsong", "古丽娜尔·艾合买提", 4, 23, (
        submit("qingsong", 23), agree("qingsong.leader", 22), agree("qiyun.leader", 20), agree("wangyue.leader", 16),
        agree("heyuan.leader", 13), Act("qingsong.clerk", "confirm_arrival", 11, TODAY),
    ), ("转学申请", "户口簿", "居住证")),
    Story("chenguang", "苏婉清", 11, 21, (
        submit("chenguang", 21), agree("chenguang.leader", 20), agree("langxing.leader", 18),
        agree("chunhui.leader", 14), agree("liuzhu.leader", 9, "符合规定，同意"),
        Act("chenguang.clerk", "confirm_arrival", 5, TODAY),
    ), ("转学申请", "户口簿", "工作调动证明"), {"reason": "监护人工作调动"}),
    Story("wangyue", "唐诗涵", 3, 18, (
        submit("wangyue", 18), agree("wangyue.leader", 17), agree("heyuan.leader", 15),
        Act("hongwen.leader", "refuse", 12, {
            "cause": "学生信息不符", "comment": "学籍姓名用字与户口簿不一致，请先更正。",
        }),
    )),
    Story("wangyue", "顾子墨", 2, 16, (
        submit("wangyue", 16), agree("wangyue.leader", 15),
        Act("wangyue.clerk", "withdraw", 14, {"comment": "家长改变主意，不再转学"}),
    )),
    Story("hongwen", "马卓然", 4, 148, (
        submit("hongwen", 148), agree("hongwen.leader", 146), Act("clock", "expire", 12),
    )),
)  # fmt: skip

WAITING = (
    Story("wangyue", "𠮷田䶮", 4, 2, (submit("wangyue", 1),), values={"reason": "户籍迁移"}),
    Story("qingsong", "丁思欣", 3, 11, (submit("qingsong", 10),)),
    Story("qingsong", "卢天志", 3, 9, (submit("qingsong", 9), agree("qingsong.leader", 8))),
    Story("xinmiao", "欧阳若溪", 5, 15, (submit("xinmiao", 15), agree("xinmiao.leader", 13, "同意接收"))),
    Story("hongwen", "高怡若", 4, 14, (
        submit("hongwen", 14), agree("hongwen.leader", 13), agree("liuzhu.leader", 11), agree("yuying.leader", 10),
    )),
    Story("qingsong", "梁一鸣", 4, 7, (submit("qingsong", 7), agree("qingsong.leader", 6), agree("xinmiao.leader", 3))),
    Story("qingsong", "彭㛃", 5, 12, (
        submit("qingsong", 12), agree("qingsong.leader", 11), agree("qiyun.leader", 9),
        Act("wangyue.leader", "refuse", 4, {"cause": "其他", "comment": "该生代管费尚未结清，待结清后再议。"}),
    )),
    Story("qingsong", "杨佑明", 5, 19, (
        submit("qingsong", 19), agree("qingsong.leader", 18), agree("qiyun.leader", 16), agree("hongwen.leader", 13),
        agree("liuzhu.leader", 8),
    )),
    Story("qingsong", "扎西·多吉", 2, 17, (
        submit("qingsong", 17), agree("qingsong.leader", 16), agree("qiyun.leader", 15), agree("yuying.leader", 13),
        agree("kenqu.leader", 10),
    )),
    Story("siyuan", "司马静", 8, 6, (submit("siyuan", 6), agree("siyuan.leader", 5))),
    Story("chunhui", "史浩然", 11, 13, (
        submit("chunhui", 13), agree("chunhui.leader", 12), agree("liuzhu.leader", 10), agree("chenguang.leader", 7),
    )),
    Story("qingsong", "黎梦瑶", 3, 10, (submit("qingsong", 10), agree("qingsong.leader", 9))),
    Story("qingsong", "罗亦辰", 2, 8, (
        submit("qingsong", 8), agree("qingsong.leader", 7),
        Act("qiyun.leader", "reassign_target", 4, {
            "to": CODES["xinmiao"], "to_class": "2", "comment": "青松小学该年级学位已满，统筹安排到新苗小学。",
        }),
    )),
)  # fmt: skip

DRAFTS = (
    Story("hongwen", "邓博文", 4, 1, papers=("转学申请", "户口簿")),
    Story("wangyue", "孔令仪", 3, 2),
    Story("wangyue", "龙晓峰", 5, 9, (
        submit("wangyue", 9), agree("wangyue.leader", 8), agree("heyuan.leader", 6),
        Act("yuying.leader", "return", 3, {"comment": "居住证明的公章不清楚，请重新扫描。", "items": ["居住证明"]}),
    )),
)  # fmt: skip

ACROSS_PROVINCES = (
    Story("qingsong", "韩雪晴", 4, 11, (
        submit("qingsong", 11), agree("qingsong.leader", 10), agree("qiyun.leader", 8),
        Act("qingsong.clerk", "record_milestone", 6, AGREED),
    ), values=INCOMING),
    Story("wangyue", "陆星辰", 5, 22, (
        submit("wangyue", 22), agree("wangyue.leader", 21), agree("heyuan.leader", 19),
        Act("wangyue.clerk", "record_milestone", 17, AGREED), Act("wangyue.clerk", "record_milestone", 14, AGREED),
        Act("wangyue.clerk", "record_milestone", 10, AGREED), Act("wangyue.clerk", "record_milestone", 7, PULLED),
        Act("wangyue.clerk", "confirm_arrival", 6, TODAY),
    ), values=INCOMING),
    Story("yuying", "高兴华", 8, 8, (submit("yuying", 7),), values={
        "direction": "outgoing", "outside": {**ELSEWHERE, "school": "云岭市第三中学", "code": "3198000003"},
        "to_class": "", "reason": "随迁",
    }),
)  # fmt: skip

STORIES = (*FINISHED, *WAITING, *DRAFTS, *ACROSS_PROVINCES)

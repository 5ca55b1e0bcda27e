"""The demo's records with a problem: several under one number, the same child twice, records that only look alike."""

from dataclasses import dataclass
from typing import Literal

How = Literal["number", "twice", "alike", "twins"]


@dataclass(frozen=True)
class Copy:
    """One record of a group. `kin`: of the same family as the first, which is to say that it is the same child."""

    name: str
    school: str
    grade: int
    kin: bool = True


@dataclass(frozen=True)
class Group:
    """Records that were found together.

    They share a number; or have none and share name, sex and birth date (twice); or look alike, with a number one digit
    off (alike) or with the numbers of twins.
    """

    key: str
    how: How
    sex: str
    records: tuple[Copy, ...]


GROUPS = (
    Group("spelling", "number", "female", (Copy("孔令仪", "hongwen", 3), Copy("孔令怡", "wangyue", 3))),
    Group("walk", "number", "female", (Copy("许若溪", "xinmiao", 2), Copy("许若溪", "qingsong", 2))),
    Group("three", "number", "male", (
        Copy("陈思远", "qingsong", 4), Copy("陈思源", "wangyue", 4), Copy("陈思远", "hongwen", 4),
    )),
    Group("drafted", "number", "male", (Copy("高子轩", "qingsong", 5), Copy("何浩然", "wangyue", 5, kin=False))),
    Group("ruled", "number", "female", (Copy("方雅宁", "siyuan", 7), Copy("方雅宁", "xinmiao", 6))),
    Group("silent", "number", "male", (Copy("曹一凡", "qingsong", 3), Copy("曹一凡", "yuying", 3))),
    Group("template", "number", "male", (
        Copy("张小宝", "qingsong", 1), Copy("马天宇", "xinmiao", 1, kin=False), Copy("罗杰", "wangyue", 1, kin=False),
        Copy("彭子恒", "hongwen", 1, kin=False), Copy("扎西·顿珠", "yuying", 1, kin=False),
    )),
    Group("asked", "number", "female", (Copy("余佳慧", "siyuan", 8), Copy("于佳慧", "qizhi", 8))),
    Group("gave_up", "number", "male", (Copy("邹凯", "xinmiao", 4), Copy("邹凯", "qingsong", 4))),
    Group("namesakes", "twice", "female", (
        Copy("阿依努尔·麦麦提", "qingsong", 1), Copy("阿依努尔麦麦提", "xinmiao", 1, kin=False),
    )),
    Group("one_digit", "alike", "male", (Copy("张伟", "qingsong", 5), Copy("张玮", "xinmiao", 5))),
    Group("two_cities", "alike", "female", (Copy("马晓燕", "qingsong", 6), Copy("马小燕", "hongwen", 6))),
    Group("siblings", "twins", "male", (Copy("郑安然", "xinmiao", 3), Copy("郑安宁", "xinmiao", 3))),
)  # fmt: skip

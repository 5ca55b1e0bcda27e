"""Why the records of a problem were found together: a word for each reason, and the sentence behind it."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from models.findings import Finding
from web.pages.problem_parts import ReasonPoint
from web.present import findings
from workflow.duplicates import scoring
from workflow.problems.comparing import Record


def reasons(finding: Finding | None, lives: Mapping[int, Record]) -> tuple[ReasonPoint, ...]:
    """Return why the records were found together, the strongest first; for a scored pair with the points of each.

    Where they share the very key, what else they have in common is worked out here: it helps a person to decide.
    """
    found = []
    for one in finding.reasons if finding else ():
        points = None if isinstance(one, str) else one.get("points")
        found.append(ReasonPoint(chip_word(one), findings.sentence(one), points, bool(points and points < 0)))
    if finding is None or finding.score is None:
        known = {one.word for one in found}
        found += [one for one in _in_common(lives) if one.word not in known]
    return tuple(found)


def _in_common(lives: Mapping[int, Record]) -> list[ReasonPoint]:
    """Compare every two records, each named by its side; a reason stands once, with the pairs it holds for."""
    said: dict[str, list[str]] = {}
    against: set[str] = set()
    for one, other in combinations(sorted(lives), 2):
        which = f"第 {one} 方与第 {other} 方" if len(lives) > 2 else ""
        for reason in scoring.assess(_facts(lives[one]), _facts(lives[other])).reasons:
            word = chip_word(reason)
            said.setdefault(word, []).append((which + "：" if which else "") + findings.sentence(reason))
            if reason.get("points", 0) < 0:
                against.add(word)
    return [ReasonPoint(word, "；".join(lines), None, word in against) for word, lines in said.items()]


def _facts(record: Record) -> scoring.Facts:
    student = record.student
    indexes = frozenset(person.id_number_index for person in record.guardians if person.id_number_index)
    return scoring.Facts(student.id, student.name, student.sex, student.birth_date, student.id_number,
                         student.record_no, indexes)  # fmt: skip


CHIPS = {
    ("name", "same"): "同名",
    ("name", "written"): "写法不同",
    ("name", "swapped"): "顺序颠倒",
    ("name", "same_sound"): "同音",
    ("name", "look_alike"): "形近",
    ("name", "similar_sound"): "音近",
    ("name", "spelling"): "拼写相近",
    ("name", "missing"): "少一字",
    ("name", "different"): "姓名不同",
    ("id_number", "same"): "同号",
    ("id_number", "none"): "均无证件号",
    ("id_number", "digit"): "差一位",
    ("id_number", "swap"): "相邻两位互换",
    ("id_number", "old_form"): "15 位旧号",
    ("id_number", "unrelated"): "证件号无关联",
    ("record_no", "same"): "学籍号相同",
    ("record_no", "other_s_id"): "学籍号对应对方证件号",
    ("record_no", "digit"): "学籍号差一位",
    ("record_no", "swap"): "学籍号两位互换",
    ("birth_date", "same"): "同生日",
    ("birth_date", "slip"): "生日疑似笔误",
    ("birth_date", "different"): "生日不同",
    ("sex", "same"): "同性别",
    ("sex", "different"): "性别不同",
    ("guardian", "same"): "同监护人",
    ("twins", "likely"): "可能是双胞胎",
}


def chip_word(reason: Mapping[str, Any] | str) -> str:
    """Return one reason in a word."""
    if isinstance(reason, str):
        return reason
    return CHIPS.get((reason["field"], reason["kind"])) or findings.sentence(reason)

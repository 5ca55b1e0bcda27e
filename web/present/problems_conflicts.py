"""Names of what a ruling touched: tables, columns, and what was changed afterwards and stays when it is taken back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from web.present.problems_words import FIELD_LABELS
from workflow.casefile import Entry
from workflow.problems.images import Conflict

TABLES = {"guardian": "监护人", "enrolment": "在籍", "status_change": "学籍异动", "student": "学籍"}
COLUMNS = {
    **FIELD_LABELS,
    "status": "学籍状态",
    "retired_at": "注销时间",
    "disputed": "号码有重复",
    "ended_on": "在籍结束",
    "end_code": "结束方式",
    "student_id": "所属记录",
    "position": "次序",
    "id_number_tail": "身份证件号",
    "record_no_tail": "学籍号",
    "details_sealed": "其他登记内容",
    "started_on": "在籍开始",
    "name": "姓名",
    "relation": "关系",
    "merged_into_id": "并入",
    "id_verdict": "核验结论",
    "id_verdict_on": "核验日期",
    "id_verdict_source": "核验来源",
}
UNSAID = ("version", "name_key", "id_number_sealed", "id_number_index", "record_no_sealed", "record_no_index",
          "retired_why", "details_sealed")  # fmt: skip
NUMBER_TAKEN = "号码已由另一条记录使用，恢复后按号码重复处理"


def conflict_words(found: Iterable[Conflict], names: Mapping[int | None, str]) -> tuple[str, ...]:
    """Name what was changed after a ruling and stays; `names` say whose each record is, by its number."""
    told = []
    for one in found:
        whose = names.get(one.student_id, "")
        if (one.table, one.column) == ("student", "disputed"):
            told.append(f"{whose}的{NUMBER_TAKEN}")
        elif one.column not in UNSAID or one.column == "details_sealed":
            told.append(f"{whose}的{TABLES[one.table]}：{COLUMNS.get(one.column, one.column)}")
    return tuple(dict.fromkeys(told))


def with_conflicts(entry: Entry, names: Mapping[int | None, str]) -> Entry:
    """Return an event that took a ruling back with a line for everything that it left as it was."""
    stored = entry.body.get("conflicts")
    if not stored:
        return entry
    lines = [f"保留不动：{line}" for line in conflict_words(map(Conflict.read, stored), names)]
    return replace(entry, body={**entry.body, "items": lines})

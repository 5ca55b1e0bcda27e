"""The closed lists of a problem: what a side may answer, what may become of a record, and the reasons for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A code with what people read: its title, and in one sentence what follows from it."""

    title: str
    consequence: str = ""


OF_SIDES = ("problem", "undo")
"""Processes whose parties do not know of each other."""
ANSWERS = {
    "delete": Entry("删除本校记录", "学生不在本校就读。主管部门核实后注销这条学籍记录，可在撤销期内恢复。"),
    "correct": Entry("更正本校记录", "学生在本校就读，但证件号码或姓名等有误。主管部门核实后按更正内容修改。"),
    "claim": Entry("佐证属实", "学生在本校就读，证件号码和姓名无误。主管部门核实佐证材料后，提请裁定。"),
}
"""What a school may say about its record (domain 4.10)."""
REASONS_TO_DELETE = {
    "never_came": Entry("学生从未到校就读"),
    "left": Entry("学生已离校，在他校就读"),
    "entered_twice": Entry("本校重复录入"),
    "guardian_wishes": Entry("监护人确认以他校学籍为准"),
    "other": Entry("其他（请在说明中写明）"),
}
VERDICTS = {
    "keep": Entry("维持", "记录不变，号码归这条记录。"),
    "correct": Entry("更正", "按写明的内容更正这条记录，更正前的内容留存备查。"),
    "remove_number": Entry(
        "去除号码", "去除这条记录的证件号码，证件类型改为“其他”；学生仍在校就读，须补办无身份证号手续。"
    ),
    "merge": Entry("并入", "与另一条记录是同一学生：这条记录注销并指向保留的记录，在籍自始作废。"),
    "close": Entry("注销", "注销这条学籍记录，可在撤销期内恢复。"),
    "distinct": Entry("不是同一人", "确认是不同的学生，各条记录都不变，今后不再提示这一组。"),
}
"""What a ruling may make of a record (contract 6)."""
KEEPING = ("keep", "correct", "remove_number", "distinct")
"""Verdicts after which the record goes on."""
REASONS = {
    "attends_here": Entry("学生在该校实际就读"),
    "register_agrees": Entry("与户口簿、居民身份证一致"),
    "police_statement": Entry("公安机关出具了情况说明"),
    "guardian_signed": Entry("监护人签字确认"),
    "school_gave_up": Entry("学校书面放弃"),
    "school_silent": Entry("学校逾期未答复，按现有材料认定"),
    "number_wrong": Entry("号码录入错误"),
    "same_child": Entry("经核实为同一学生"),
    "other_children": Entry("经核实为不同学生"),
    "entered_twice": Entry("重复录入"),
}
"""Why a ruling was made; at least one is named, and said in words besides."""
CORRECTABLE = {
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "id_type": "身份证件类型",
    "id_number": "身份证件号",
}
"""Key data that a side or a ruling may correct (domain 4.7)."""
KINDS = {
    "id_exact": "身份证件号重复",
    "nsb": "姓名、性别、出生日期相同",
    "near": "疑似同一学生",
}
MAY_BE_DISTINCT = ("nsb", "near")
"""One number can belong to one child only; names and dates can be shared (contract 6)."""
PAPERS = {
    "claim": (
        "户口簿",
        "居民身份证",
        "学校在读证明",
        "公安情况说明",
        "放弃学籍转接说明",
        "监护人声明",
        "无身份证号证明表",
    ),
    "correct": ("户口簿", "居民身份证", "公安变更证明"),
    "delete": ("监护人声明", "放弃学籍转接说明", "离校证明"),
}
"""Kinds of papers that are offered with each answer; which of them must be there is policy `problem.evidence`."""
BLOCKED_REASONS = {
    "entered_again": "该行已更正号码并重新导入",
    "same_child": "就是这名学生，学籍已有，不需要再导入",
    "other_child": "经核对证件，是另一名学生",
    "no_child": "该行填写有误，没有这名学生",
}
"""Why a row of an import that was blocked, and is like a record, is nothing to look at any more."""

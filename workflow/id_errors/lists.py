"""The closed lists of an ID error: kinds of faults, what is wrong with a number, verdicts, reasons, papers."""

from dataclasses import dataclass

CHECKSUM = "checksum"


@dataclass(frozen=True)
class Kind:
    """A kind of ID error: its title, what the school should look at, and which answers it allows (domain 4.9)."""

    title: str
    advice: str
    claim: bool = True
    rename: bool = False


KINDS = {
    CHECKSUM: Kind("证件号码有误", "号码本身不成立，请与户口簿逐位核对后更正。", claim=False),
    "number_changed": Kind("证件号码已变更", "公安机关登记的号码与学籍中的不同，请让家长提供现在的户口簿。"),
    "name_mismatch": Kind(
        "姓名与人口库不一致", "号码存在，但姓名不同。请核对同音字、形近字和间隔号，以户口簿为准。", rename=True
    ),
    "not_found": Kind("人口库中查无此号", "请与户口簿逐位核对号码；号码无误的，请家长到公安机关核实登记情况。"),
}
"""Kinds, the gravest first. A wrong check character cannot be right, so it cannot be claimed to be."""
VERDICTS = {
    "passed": ("通过", "核验通过", "一致", "已通过"),
    "not_found": ("查无此号", "查无此人", "人口库中查无此号", "未找到", "不存在"),
    "name_mismatch": ("姓名不一致", "姓名不符", "姓名与人口库不一致"),
    "number_changed": ("号码已变更", "号码变更", "证件号码已变更", "身份证件号已变更"),
}
"""Verdicts of the population register with the words by which lists name them; the code itself is good too."""
VERDICT_TITLES = {"unknown": "未核验"} | {code: words[0] for code, words in VERDICTS.items()}
DETAILS = {
    "id_check_digit": "校验码（最后一位）不对",
    "id_impossible_date": "号码里的出生日期不存在",
    "id_future_date": "号码里的出生日期还没有到",
    "id_length": "号码位数不对",
    "id_15_digits": "还是 15 位旧号码",
    "id_scientific": "号码变成了科学记数法，原来的数字已丢失",
    "id_letters": "号码里有不该出现的字母",
    "id_characters": "号码里有不该出现的字符",
    "id_area": "前六位不是居民身份证的地区码",
    "id_type": "证件类型与号码不符",
    "id_format": "号码的写法与证件类型不符",
    "id_missing": "没有证件号，而证件类型不是“其他”",
    "id_sex": "第 17 位表示的性别与学籍中的性别不符",
    "id_birth": "号码里的出生日期与学籍中的出生日期不符",
}
"""What is wrong with a stored number, in words without any of its digits."""
ANSWERS = {"delete": "申请删除", "correct": "申请更正", "claim": "信息无误，提交佐证"}
REASONS_TO_DELETE = {
    "never_came": "学生从未到校就读",
    "left": "学生已离校，在他校就读",
    "entered_twice": "重复录入",
    "no_such_child": "查无此学生",
}
RESULTS = {"confirmed": "公安机关确认信息无误", "denied": "公安机关认定信息有误"}
PAPERS = {
    "claim": ("公安证明", "户口簿", "居民身份证"),
    "correct": ("户口簿", "居民身份证", "公安变更证明"),
    "delete": ("离校证明", "监护人声明"),
}
POLICE_PAPER = "公安答复"

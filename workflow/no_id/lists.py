"""Why a pupil has no ID number, and the papers of the process."""

REASONS = {
    "not_registered": "户口登记尚未办理",
    "being_issued": "证件正在办理",
    "number_disputed": "原号码有误或重复，等待公安机关重新核发",
    "no_nationality": "国籍或身份尚待确认",
    "other": "其他（请在说明中写明）",
}
FORM = "无身份证号学生在校就读证明表"
PAPERS = (FORM, "出生医学证明", "户口登记受理回执")
CONVERSION_PAPERS = ("户口簿", "居民身份证", "公安变更证明")
LEVELS = {"school": "学校", "county": "区县主管部门", "city": "市级主管部门", "province": "省级主管部门"}
"""Phases of the route, by the level of the office that is asked."""
SERIES = "在校证"
"""What the number of a certificate begins with."""

"""Pages about who sits where for whom: deputies."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from tests.web.sample_facts import LONG_NAME, LONG_SCHOOL
from web.pages.deputies import DeputiesPage, DeputyRow
from web.views import Field, FieldError, Form, Option, refused

MONDAY, FRIDAY = dt.date(2025, 9, 8), dt.date(2025, 9, 19)
STAFF = (Option("", "赵越（本人）"), Option("a1-li", "李敏", "栖云区青松小学 学籍管理员"))
KINDS = (Option("", "全部事项"), Option("transfer", "转学"))
FORM = Form(
    (
        Field("principal", "代谁办理", "select", options=STAFF, required=True),
        Field(
            "deputy", "由谁代理", "select", "a1-li", hint="本单位或上级主管部门的在任人员", required=True,
            options=(Option("", "请选择"), Option("a1-li", "李敏", "栖云区青松小学 学籍管理员"),
                     Option("k1-qian", LONG_NAME, "栖云区教育局 部门经办人")),
        ),
        Field("process", "代理的事项", "select", options=KINDS, required=True, width="short"),
        Field("valid_from", "从哪一天", "date", "2025-09-08", required=True, width="short"),
        Field("valid_to", "到哪一天", "date", hint="当天 24:00 自动结束", required=True, width="short"),
        Field("reason", "原因", hint="如：培训、病假", maxlength=100),
    ),
    key="k" * 20,
    button="设置代理",
)  # fmt: skip
ROW = DeputyRow("李敏", "赵越", "全部事项", "全部岗位", MONDAY, FRIDAY, "代理中", True, "培训", "/deputies/x/end")
DEPUTIES = DeputiesPage(
    FORM,
    mine=(ROW, replace(ROW, kinds="转学", state="已结束", running=False, note="9月3日提前结束", end_url="")),
    taken=(replace(ROW, principal=LONG_NAME, deputy="赵越", office=LONG_SCHOOL, note="省级培训，" * 12),),
    others=(replace(ROW, deputy=LONG_NAME, principal="孙立", kinds="无身份证号学生", office="栖云区青松小学"),),
    leads=True,
)
WRONG = (
    FieldError("孙立在这段时间自己也由别人代理，不能再代理别人", "deputy"),
    FieldError("请写明代理到哪一天为止，不早于开始日期", "valid_to"),
)
SAMPLES: dict[str, tuple[str, Any, str]] = {
    "deputies": ("deputies/show.html", DEPUTIES, "代理"),
    "deputies-empty": ("deputies/show.html", DeputiesPage(replace(FORM, fields=FORM.fields[1:])), "代理"),
    "deputies-refused": ("deputies/show.html", replace(DEPUTIES, form=refused(FORM, WRONG)), "代理"),
}

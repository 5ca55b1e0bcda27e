"""Words for people that belong to codes: levels, kinds of case, outcomes, acts in an inbox."""

from workflow.rights import TITLES as ROLE_TITLES

LEVELS = {"nation": "国家", "province": "省级", "city": "市级", "county": "区县", "school": "学校"}
PROCESSES = {"transfer": "转学", "paper_file": "档案移交"}
DIRECTIONS = {"inside": "省内转学", "incoming": "外省转入", "outgoing": "转往外省"}
SEXES = {"male": "男", "female": "女"}
STATUSES = {"01": "在读", "02": "休学", "03": "退学", "06": "流失", "07": "毕业", "10": "转出", "11": "死亡"}
BUTTONS = {
    "decide": "核办",
    "correct": "补正",
    "arrive": "确认报到",
    "record": "登记结果",
    "task": "办理",
    "copy": "查看",
}
"""The one act a work item asks for, by its kind."""
PHASE_ENDS = {
    "effective": "已办结",
    "rejected": "不同意转学",
    "withdrawn": "已撤回",
    "expired": "逾期清理",
    "received": "已签收",
}
EVENTS = {
    "open": "建立申请",
    "submit": "提交申请",
    "approve": "同意",
    "return": "退回补正",
    "refuse": "不同意",
    "reassign_target": "另行安排学校",
    "record_milestone": "登记外省办理结果",
    "confirm_arrival": "确认报到",
    "withdraw": "撤回申请",
    "expire": "逾期清理",
    "send": "寄出纸质档案",
    "receive": "签收纸质档案",
    "comment": "留言",
    "attach": "上传材料",
    "withdraw_paper": "撤下材料",
    "remind": "提醒办理",
    "overdue": "逾期提醒",
    "supervise": "督办",
    "bulletin": "列入通报",
    "stale": "长期未办",
    "expiry_warning": "清理预告",
    "alarm": "岗位空缺告警",
    "climb": "移交上级办理",
    "redirect": "单位合并，转由承接单位办理",
    "recompute": "日历更新，期限重新计算",
    "print_certificate": "打印转学证明",
    "revoke_certificate": "撤销转学证明",
    "reissue_certificate": "换发转学证明",
}
DECISIONS = frozenset(
    {
        "submit",
        "approve",
        "return",
        "refuse",
        "reassign_target",
        "confirm_arrival",
        "withdraw",
        "record_milestone",
        "expire",
        "send",
        "receive",
    }
)
SYSTEM_EVENTS = frozenset(
    {
        "remind",
        "overdue",
        "supervise",
        "bulletin",
        "stale",
        "expiry_warning",
        "alarm",
        "climb",
        "redirect",
        "recompute",
        "expire",
    }
)

__all__ = [
    "BUTTONS",
    "DECISIONS",
    "DIRECTIONS",
    "EVENTS",
    "LEVELS",
    "PHASE_ENDS",
    "PROCESSES",
    "ROLE_TITLES",
    "SEXES",
    "STATUSES",
    "SYSTEM_EVENTS",
]

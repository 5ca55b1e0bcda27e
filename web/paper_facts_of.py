"""What stands on a certificate, from the facts frozen at its issue. Web and worker print from the same facts.

Nothing here needs a request: addresses come from the settings.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.certificates import Certificate
from web.papers.facts import NoIdCertificate, Opinion, Paper, Pupil, School, Seal, TransferCertificate, Verify, Void
from web.views import Fact
from workflow.calendar import day_of
from workflow.certificates import shown_code
from workflow.imports.codes import PUPIL_DOCUMENT
from workflow.problems import paper_kinds
from workflow.problems.paper_kinds import COVER, INQUIRY, RULING, WAIVER

TEMPLATES = {
    "transfer": "transfer_certificate",
    "no_id": "no_id_certificate",
    RULING: "problem_ruling",
    INQUIRY: "inquiry_sheet",
    COVER: "evidence_cover",
    WAIVER: "waiver",
}
"""Which paper a kind of certificate is printed on."""
KINDS = {
    "transfer": "转学证明",
    "no_id": "无身份证号学生在校就读证明表",
    RULING: "问题学籍仲裁决定书",
    INQUIRY: "问题学籍核查单",
    COVER: "问题学籍佐证材料封面",
    WAIVER: "放弃学籍转接说明",
}
SEAL_LABEL = "学籍业务电子章"
SEXES = {"male": "男", "female": "女"}
SYSTEM = "系统自动打印"
End = tuple[dt.datetime, str, str]
"""When, by whom and why a certificate ended: workflow.certificates.end_of."""


@dataclass(frozen=True)
class Print:
    """One print: by whom, when, the how manieth, for whom on the network, and whether it is only a specimen."""

    base_url: str
    specimen: bool
    at: dt.datetime
    by: str = SYSTEM
    copy: int = 1


def certificate_facts(certificate: Certificate, printing: Print, end: End | None = None) -> Mapping[str, object]:
    """Return the facts of the certificate's paper (TEMPLATES) for web.pdf.render; `end` puts 作废 across it."""
    head = _head(certificate, printing, end)
    if certificate.kind == "transfer":
        return _transfer(certificate, head)
    if certificate.kind == "no_id":
        return _no_id(certificate, head)
    return problem_facts(certificate.kind, certificate.facts, head)


def _head(certificate: Certificate, printing: Print, end: End | None) -> Paper:
    told = certificate.facts
    return {
        "number": certificate.number,
        "case_no": told["case_no"],
        "authority": told["authority"],
        "issued_by": told["issued_by"],
        "issued_at": certificate.issued_at.isoformat(),
        "copy": printing.copy,
        "printed_by": printing.by,
        "printed_at": printing.at.isoformat(),
        "rules": told["rules"],
        "specimen": printing.specimen,
        "verify": verify_facts(certificate, printing.base_url),
        "void": void_facts(end),
    }


def problem_facts(kind: str, told: dict[str, Any], head: Paper) -> Mapping[str, object]:
    """Return the facts of a paper of a problem, from those frozen at its issue."""
    about = {**head, "kind": told["kind"]}
    if kind == RULING:
        return {**about, **_ruling(told)}
    about |= {"pupil": _pupil(told["name"], told["pupil"]), "school": school_facts(told["school"])}
    if kind == INQUIRY:
        sheet = {"count": told["count"], "question": told["question"], "due_on": told["due_on"] or None}
        return {**about, **sheet, "seal": Seal(name=told["issued_by"], label=SEAL_LABEL)}
    if kind == WAIVER:
        return {**about, "guardians": _responsible(told["guardians"])}
    names = ("side", "answer", "reason", "note", "answered_on", "answered_by", "attachments")
    corrected = [{"label": one["label"], "value": _word_of(one)} for one in told["corrected"]]
    review = _opinion({"party": "主管部门", "recorded_by": "", **told["review"]}) if told["review"] else None
    return {**about, **{name: told[name] for name in names}, "corrected": corrected, "review": review}


def _ruling(told: dict[str, Any]) -> dict[str, Any]:
    whole = not told["side"]
    return {
        "whole": whole,
        "again": told["basis"] == "objection",
        "sides": [_ruled_side(one, whole) for one in told["sides"]],
        "reasons": told["reasons"],
        "text": told["text"],
        "decided_on": told["decided_on"],
        "object_until": told["object_until"] or None,
        "object_to": told["object_to"],
        "drafted_by": told["drafted_by"],
        "confirmed_by": told["confirmed_by"],
        "seal": Seal(name=told["issued_by"], label=SEAL_LABEL),
    }


def _ruled_side(one: dict[str, Any], whole: bool) -> dict[str, Any]:
    review = one["review"]
    into = f"第 {one['into']} 方" if whole and one["into"] else ""
    return {
        "word": f"第 {one['no']} 方" if whole else "",
        "pupil": _pupil(one["name"], one["pupil"]),
        "school": school_facts(one["school"]),
        "answer": one["answer"],
        "reviewed_by": review.get("office", ""),
        "reviewed_on": review.get("at", ""),
        "attachments": one["attachments"],
        "verdict": one["verdict"] + into,
        "consequence": one["consequence"],
        "corrected": [{"label": field["label"], "value": _word_of(field)} for field in one["corrected"]],
        "to_do": one["to_do"],
    }


def _word_of(field: dict[str, str]) -> str:
    """Return a corrected value as it is read."""
    words = {"sex": SEXES.get(field["value"], ""), "id_type": id_type_word(field["value"])}
    return words.get(field["field"], field["value"]) or field["value"]


def _responsible(told: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"name": one["name"], "relation": one["relation"], "number": one["id_tail"]} for one in told]


def _no_id(certificate: Certificate, head: Paper) -> NoIdCertificate:
    told = certificate.facts
    seal = Seal(name=told["issued_by"], label=SEAL_LABEL)
    return {**head, **no_id_facts(told), "seal": seal}  # type: ignore[typeddict-item]  # both parts are typed


def no_id_facts(told: dict[str, Any]) -> dict[str, Any]:
    """Return the body of 无身份证号学生在校就读证明表 from frozen facts or from those of today."""
    school = {name: told["school"][name] for name in ("name", "code", "department", "grade", "class_name")}
    return {
        "applied_on": told["applied_on"],
        "pupil": _pupil(told["name"], told["pupil"]),
        "school": school,
        "entered_on": told["school"]["entered_on"] or None,
        "address": told["address"],
        "guardians": _responsible(told["guardians"]),
        "reason": told["reason"],
        "note": told["note"],
        "opinions": [_opinion({**decision, "recorded_by": ""}) for decision in told["decisions"]],
    }


def _transfer(certificate: Certificate, head: Paper) -> TransferCertificate:
    told = certificate.facts
    return {
        **head,
        "kind": told["kind"],
        "applied_on": told["applied_on"],
        "pupil": _pupil(told["name"], told["pupil"]),
        "releasing": school_facts(told["releasing"]),
        "receiving": school_facts(told["receiving"]),
        "opinions": [_opinion(decision) for decision in told["decisions"]],
        "arrived_on": told["arrived_on"],
        "effective_on": told["effective_on"],
        "seal": Seal(name=told["issued_by"], label=SEAL_LABEL),
    }


def word_of(certificate: Certificate) -> str:
    """Return what pages call it: only papers about a problem are no 证明."""
    return "文书" if certificate.kind in paper_kinds.KINDS else "证明"


def schools(told: dict[str, Any]) -> tuple[Fact, ...]:
    """Return the school or both schools that a certificate names; none for a paper about several sides."""
    if "releasing" in told:
        return Fact("转出学校", told["releasing"]["name"]), Fact("转入学校", told["receiving"]["name"])
    return (Fact("就读学校", told["school"]["name"]),) if told["school"] else ()


def verify_facts(certificate: Certificate, base_url: str) -> Verify:
    """Return how a stranger checks the certificate."""
    page = f"{base_url}/verify"
    return {"url": f"{page}/{certificate.code}", "page": page, "code": shown_code(certificate.code)}


def void_facts(end: End | None) -> Void | None:
    """Return what is printed across and above a paper that does not hold any more."""
    if end is None:
        return None
    at, who, why = end
    return {"on": day_of(at).isoformat(), "by": who, "reason": why}


def school_facts(told: dict[str, str]) -> School:
    """Return one side of a transfer as papers print it."""
    return {
        "name": told["name"],
        "code": told["code"],
        "department": told["department"],
        "province": told["province"],
        "grade": told["grade"],
        "class_name": told["class_name"],
    }


def id_type_word(code: str) -> str:
    """Return what a document is called; the code itself when nobody knows it."""
    return PUPIL_DOCUMENT.canonical(code) or code


def masked(tail: str) -> str:
    """Return a number of which only the end may be seen."""
    return f"**************{tail}" if tail else ""


def _pupil(name: str, told: dict[str, Any]) -> Pupil:
    return {
        "name": name,
        "sex": SEXES.get(told["sex"], ""),
        "birth_date": told["birth_date"],
        "id_type": id_type_word(told["id_type"]),
        "id_number": masked(told["id_tail"]) or "无",
        "record_no": masked(told["record_tail"]),
        "nationality": told["nationality"],
        "ethnic_group": told["ethnicity"],
        "photo": None,
    }


def _opinion(told: dict[str, str]) -> Opinion:
    return {
        "party": told["party"],
        "office": told["office"],
        "seal": told["seal"],
        "state": "agreed",
        "text": "",
        "decider": told["decider"],
        "post": "",
        "decided_at": told["at"],
        "recorded_by": told["recorded_by"],
        "note": "",
    }

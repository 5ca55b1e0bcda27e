"""The form in which a ruling is drafted, and the preview of exactly what it would change."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from models.problems import ProblemSide
from web.masks import mask_number
from web.pages.problem_rulings import Choice, ForeseenRecord, Preset, PreviewPage, RulingForm, VerdictCard
from web.present import problems as shared
from web.present import words
from web.present.problems_compare import document
from web.present.problems_conflicts import conflict_words
from web.present.problems_words import CHOICE_LABELS, FIELD_LABELS
from web.views import Field, FieldError, Option
from workflow.errors import Reason
from workflow.imports.codes import PUPIL_DOCUMENT
from workflow.payload import COMMENT_LIMIT, MISSING
from workflow.problems import guards
from workflow.problems.facts import arbitrates, latest_ruling, school_of, sides_of
from workflow.problems.judging import Fault, first_fault
from workflow.problems.lists import CORRECTABLE, MAY_BE_DISTINCT, REASONS, VERDICTS, Entry
from workflow.problems.previewing import Foreseen, foresee, level_above_confirms
from workflow.problems.standing import as_judged, before
from workflow.problems.verdicts import CHOOSABLE, of_ruling, typed
from workflow.step import Step

RECEIVING = "这条记录保留，号码归这条记录，并接收并入的内容。"
TONES: dict[str, Any] = {"keep": "green", "distinct": "green", "correct": "amber", "remove_number": "amber",
                         "merge": "red", "close": "red"}  # fmt: skip
WORDS_HINT = (
    f"写明认定的事实和依据，最多 {COMMENT_LIMIT} 字。各方都会看到；其他学校和学生的名字对一方自动隐去，证件号请勿写入。"
)


def form(
    step: Step,
    key: str,
    around: Mapping[str, str],
    raw: MultiDict[str, str] | None = None,
    refused: Sequence[Reason] = (),
    preset: str = "",
) -> RulingForm | None:
    """Return the form for who drafts (or enters what another province decided); None for everybody else."""
    item = next((one for one in shared.my_items(step) if one.kind in ("rule", "record")), None)
    if item is None:
        return None
    given = raw if raw is not None else _given(step, preset)
    wrong = first_fault(step, typed_verdicts(step, given)) if any(one.field == "verdicts" for one in refused) else None
    faults = {reason.field: _said(reason, wrong) for reason in refused}
    place: dict[str, Any] = {"no": step.case.no, **around}
    return RulingForm(
        cards=tuple(_card(step, side, given, wrong) for side in sides_of(step) if side.student_id),
        reasons=_reasons(given, faults) if item.kind == "rule" else Field("reasons", "", "hidden"),
        words=Field("comment", "裁定理由" if item.kind == "rule" else "上级裁定的内容", "textarea",
                    given.get("comment", ""), hint=WORDS_HINT, error=faults.get("comment", ""), required=True,
                    maxlength=COMMENT_LIMIT, rows=5),
        revision=step.case.revision,
        key=key,
        preview_url=url_for("problems.preview", **place),
        presets=tuple(_presets(step, place)) if item.kind == "rule" else (),
        errors=tuple(FieldError(faults[reason.field], _place_of(reason, wrong)) for reason in refused),
        on_date=_on_date(step, given, faults) if item.kind == "record" else None,
        heading="拟定裁定" if item.kind == "rule" else "登记裁定结果",
    )  # fmt: skip


def _said(reason: Reason, wrong: Fault | None) -> str:
    """Return what is missing by its name: an empty form has three places that could be meant."""
    if reason.message != MISSING:
        return reason.message
    return {"verdicts": str(wrong or ""), "reasons": "请勾选认定依据"}.get(reason.field, "") or MISSING


def _place_of(reason: Reason, wrong: Fault | None) -> str:
    """Return the field that an error of the list leads to: the very card or value of a verdict where it is known."""
    if reason.field == "verdicts" and wrong is not None and wrong.side:
        return f"corrected-{wrong.side}.{wrong.field}" if wrong.field else f"card-{wrong.side}"
    return reason.field


def _on_date(step: Step, given: MultiDict[str, str], faults: Mapping[str, str]) -> Field:
    value = given.get("on_date", "") or step.today.isoformat()
    return Field("on_date", "裁定日期", "date", value, error=faults.get("on_date", ""), required=True, width="short")


def _reasons(given: MultiDict[str, str], faults: Mapping[str, str]) -> Field:
    options = tuple(Option(code, entry.title) for code, entry in REASONS.items())
    return Field("reasons", "认定依据（可多选）", "checks", chosen=tuple(given.getlist("reasons")), options=options,
                 error=faults.get("reasons", ""), required=True)  # fmt: skip


def _verdicts_of(step: Step) -> dict[str, Entry]:
    kinds = MAY_BE_DISTINCT
    return {code: entry for code, entry in VERDICTS.items() if code != "distinct" or step.subject.kind in kinds}


def _card(step: Step, side: ProblemSide, given: MultiDict[str, str], wrong: Fault | None) -> VerdictCard:
    no, school = side.no, school_of(step.world, side)
    here = wrong if wrong is not None and wrong.side == no else None
    others = [one for one in sides_of(step) if one.student_id and one.no != no]
    into = given.get(f"into-{no}", "")
    if into not in {str(one.no) for one in others}:
        into = str(others[0].no) if len(others) == 1 else ""
    return VerdictCard(
        no=no,
        word=f"第 {no} 方",
        child=as_judged(step)[no].name,
        school=school.name if school else "",
        options=tuple(Option(code, one.title, one.consequence) for code, one in _verdicts_of(step).items()),
        chosen=given.get(f"verdict-{no}", ""),
        into=tuple(Option(str(one.no), f"第 {one.no} 方 {as_judged(step)[one.no].name}") for one in others),
        into_chosen=into,
        choices=tuple(_choice(step, no, name, given, into) for name in CHOOSABLE if _unlike(step, no, into, name)),
        corrected=_corrected(no, given, {here.field: here.message} if here and here.field else {}),
        error=str(here) if here and not here.field else "",
    )


def _unlike(step: Step, no: int, into: str, name: str) -> bool:
    """Only what differs between the two records is chosen; without a target everything may be."""
    target = as_judged(step)[int(into)] if into else None
    if target is None or name == "details":
        return True
    return bool(getattr(as_judged(step)[no], name) != getattr(target, name))


def _choice(step: Step, no: int, name: str, given: MultiDict[str, str], into: str) -> Choice:
    mine, target = as_judged(step)[no], as_judged(step)[int(into)] if into else None
    options = (
        Option("", "保留方的", _shown(name, target) if target else ""),
        Option(str(no), f"第 {no} 方的", _shown(name, mine)),
    )
    return Choice(f"choice-{no}-{name}", CHOICE_LABELS[name], options, given.get(f"choice-{no}-{name}", ""))


def _shown(name: str, student: Any) -> str:
    return "" if name == "details" else value_word(name, str(getattr(student, name) or ""))


def value_word(name: str, value: str, whole: bool = False) -> str:
    """Return a field's value as it is read; numbers are masked unless they were typed here."""
    if not value:
        return "空"
    if name in ("id_number", "record_no"):
        return value if whole else mask_number(value[-4:])
    if name == "sex":
        return words.SEXES.get(value, value)
    return document(value) if name == "id_type" else value


def _corrected(no: int, given: MultiDict[str, str], faults: Mapping[str, str]) -> tuple[Field, ...]:
    prefix = f"corrected-{no}."
    return corrected_fields(prefix, {name: given.get(prefix + name, "") for name in CORRECTABLE}, faults)


def corrected_fields(
    prefix: str, value: Mapping[str, str], faults: Mapping[str, str] | None = None
) -> tuple[Field, ...]:
    """Return the fields for corrected key data; what stays as it is is left empty."""
    sexes = (Option("", "不改"), *(Option(code, word) for code, word in words.SEXES.items()))
    kinds = (Option("", "不改"), *(Option(PUPIL_DOCUMENT.code_of(one) or "", one) for one in PUPIL_DOCUMENT.labels))
    choices = {"sex": sexes, "id_type": kinds}
    kind: dict[str, Any] = {"sex": "select", "id_type": "select", "birth_date": "date"}
    return tuple(
        Field(prefix + name, label, kind.get(name, "text"), value.get(name, ""), options=choices.get(name, ()),
              error=(faults or {}).get(name, ""), maxlength=100 if name == "name" else None,
              autocomplete="off" if name in ("name", "id_number") else "")
        for name, label in CORRECTABLE.items()
    )  # fmt: skip


def _given(step: Step, preset: str) -> MultiDict[str, str]:
    """Return what the cards hold at first: a preset that was picked, else the draft that came back."""
    filled = _preset_values(step, preset)
    if filled:
        return MultiDict(filled)
    ruling = latest_ruling(step)
    if ruling is None or ruling.confirmed_at is not None or ruling.basis == "sides":
        return MultiDict()
    values = MultiDict([(f"verdict-{one['side']}", one["verdict"]) for one in ruling.verdicts])
    for one in ruling.verdicts:
        if one.get("into"):
            values[f"into-{one['side']}"] = str(one["into"])
        for name, side in (one.get("choices") or {}).items():
            if side == one["side"]:
                values[f"choice-{one['side']}-{name}"] = str(side)
    for side, corrected in ruling.words.get("corrected", {}).items():
        for name, value in corrected.items():
            values[f"corrected-{side}.{name}"] = value
    values.setlist("reasons", list(ruling.reasons))
    values["comment"] = ruling.words.get("text", "")
    return values


def _presets(step: Step, place: Mapping[str, Any]) -> list[Preset]:
    found = []
    for key, (word, hint, _) in enumerate(_outcomes(step), 1):
        if key > 9:
            break
        address = url_for("problems.show", **place, preset=str(key), _anchor="ruling-form")
        found.append(Preset(str(key), word, hint, address))
    return found


def _outcomes(step: Step) -> list[tuple[str, str, dict[str, str]]]:
    """Return the common outcomes: (word, what it means, what the cards hold)."""
    numbers = [side.no for side in sides_of(step) if side.student_id]
    found: list[tuple[str, str, dict[str, str]]] = []
    if step.subject.kind in MAY_BE_DISTINCT:
        all_distinct = {f"verdict-{no}": "distinct" for no in numbers}
        found.append(("不同的学生，都维持", "各条记录都不变，今后不再提示这一组。", all_distinct))
    for no in numbers:
        merged = {f"verdict-{other}": "merge" for other in numbers if other != no}
        merged |= {f"into-{other}": str(no) for other in numbers if other != no}
        found.append((f"同一学生，保留第 {no} 方", "其余各方并入这条记录。", {f"verdict-{no}": "keep", **merged}))
    if step.subject.kind == "id_exact":
        for no in numbers:
            others = {f"verdict-{other}": "remove_number" for other in numbers if other != no}
            hint = "其余各方去除号码，改按无身份证号办理。"
            found.append((f"不同学生，号码归第 {no} 方", hint, {f"verdict-{no}": "keep", **others}))
    return found


def _preset_values(step: Step, preset: str) -> dict[str, str]:
    by_key = {str(number): values for number, (_, _, values) in enumerate(_outcomes(step), 1)}
    return by_key.get(preset, {})


def typed_verdicts(step: Step, raw: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Return the cards of a form as the engine takes them."""
    found, known = [], {str(side.no) for side in sides_of(step)}
    for side in sides_of(step):
        verdict = raw.get(f"verdict-{side.no}", "")
        if not verdict:
            continue
        one: dict[str, Any] = {"side": side.no, "verdict": verdict}
        if verdict == "merge":
            into = raw.get(f"into-{side.no}", "")
            one["into"] = int(into) if into in known else None
            prefix = f"choice-{side.no}-"
            one["choices"] = {
                name.removeprefix(prefix): side.no for name, value in raw.items() if name.startswith(prefix) and value
            }
        elif verdict == "correct":
            prefix = f"corrected-{side.no}."
            one["corrected"] = {
                name.removeprefix(prefix): value.strip()
                for name, value in raw.items()
                if name.startswith(prefix) and value.strip()
            }
        found.append(one)
    return found


# ---- the preview -----------------------------------------------------------------------------------------------------


def preview(step: Step, raw: MultiDict[str, str], values: Mapping[str, Any], key: str,
            around: Mapping[str, str]) -> PreviewPage:  # fmt: skip
    """Return exactly what the draft would change, with everything typed carried along."""
    verdicts = typed(values["verdicts"])
    item = next(one for one in shared.my_items(step) if one.kind in ("rule", "record"))
    place: dict[str, Any] = {"no": step.case.no, **around}
    action = "draft_ruling" if item.kind == "rule" else "record_outside"
    kept = [(name, value) for name, value in raw.items(multi=True) if name not in CARRIED and value.strip()]
    above = level_above_confirms(step, verdicts)
    warnings = [*restored_first(step), *_doubtful_sides(step)]
    if above:
        warnings.append("并入的两条记录都有各自的就读经历或办结的业务，由上一级部门负责人复核。")
    return PreviewPage(
        no=step.case.no,
        title=shared.title(step),
        records=tuple(foreseen_record(step, one) for one in foresee(step, verdicts)),
        reasons=tuple(REASONS[code].title for code in values.get("reasons", [])),
        words=str(values.get("comment", "")),
        fields=tuple(Field(name, "", "hidden", value) for name, value in kept),
        send_url=url_for("problems.act", action=action, **place),
        edit_url=url_for("problems.edit", **place),
        key=key,
        revision=step.case.revision,
        next_holder=_next_holder(step, above),
        warnings=tuple(warnings),
        before=before_word(step),
    )


def _doubtful_sides(step: Step) -> list[str]:
    """Say which side took papers back, and whose school is no more, to whoever is about to rule."""
    found = []
    for side in sides_of(step):
        kinds = "、".join(paper.kind for paper in guards.withdrawn_by(step, side))
        if kinds:
            found.append(f"第 {side.no} 方已撤下{kinds}，不能再作为认定依据。")
        if said := shared.heir(step.world, side):
            found.append(f"第 {side.no} 方：{said}")
    return found


def is_asked(step: Step) -> bool:
    """Tell whether the viewer drafts a ruling now, or confirms one."""
    return any(item.kind in ("rule", "record", "confirm") for item in shared.my_items(step))


def restored_first(step: Step) -> tuple[str, ...]:
    """Say that a ruling which still stands is taken back first, and what was changed since and stays; else nothing."""
    start = before(step)
    if start.ruling is None:
        return ()
    kept = conflict_words(start.conflicts, {side.student_id: f"第 {side.no} 方" for side in sides_of(step)})
    said = "原裁定仍然有效。新的裁定生效时先撤回原裁定，各条记录恢复到原裁定之前，再按新的裁定变更。"
    return (said, *(f"原裁定之后另行变更，保留不动：{line}。" for line in kept))


def foreseen_at_confirmation(step: Step) -> tuple[ForeseenRecord, ...]:
    """Return what the draft would change, for whoever confirms it now."""
    ruling = latest_ruling(step)
    if ruling is None or ruling.confirmed_at or not any(item.kind == "confirm" for item in shared.my_items(step)):
        return ()
    verdicts = of_ruling(ruling.verdicts, ruling.words)
    return tuple(foreseen_record(step, one) for one in foresee(step, verdicts))


def before_word(step: Step) -> str:
    """Return what the values are called from which the changes start."""
    return "恢复后" if before(step).ruling is not None else "现在"


CARRIED = ("csrf_token", "idempotency_key", "revision")


def _next_holder(step: Step, above: bool) -> str:
    offices = list(step.world.upwards(arbitrates(step)))
    return offices[min(1, len(offices) - 1) if above else 0].name


def foreseen_record(step: Step, one: Foreseen) -> ForeseenRecord:
    """Return what becomes of one record: a sentence, the fields before and after, and what moves."""
    school = school_of(step.world, one.side)
    moves = [f"家庭成员{person}移到第 {one.verdict.into} 方" for person in one.guardians]
    if one.history:
        moves.append(f"{one.history} 条学籍异动移到第 {one.verdict.into} 方")
    if one.verdict.verdict == "merge":
        moves.append(f"按这条记录的证件号、学籍号查找，会转到第 {one.verdict.into} 方")
    moves += [f"第 {number} 方并入这条记录" for number in one.receives]
    title = VERDICTS[one.verdict.verdict].title
    return ForeseenRecord(
        word=f"第 {one.side.no} 方",
        child=one.student.name,
        school=school.name if school else "",
        verdict=title + (f"第 {one.verdict.into} 方" if one.verdict.into else ""),
        sentence=RECEIVING if one.receives else VERDICTS[one.verdict.verdict].consequence,
        tone=TONES[one.verdict.verdict],
        changes=tuple(
            (FIELD_LABELS.get(change.field, change.field), value_word(change.field, change.before),
             value_word(change.field, change.after, change.typed))
            for change in one.changes
        ),
        moves=tuple(moves),
    )  # fmt: skip

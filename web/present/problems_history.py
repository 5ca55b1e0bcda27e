"""The story of a problem as its reader may know it, and the case that takes a ruling back."""

from dataclasses import replace
from typing import Any

from flask import url_for

from models.problems import RulingImage
from models.students import Student
from web.masks import mask_number
from web.pages.problem_rulings import ForeseenRecord, UndoPage
from web.present import deliveries, timeline, words
from web.present import problems as shared
from web.present.problems_conflicts import COLUMNS, TABLES, UNSAID, conflict_words, with_conflicts
from web.views import ActionPanel, Fact, TimelineEntry
from workflow import casefile, processes, talk
from workflow.calendar import day_of
from workflow.casefile import Entry
from workflow.problems import images, sight, undoing
from workflow.problems.facts import sides_of
from workflow.problems.images import Seen
from workflow.step import Step

OF_A_SIDE = frozenset(
    {"answer_delete", "answer_correct", "answer_claim", "accept_side", "return_side", "side_silent", "answer_inquiry",
     "inquiry_silent", "object", "issue_paper"}
)  # fmt: skip
TO_SIDES = frozenset({"send_inquiry", "back_to_sides"})
FOR_ALL = frozenset({"open", "confirm_ruling", "conclude", "withdraw_case", "confirm_termination", "confirm_jump"})
PAPERS = frozenset({"attach", "withdraw_paper"})
BESIDE = frozenset({"consult", "drop_consult", "advise", "copy", "read", "urge"})
"""What an office does beside the questions; the others are not told."""
TOLD = ("office", "side", "kind", "items", "item", "answer", "paper", "position", "handed_to")
"""What of an event a side may know."""
QUIET = frozenset({"confirm_ruling", "open", "confirm_termination", "confirm_jump"})
"""What these say is for the deciding office."""


def entries(step: Step) -> list[Entry]:
    """Return the events that the viewer may know of: for a side its own, and what concerns everybody."""
    found = casefile.entries(step)
    if step.case.process != "problem":
        return found
    if sight.sees_all(step):
        names: dict[int | None, str] = {side.student_id: f"第 {side.no} 方" for side in sides_of(step)}
        return [with_conflicts(entry, names) for entry in found]
    own = {side.no for side in sight.visible_sides(step)}
    return [_as_told(step, entry, own) for entry in found if _may_know(step, entry, own)]


def _may_know(step: Step, entry: Entry, own: set[int]) -> bool:
    body = entry.body
    if entry.action in BESIDE:
        told = (body.get("handed_to") or {}).get("id")
        offices = {body.get("office"), body.get("for_office")}
        return bool(offices & step.actor.org_ids) or told == step.actor.id
    if entry.action in OF_A_SIDE:
        return body.get("side") in own
    if entry.action in TO_SIDES:
        return bool(own & set(body.get("sides", [])))
    if entry.action in PAPERS:
        return bool(body.get("office")) and sight.may_see_paper_of(step, body["office"])
    if entry.action == "comment":
        return any(talk.reads_words_of(step, own_office, [body["office"]]) for own_office in step.actor.org_ids)
    if "item" in body:
        return any(item.id == body["item"] and item.turn in own and item.kind in shared.SIDE_ITEMS
                   for item in step.items)  # fmt: skip
    return entry.action in FOR_ALL


def _as_told(step: Step, entry: Entry, own: set[int]) -> Entry:
    """Cut an event down to what concerns this side."""
    comment = "" if entry.action in QUIET else shared.for_side(step, entry.comment)
    body: dict[str, Any] = {name: entry.body[name] for name in TOLD if name in entry.body}
    if "verdicts" in entry.body:
        body["verdicts"] = [one for one in entry.body["verdicts"] if one["side"] in own]
    if "sides" in entry.body:
        body["sides"] = sorted(own & set(entry.body["sides"]))
    body["verdicts"] = [{name: one[name] for name in ("side", "verdict")} for one in body.get("verdicts", [])]
    if not body["verdicts"]:
        del body["verdicts"]
    return replace(entry, comment=comment, body=body)


def told(step: Step, *, delivered: bool = True) -> tuple[TimelineEntry, ...]:
    """Return the events as they are read, the latest first; a side reads of the notices of its own offices only."""
    if not delivered:
        return timeline.told(step, entries(step))
    own = frozenset(number for office in step.actor.org_ids for number in step.world.below(office))
    states = deliveries.of(step, None if sight.sees_all(step) else own)
    return timeline.told(step, entries(step), delivered=states)


# ---- undoing ---------------------------------------------------------------------------------------------------------


def undo_page(step: Step, taken_back: undoing.TakenBack, panel: ActionPanel) -> UndoPage:
    """Return the page of an undo case: why, what would be put back, and what would stay because it changed since."""
    ruling, parent, case = taken_back.ruling, taken_back.step.case, step.case
    done = case.closed_at is not None
    found = taken_back.images
    deletion = parent.process != "problem"
    word = "注销" if deletion else "裁定"
    return UndoPage(
        no=case.no,
        word=word,
        title=f"撤销{word}：{parent.no}",
        state=processes.of(case).phases[case.phase].title,
        ball=shared.ball(step),
        facts=(
            Fact("问题类别", _kind(taken_back.step)),
            Fact("主管部门" if deletion else "裁定部门", step.world.name(ruling.office_id)),
            Fact(f"{word}生效", f"{day_of(ruling.confirmed_at):%Y年%-m月%-d日}" if ruling.confirmed_at else ""),
            Fact("撤销期至", f"{undoing.last_day(step.world, ruling):%Y年%-m月%-d日}"),
            Fact("提请单位", step.world.name(case.applicant_org_id)),
        ),
        reason=str(step.subject.words.get("reason", "")),
        records=_restored(step, found, word),
        conflicts=conflicts(step, found),
        problem=(parent.no, url_for("cases.show", no=parent.no)),
        panel=panel,
        timeline=told(step, delivered=done),
        done=done,
    )


def _kind(parent: Step) -> str:
    return shared.kind_word(parent) if parent.case.process == "problem" else "证件号错误：删除记录"


def _belongs_to(image: RulingImage) -> int:
    """Return the number of the record that an image is about, before the ruling."""
    content = image.before or image.after or {}
    return image.row_id if image.table_name == "student" else int(content.get("student_id") or 0)


def _restored(step: Step, found: list[Seen], word: str) -> tuple[ForeseenRecord, ...]:
    """Every record with what it has now and what it had before the ruling."""
    by_student: dict[int, list[RulingImage]] = {}
    for one in found:
        by_student.setdefault(_belongs_to(one.image), []).append(one.image)
    records = [
        _restored_record(step, one.row, one.school_id, by_student[one.image.row_id], word)
        for one in found
        if one.image.table_name == "student" and one.row is not None
    ]
    return tuple(record for record in records if record.changes or record.moves)


def _restored_record(step: Step, student: Student, school: int | None, stored: list[RulingImage],
                     word: str) -> ForeseenRecord:  # fmt: skip
    changes = []
    moves = []
    for image in stored:
        before, after = image.before or {}, image.after or {}
        unlike = [name for name, value in before.items() if value != after.get(name) and name not in UNSAID]
        if image.table_name in ("student", "enrolment"):
            changes += [(COLUMNS.get(name, name), _plain(name, after.get(name)), _plain(name, before.get(name)))
                        for name in unlike]  # fmt: skip
        elif "student_id" in unlike:
            moves.append(f"{TABLES[image.table_name]}移回这条记录")
    return ForeseenRecord(
        word=student.name,
        child="",
        school=step.world.name(school),
        verdict=f"恢复到{word}之前",
        sentence="",
        tone="amber",
        changes=tuple(changes),
        moves=tuple(dict.fromkeys(moves)),
    )


def _plain(name: str, value: Any) -> str:
    if isinstance(value, dict):
        (text,) = value.values()
        value = str(text)[:10]
    if value in (None, ""):
        return "空"
    if name.endswith("_tail"):
        return mask_number(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if name in ("student_id", "merged_into_id"):
        return "另一条记录"
    return words.SEXES.get(value, WORDS.get((name, value), str(value)))


WORDS = {("status", code): word for code, word in words.STATUSES.items()}
WORDS |= {("status", "99"): "已注销", ("end_code", "99"): "裁定注销"}


def conflicts(step: Step, found: list[Seen]) -> tuple[str, ...]:
    """Name what would stay as it is; once the ruling was taken back, what did stay."""
    names: dict[int | None, str] = {one.row.id: one.row.name for one in found if isinstance(one.row, Student)}
    if step.case.closed_at is None:
        copies = images.as_restored(found)
        return conflict_words([*images.conflicts_of(found), *images.disputed_again(step.session, copies)], names)
    stored = [text for entry in casefile.entries(step) for text in entry.body.get("conflicts", ())]
    return conflict_words(map(images.Conflict.read, stored), names)

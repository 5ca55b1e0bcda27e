"""Looking up pupils and reading one record; numbers are masked until a purpose is given."""

from flask import Blueprint, render_template, request, url_for

from models.students import Student
from web import clock
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.masks import mask_number
from web.pages.students import StudentPage, StudentRow, StudentsPage
from web.present import students as presented
from web.present import words
from web.views import Empty, Field, FieldError, Form, Pager
from workflow import students
from workflow.payload import text_fault
from workflow.students import Hit, Record

bp = Blueprint("students", __name__, url_prefix="/students")
PAGE = 25
LONGEST_SEARCH = 50
LONGEST_PURPOSE = 100


@bp.get("/")
def search() -> str | tuple[str, int]:
    """Draw the search page; without words it lists the own pupils."""
    text = request.args.get("q", "").strip()
    fault = text_fault(text, LONGEST_SEARCH)
    if fault:
        return render_template(
            "students/search.html", page=StudentsPage(_search_form(text[:LONGEST_SEARCH], fault))
        ), 422
    hits = students.search(read_session(), current_actor(), current_world(), text, _after(), PAGE + 1)
    page = StudentsPage(
        form=_search_form(text, ""),
        rows=tuple(_row(hit) for hit in hits[:PAGE]),
        searched=text,
        pager=_pager(text, hits),
        empty=Empty("没有找到", "请核对姓名，或用完整的学籍号、身份证件号查找。"),
        enter_url=url_for("entries.new") if any(desk.role == "school_clerk" for desk in current_actor().desks) else "",
    )
    return render_template("students/search.html", page=page)


@bp.get("/<public_id>")
def show(public_id: str) -> str:
    """Draw one record; the look is written down."""
    record = _read(public_id)
    _note(record.student, "view", "")
    return _draw(record, revealed=False)


@bp.post("/<public_id>")
def reveal(public_id: str) -> str | tuple[str, int]:
    """Show the whole numbers once, for a purpose that is written down."""
    record, purpose = _read(public_id), request.form.get("purpose", "").strip()
    fault = text_fault(purpose, LONGEST_PURPOSE) if purpose else "请写明用途"
    if fault:
        return _draw(record, revealed=False, fault=fault, purpose=purpose), 422
    _note(record.student, "reveal", purpose)
    return _draw(record, revealed=True)


def _draw(record: Record, revealed: bool, fault: str = "", purpose: str = "") -> str:
    field = Field("purpose", "用途", value=purpose, error=fault, required=True, maxlength=LONGEST_PURPOSE)
    errors = (FieldError(fault, "purpose"),) if fault else ()
    form = None if revealed or record.former else Form((field,), errors, new_key(), button="查看")
    page: StudentPage = presented.page(read_session(), current_actor(), current_world(), record, revealed, form)
    return render_template("students/show.html", page=page)


def _read(public_id: str) -> Record:
    return students.read(read_session(), current_actor(), current_world(), public_id)


def _note(student: Student, what: str, purpose: str) -> None:
    actor, now = current_actor(), clock.now()
    write(lambda session: students.note_look(session, actor, student, what, purpose, now))


def _search_form(text: str, fault: str) -> Form:
    field = Field(
        "q", "姓名、学籍号或身份证件号", "search", text, error=fault, hint="号码要写完整", maxlength=LONGEST_SEARCH
    )
    return Form((field,), (FieldError(fault, "q"),) if fault else (), button="查找")


def _row(hit: Hit) -> StudentRow:
    student = hit.student
    return StudentRow(
        url=url_for(".show", public_id=student.public_id),
        name=student.name,
        number=mask_number(student.record_no_tail),
        sex=words.SEXES[student.sex],
        klass=f"{current_world().name(hit.school_id)} {hit.room.name}",
        state=words.STATUSES.get(student.status, student.status),
        note="证件号有重复" if student.disputed and presented.hears_of_others(current_actor(), current_world()) else "",
    )


def _pager(text: str, hits: list[Hit]) -> Pager:
    if len(hits) <= PAGE:
        return Pager(first_url=url_for(".search", q=text) if request.args.get("after") else "")
    key, number = hits[PAGE - 1].cursor
    return Pager(
        next_url=url_for(".search", q=text, after=f"{number}-{key}"),
        first_url=url_for(".search", q=text) if request.args.get("after") else "",
    )


def _after() -> tuple[str, int] | None:
    number, _, key = request.args.get("after", "").partition("-")
    return (key[:100], int(number)) if key and number.isascii() and number.isdigit() and len(number) < 16 else None

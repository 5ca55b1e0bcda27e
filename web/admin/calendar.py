"""The working days of a year at a place: the view, taking in a file, and working out a term."""

import csv
import datetime as dt
import io
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.calendar import CalendarDay
from web import clock
from web.admin.frame import (
    bp,
    chosen_department,
    departments,
    office_options,
    reach,
    reach_or_refuse,
)
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.downloads import attachment
from web.pages.calendar import CalendarPage
from web.present import calendar as presented
from web.views import Field, FieldError, Form, Option, Tab, refused
from workflow import administration, calendar_changes
from workflow.administration import READERS, SYSTEM
from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.calendar_changes import Taken
from workflow.calendar_files import COLUMNS, CalendarFileWrong
from workflow.errors import NotAllowed, Unacceptable
from workflow.payload import date_of
from workflow.world import NATION, Office

LONGEST_TERM = 2000
WHOLE = Option("yes", "文件是这些年份的全部安排，原有而文件中没有的日子删去")


@bp.get("/calendar", endpoint="calendar")
def index() -> str | tuple[str, int]:
    """Draw a year; with `from` and `days` the address also asks when a term ends."""
    office = chosen_department("place", reach_or_refuse(*READERS))
    compute, computed = _compute(office)
    page = _page(office, compute, computed)
    body = render_template("admin/calendar.html", page=page)
    return (body, 422) if compute.errors else body


@bp.post("/calendar/import")
def calendar_import() -> Response | tuple[str, int]:
    """Take in a file for a region and count open deadlines anew."""
    reach_or_refuse(*READERS)
    actor, now, file = current_actor(), clock.now(), request.files.get("file")
    try:
        region, name = _region(request.form.get("region", ""))
        if file is None or not file.filename:
            raise Unacceptable("file", "请选择 CSV 文件")
        rows = calendar_changes.read(file.read(calendar_changes.LARGEST + 1))

        def work(session: Session) -> Taken:
            said = f"导入日历 {region} {rows[0].day} 至 {rows[-1].day} 共 {len(rows)} 天"
            administration.note(session, actor, "admin_calendar", said, now)
            return calendar_changes.take_in(session, region, rows, now, whole="whole" in request.form)

        taken = write(work)
    except CalendarFileWrong as wrong:
        return _given_back(FieldError(presented.fault_in_words(wrong), "file")), 422
    except Unacceptable as wrong:
        return _given_back(FieldError(wrong.message, wrong.field)), 422
    changed = presented.changed_days(taken)
    flash(f"{name}：已导入 {taken.days} 天{changed}；{len(taken.moved)} 件在办事项的期限随之更改", "done")
    return redirect(url_for(".calendar", year=rows[-1].day.year), 303)


@bp.get("/calendar/days.csv")
def calendar_file() -> Response:
    """Give out a year's days in the form in which they are taken in."""
    office, year = chosen_department("place", reach_or_refuse(*READERS)), _year()
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for day, row in sorted(_announced(office, year).items()):
        writer.writerow((day.isoformat(), "yes" if row.working else "no", row.note, row.source))
    return attachment(buffer.getvalue().encode("utf-8-sig"), f"calendar-{year}.csv", "text/csv; charset=utf-8")


def _given_back(error: FieldError) -> str:
    office = chosen_department("place", reach(*READERS))
    page = _page(office, _compute_form(clock.today().isoformat(), "10"), "")
    form = page.upload
    if form is None:
        raise NotAllowed("calendar", error.message)
    sent = request.form.get("region", "")
    fields = tuple(replace(field, value=sent) if field.name == "region" else field for field in form.fields)
    upload = refused(replace(form, fields=fields), (error,))
    return render_template("admin/calendar.html", page=replace(page, upload=upload))


def _page(office: Office, compute: Form, computed: str) -> CalendarPage:
    year, world = _year(), current_world()
    days = _announced(office, year)
    sources = dict.fromkeys(row.source for row in days.values())
    return CalendarPage(
        year=year,
        region=office.name,
        months=presented.months(year, days, clock.today()),
        known=year in world.calendar(office).years,
        source="；".join(sources),
        years=_years(office, year),
        specials=presented.specials(days),
        upload=_upload(),
        compute=compute,
        computed=computed,
        filter=_filter(office, year),
        place=office.public_id,
        file_url=url_for(".calendar_file", year=year, place=office.public_id),
    )


def _announced(office: Office, year: int) -> dict[dt.date, CalendarDay]:
    """Return what was announced for the place, nearer regions over farther ones. One statement."""
    regions = [NATION, *reversed([one.code for one in current_world().upwards(office)])]
    within = CalendarDay.day.between(dt.date(year, 1, 1), dt.date(year, 12, 31))
    rows = read_session().scalars(select(CalendarDay).where(CalendarDay.region.in_(regions), within))
    return {row.day: row for row in sorted(rows, key=lambda row: regions.index(row.region))}


def _year() -> int:
    text = request.args.get("year", "")
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else clock.today().year
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _years(office: Office, year: int) -> tuple[Tab, ...]:
    known = {day.year for days in current_world().days.values() for day in days}
    this = clock.today().year
    shown = sorted({*(one for one in known if abs(one - this) <= 3), this, this + 1, year})
    return tuple(Tab(f"{one}", url_for(".calendar", year=one, place=office.public_id), one == year) for one in shown)


def _filter(office: Office, year: int) -> Form:
    choices = office_options(departments(reach(*READERS)))
    place = Field("place", "看哪里的日历", "select", office.public_id, required=True, options=choices)
    return Form((place, Field("year", "", "hidden", str(year))), button="切换")


# ---- taking in -------------------------------------------------------------------------------------------------------


def _upload() -> Form | None:
    regions = _regions()
    if not regions:
        return None
    fields = (
        Field("region", "用于", "select", regions[0].value, required=True, options=regions),
        Field(
            "file",
            "CSV 文件",
            "file",
            required=True,
            accept=".csv",
            hint="第一行 day,working,note,source；working 写 no（放假）或 yes（调休上班）；source 写公布的文件。"
            "有 10 月 1 日的年份视为全年安排，整年替换",
        ),
        Field("whole", "整年替换", "checks", options=(WHOLE,)),
    )
    return Form(fields, key=new_key(), button="导入")


def _regions() -> tuple[Option, ...]:
    """Return where the visitor may set days: his offices, and the whole country at the top of the tree."""
    places = departments(reach(SYSTEM))
    nation = (Option(NATION, "全国"),) if any(office.parent_id is None for office in places) else ()
    return (*nation, *office_options(places))


def _region(chosen: str) -> tuple[str, str]:
    """Return the code and name of the region chosen. Raises NotAllowed or Unacceptable."""
    regions = _regions()
    if not regions:
        raise NotAllowed("calendar", "日历由系统管理员导入")
    option = next((one for one in regions if one.value == chosen), None)
    if option is None:
        raise Unacceptable("region", "请选择用于哪里")
    if chosen == NATION:
        return NATION, option.word
    return administration.office_of(current_world(), chosen, reach(SYSTEM)).code, option.word


# ---- working out -----------------------------------------------------------------------------------------------------


def _compute(office: Office) -> tuple[Form, str]:
    start, days = request.args.get("from", clock.today().isoformat()), request.args.get("days", "10").strip()
    form = _compute_form(start[:10], days[:6])
    if "from" not in request.args and "days" not in request.args:
        return form, ""
    day = date_of(start)
    errors = []
    if day is None:
        errors.append(FieldError("日期应写成 2025-09-01 的样子", "from"))
    elif not FIRST_YEAR <= day.year <= LAST_YEAR:
        errors.append(FieldError(f"日期应在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间", "from"))
    if not (days.isascii() and days.isdigit() and len(days) <= 4 and 1 <= int(days) <= LONGEST_TERM):
        errors.append(FieldError(f"应为 1 到 {LONGEST_TERM} 的整数", "days"))
    if errors or day is None:
        return refused(form, tuple(errors)), ""
    return form, presented.due_in_words(current_world().calendar(office), day, int(days))


def _compute_form(start: str, days: str) -> Form:
    return Form(
        (
            Field("from", "从", "date", start, required=True, hint="次日算第一天", width="short"),
            Field("days", "工作日", value=days, required=True, inputmode="numeric", maxlength=4, width="short"),
        ),
        button="算",
    )

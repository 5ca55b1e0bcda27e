"""What the pages and the paper of a bulletin are made of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import url_for

from models.bulletins import Bulletin
from web.formats import full_minute
from web.pages.statistics import (
    BulletinPage,
    BulletinRow,
    BulletinsPage,
    Figure,
    FigureLine,
    FigureTable,
    Linked,
)
from web.papers.facts import Bulletin as Paper
from web.present import bulletins as presented
from web.present.bulletin_links import Links, of_draft, of_issued
from web.present.bulletins import Column, Row
from web.views import Field, FieldError, Form, Tab, refused
from workflow.statistics import places
from workflow.statistics.bulletins import LONGEST_REASON, Issued, may_issue
from workflow.statistics.period import Period
from workflow.step import Actor
from workflow.world import Office, World

ADDRESSED = "所属各单位"
UNLISTED = "出具这一版时还没有保存数字背后的名单，数字点不开。"
COMPARISONS = "点开数字看名单：比率点开是应办的事项，与上月相比的数字点开是上月的名单，最长逾期点开时排在最前。"


def shelf(office: Office, months: Sequence[Issued], actor: Actor, world: World, error: str = "") -> BulletinsPage:
    """Return the months of an office."""
    above = [one for one in world.upwards(office) if one is not office and places.may_see(actor, world, one)]
    below = [one for one in world.supervised(office.id) if not one.is_school]
    return BulletinsPage(
        title=office.name,
        crumbs=tuple((one.name, url_for("bulletins.index", org=one.code)) for one in reversed(above)),
        statistics_url=url_for("statistics.show", org=office.code),
        rows=tuple(_month(office, one) for one in months),
        below=tuple((one.name, url_for("bulletins.index", org=one.code)) for one in below),
        may_issue=may_issue(actor, office),
        error=error,
    )


def _month(office: Office, one: Issued) -> BulletinRow:
    month = f"{one.month.first:%Y-%m}"
    latest = one.latest
    return BulletinRow(
        month=presented.month_word(one.month),
        number=presented.number_word(latest.number, latest.version) if latest else "",
        url=url_for("bulletins.show", public_id=latest.public_id) if latest else "",
        issued=full_minute(latest.issued_at) if latest else "",
        draft_url=url_for("bulletins.draft", org=office.code, month=month),
    )


def issued(office: Office, month: Period, row: Bulletin, versions: Sequence[Bulletin], may: bool) -> BulletinPage:
    """Return one version as it was issued."""
    tabs = tuple(
        Tab(f"第 {one.version} 版", url_for("bulletins.show", public_id=one.public_id), one.version == row.version)
        for one in versions
    )
    earlier = next((one for one in versions if one.version == row.version - 1), None)
    links = Links(row.figures, of_issued(row), of_issued(earlier))
    return BulletinPage(
        **_content(office, month, row.figures, (f"第 {row.version - 1} 版", "本版"), links),
        unlisted="" if row.figures.get("listed") else UNLISTED,
        number=presented.number_word(row.number, row.version),
        state=f"{full_minute(row.issued_at)} 出具，数字不再变动",
        reason=row.reason,
        replaced=row.version < versions[-1].version,
        versions=tabs if len(tabs) > 1 else (),
        pdf_url=url_for("bulletins.paper", public_id=row.public_id),
        xlsx_url=url_for("bulletins.table", public_id=row.public_id),
        draft_url=url_for("bulletins.draft", org=office.code, month=f"{month.first:%Y-%m}") if may else "",
    )


def draft(
    office: Office,
    month: Period,
    figures: Row,
    before: Bulletin | None,
    may: bool,
    key: str,
    reason: str,
    error: FieldError | None,
) -> BulletinPage:
    """Return a month as it would be issued now, with the form for who may do it."""
    same = before is not None and not figures["changes"]
    fields = [
        Field("org", "", "hidden", office.code),
        Field("month", "", "hidden", f"{month.first:%Y-%m}"),
        Field("version", "", "hidden", str(before.version if before else 0)),
    ]
    if before is not None:
        hint = f"印在新的一版上，最多 {LONGEST_REASON} 字"
        asked = Field("reason", "重新出具的原因", value=reason, hint=hint, required=True, width="full")
        fields.append(replace(asked, maxlength=LONGEST_REASON))
    button = f"出具第 {before.version + 1} 版" if before else "出具通报"
    form = refused(Form(tuple(fields), key=key, button=button), (error,) if error else ())
    anew = "重新统计的数字与已出具的一版相同" if same else "按现在的记录重新统计"
    links = Links(figures, of_draft(office, month), of_issued(before))
    return BulletinPage(
        **_content(office, month, figures, ("已出具的", "现在的"), links),
        number=presented.number_word(before.number, before.version + 1) if before else "",
        state=anew if before else "尚未出具，数字还会变动",
        form=form if may and not same else None,
        error=error.message if error and same else "",
        waiting="" if may else f"由{office.name}负责人出具。",
        is_draft=True,
        back_url=url_for("bulletins.show", public_id=before.public_id) if before else "",
    )


def _content(
    office: Office, month: Period, figures: Row, compared: tuple[str, str], links: Links
) -> dict[str, Any]:
    """Return what drafts and issued versions have in common; `compared` names the two versions of a comparison."""
    columns = presented.columns(figures)
    rows = [("合计", "total", figures["total"]), *((presented.name_of(row), "below", row) for row in figures["lines"])]
    lines = tuple(
        FigureLine(
            name,
            tuple(_figure(column, row, links) for column in columns),
            kind,
        )
        for name, kind, row in rows
    )  # fmt: skip
    changes = tuple(
        FigureLine(one.office, (Figure(one.what), Figure(f"{one.before:,}", links.earlier(one)),
                                Figure(f"{one.now:,}", links.later(one))))
        for one in presented.changes(figures)
    )  # fmt: skip
    return {
        "title": presented.title(month),
        "office": office.name,
        "shelf_url": url_for("bulletins.index", org=office.code),
        "paragraphs": tuple(
            Linked(one.title, tuple((piece.text, links.behind(piece.line, piece.name)) for piece in one.pieces))
            for one in presented.paragraphs(month, figures)
        ),
        "table": FigureTable("各单位情况", tuple(column.head for column in columns), lines,
                             notes=(*presented.notes(figures), COMPARISONS)),
        "changes": FigureTable("与上一版的不同", ("数字", *compared), changes) if changes else None,
    }  # fmt: skip


def _figure(column: Column, row: Row, links: Links) -> Figure:
    nothing = column.number(row) is None
    return Figure(presented.said(column, row), "" if nothing else links.behind(row.get("code", ""), column.name))


def paper(office: Office, month: Period, row: Bulletin, *, specimen: bool) -> Paper:
    """Return the facts of the printed bulletin."""
    figures = row.figures
    columns = presented.columns(figures)
    rows = [("合计", figures["total"]), *((presented.name_of(line), line) for line in figures["lines"])]
    return {
        "title": presented.title(month),
        "number": presented.number_word(row.number, row.version),
        "version": row.version,
        "reason": row.reason,
        "issued_by": office.name,
        "issued_at": row.issued_at.isoformat(),
        "month": presented.month_word(month),
        "addressed": ADDRESSED,
        "paragraphs": [{"title": one.title, "text": one.text} for one in presented.paragraphs(month, figures)],
        "heads": [column.head for column in columns],
        "lines": [{"name": name, "cells": [presented.said(column, line) for column in columns]} for name, line in rows],
        "changes": [
            {"name": one.office, "what": one.what, "before": one.before, "now": one.now}
            for one in presented.changes(figures)
        ],
        "notes": list(presented.notes(figures)),
        "specimen": specimen,
    }

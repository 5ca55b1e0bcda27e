"""离岗交接: everything somebody has goes to one successor or back to its desks, on one page and in one act."""

import datetime as dt

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from models.people import Post
from web import clock
from web.admin.frame import bp, given_back, reach, reach_or_refuse, typed
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.pages.administration import HandOverPage
from web.present.words import ROLE_TITLES
from web.views import Fact, Field, Form, Option
from workflow import ending_posts, handing_over, posts
from workflow.administration import BOTH
from workflow.ending_posts import Left
from workflow.errors import Unacceptable, Unmet
from workflow.handing_over import ACCOUNT, POSTS, Estate, Handed

ENDS = (
    Option(ACCOUNT, "离职：停用账号", "不能再登录，岗位随之结束，不能恢复"),
    Option(POSTS, "调离：结束现有岗位", "账号保留，可以另任岗位"),
)


@bp.get("/handover/<public_id>")
def show_hand_over(public_id: str) -> str:
    """Draw what somebody has, and the form to hand it over."""
    reach_or_refuse(*BOTH)
    return _draw(public_id)


@bp.post("/handover/<public_id>")
def hand_over(public_id: str) -> Response | tuple[str, int]:
    """Hand it over; a refusal draws the page again with what was typed."""
    reach_or_refuse(*BOTH)
    values, actor, world, now = typed(), current_actor(), current_world(), clock.now()
    try:
        person, handed = write(lambda session: posts.hand_over(session, actor, world, public_id, values, now))
    except (Unmet, Unacceptable) as refused:
        return _draw(public_id, values, refused), 422
    flash(f"{person.name}已交接：{_told(handed)}", "done")
    return redirect(url_for(".posts", person=public_id), 303)


def _draw(public_id: str, values: dict[str, str] | None = None, refused: Unmet | Unacceptable | None = None) -> str:
    session, actor, world, today = read_session(), current_actor(), current_world(), clock.today()
    person, held = posts.account(session, actor, world, public_id)
    found = handing_over.estate(session, person.id, today)
    why_not = posts.may_manage(actor, world, person, held, today)
    why_not = why_not or ("这个账号已停用" if person.disabled_at else "")
    form = _form()
    page = HandOverPage(
        name=person.name,
        username=person.username,
        facts=_facts(found),
        desks=_desks(ending_posts.left_behind(session, _running(held, today), today)),
        empty=found.empty,
        form=None if why_not else given_back(form, values, refused) if values is not None and refused else form,
        why_not=why_not,
        back_url=url_for(".posts", person=public_id),
        url=url_for(".hand_over", public_id=public_id),
    )
    return render_template("admin/handover.html", page=page)


def _facts(found: Estate) -> tuple[Fact, ...]:
    """What somebody has; zeros are said too, so that nobody wonders."""
    counted = (
        ("正在办理的事项", found.questions, "件"),
        ("等其答复的征求意见", found.advice, "件"),
        ("没有阅读的抄送", found.copies, "件"),
        ("没有提交的草稿", found.drafts, "份"),
        ("代理", found.orders, "项"),
    )
    return tuple(Fact(label, f"{number} {unit}" if number else "没有") for label, number, unit in counted)


def _running(held: list[Post], day: dt.date) -> list[Post]:
    within = reach(*BOTH)
    return [one for one in held if one.org_id in within and (one.valid_to is None or one.valid_to >= day)]


def _desks(found: list[Left]) -> tuple[Fact, ...]:
    """What waits at each desk, and whether somebody is left to answer it."""

    def told(left: Left) -> str:
        others = f"另有 {left.others} 人在任" if left.others else "没有其他人在任"
        return f"{f'{left.waiting} 件' if left.waiting else '没有待办'}，{others}"

    world = current_world()
    return tuple(
        Fact(f"{world.name(left.post.org_id)} {ROLE_TITLES[left.post.role]}", told(left)) for left in found
    )


def _form() -> Form:
    successor = Field("successor", "由谁接手", hint="填写用户名；不填则全部交回各岗位，由同岗位的人员办理",
                      maxlength=64, autocomplete="off", width="full")  # fmt: skip
    ends = Field("ends", "结束什么", "radio", options=ENDS, required=True, width="full")
    return Form((successor, ends), key=new_key(), button="交接")


def _told(handed: Handed) -> str:
    orders = f"，结束代理 {handed.orders_ended} 项" if handed.orders_ended else ""
    return f"接手人 {handed.successor} 件，交回各岗位 {handed.desks} 件，草稿 {handed.drafts} 份{orders}。"

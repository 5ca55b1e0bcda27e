"""The frame around every page of a signed-in person: who it is, where one can go, what waits."""

from collections.abc import Callable
from typing import cast

from flask import Flask, g, request, url_for

from web import clock
from web.auth import current_actor, current_world
from web.database import current_house, read_session
from web.present import words
from web.views import NavItem, Shell
from workflow import inbox
from workflow.deputies import ROLES
from workflow.inbox import Counters
from workflow.statistics.places import VIEWERS
from workflow.step import Actor

SCHOOL = frozenset({"school_clerk", "school_leader"})
OFFICE = frozenset({"dept_clerk", "dept_leader"})
ADMINS = frozenset({"system_admin", "security_admin"})
WAITING: dict[str, Callable[[Counters], Counters]] = {
    "inbox.show": lambda counts: counts,
    "problems.index": lambda counts: Counters(todo=counts.problems, late=counts.problems_late),
}
"""The numbers beside an entry: everything that waits, and of it what belongs to problem records."""
ENTRIES = (
    ("待办", "inbox", "inbox.show", None, "", True),
    ("新建转学", "plus-square", "transfers.new", frozenset({"school_clerk"}), "", True),
    ("学生", "search", "students.search", SCHOOL | OFFICE, "", True),
    ("问题学籍", "clipboard-check", "problems.index", SCHOOL | OFFICE | {"arbitrator"}, "", False),
    ("导入", "upload", "imports.new", frozenset({"school_clerk"}), "", True),
    ("核验结论", "shield-check", "verdicts.new", OFFICE, "", False),
    ("统计", "bar-chart", "statistics.show", frozenset(VIEWERS), "", False),
    ("代理", "person-badge", "deputies.show", frozenset(ROLES) | ADMINS, "", False),
    ("办事流程", "diagram-3", "processes.show", None, "参考", False),
    ("组织机构", "building", "admin.organisations", ADMINS, "管理", False),
    ("人员岗位", "people", "admin.posts", ADMINS, "管理", False),
    ("规则", "sliders", "admin.policies", ADMINS | OFFICE, "管理", False),
    ("工作日历", "calendar3", "admin.calendar", ADMINS | OFFICE, "管理", False),
    ("邮件用语", "envelope", "admin.mail_texts", frozenset({"system_admin"}), "管理", False),
    ("未送达", "exclamation-triangle", "admin.incidents", frozenset({"system_admin"}), "管理", False),
)
"""word, icon, endpoint, roles (None: everybody), group, shown on a phone."""
BELONGS = {"bulletins": "statistics", "entries": "students", "saved_queues": "inbox"}
"""Groups of pages without an entry of their own, with the one they are reached from."""

WITHIN = dict.fromkeys(("admin.proposal", "admin.decide_proposal", "admin.trial", "admin.try_again"), "admin.policies")
"""Pages below an entry that have a name of their own."""


def init_app(app: Flask) -> None:
    """Give every template the shell of the person who is signed in."""
    app.context_processor(lambda: {"shell": shell() if "visitor" in g else None})


def shell() -> Shell:
    """Return the frame, with the counters of the inbox."""
    actor, world, counts = current_actor(), current_world(), counters()
    desk = actor.desks[0] if actor.desks else None
    roles = "、".join(dict.fromkeys(words.ROLE_TITLES.get(one.role, one.role) for one in actor.desks))
    return Shell(
        person=actor.name,
        office=world.name(desk.org_id) if desk else "",
        roles=roles,
        nav=_nav(actor, counts),
        today=clock.today() if clock.is_set() else None,
        unread=counts.unread,
    )


def counters() -> Counters:
    """Return what waits for the person, asked once a request: the frame and the inbox both show it."""
    if "counters" not in g:
        g.counters = inbox.counters(read_session(), current_actor(), clock.now())
    return cast(Counters, g.counters)


def _nav(actor: Actor, counts: Counters) -> tuple[NavItem, ...]:
    held = {desk.role for desk in actor.desks}
    found = []
    for word, icon, endpoint, roles, group, on_phone in ENTRIES:
        if roles is None or roles & held:
            here = (request.endpoint or "").split(".")[0]
            active = BELONGS.get(here, here) == endpoint.split(".")[0] and _same_page(endpoint)
            waits = WAITING[endpoint](counts) if endpoint in WAITING else Counters()
            found.append(NavItem(word, icon, url_for(endpoint), active, waits.todo, waits.late, on_phone, group))
    if current_house().demo:
        found.append(NavItem("演示邮件", "envelope", url_for("mails.show"), request.blueprint == "mails", group="演示"))
    return tuple(found)


def _same_page(endpoint: str) -> bool:
    here = request.endpoint or ""
    return not endpoint.startswith("admin.") or WITHIN.get(here, here) == endpoint

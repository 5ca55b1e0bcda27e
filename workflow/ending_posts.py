"""Ending a post: what stays at the desk when somebody goes, and the act itself."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from models.cases import WorkItem
from models.people import Person, Post, WebSession
from workflow import administration, handing_over
from workflow.administration import BOTH, fault, is_public_id, note, refuse
from workflow.calendar import day_of
from workflow.errors import NotFound, Unmet
from workflow.holding import holders
from workflow.language import ASIDE
from workflow.people import ADMINISTRATORS
from workflow.posts import not_his_to_give, said
from workflow.step import Actor, queue_of
from workflow.world import World


@dataclass(frozen=True)
class Left:
    """A desk as its holder leaves it: questions that wait there, those he took, and how many others sit there."""

    post: Post
    waiting: int
    his: int
    others: int


def left_behind(session: Session, posts: Sequence[Post], day: dt.date) -> list[Left]:
    """Return what stays at the desks of these posts of one person. Two statements."""
    queues = {queue_of(post.org_id, post.role): post for post in posts}
    if not queues:
        return []
    person = posts[0].person_id
    his = func.sum(case((WorkItem.assignee_id == person, 1), else_=0))
    there = WorkItem.open & WorkItem.kind.not_in(ASIDE) & WorkItem.queue.in_(list(queues))
    rows = session.execute(select(WorkItem.queue, func.count(), his).where(there).group_by(WorkItem.queue))
    counts = {queue: (waiting, int(taken)) for queue, waiting, taken in rows}
    sitting = holders(session, queues, day)
    return [Left(post, *counts.get(queue, (0, 0)), len(sitting[queue] - {person})) for queue, post in queues.items()]


def ending(
    session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime
) -> tuple[Left, Person]:
    """Return what would stay behind if this post were ended. Raises what `end` raises."""
    post = _to_end(session, actor, world, public_id, now)
    (left,) = left_behind(session, [post], day_of(now))
    return left, session.get_one(Person, post.person_id)


def end(session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime) -> tuple[Post, Person]:
    """End a post at once: the person may not use it any more from the next request on. Raises NotFound or Unmet."""
    post = _to_end(session, actor, world, public_id, now)
    person = session.get_one(Person, post.person_id)
    post.valid_to = day_of(now) - dt.timedelta(days=1)
    session.flush()
    handing_over.give_back(session, person, queue_of(post.org_id, post.role), actor.id, now)
    if post.role in ADMINISTRATORS:
        session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    note(session, actor, "admin_post", said("离任", person, world.office(post.org_id), post.role), now)
    return post, person


def _to_end(session: Session, actor: Actor, world: World, public_id: str, now: dt.datetime) -> Post:
    found = select(Post).where(Post.public_id == public_id)
    post = session.scalars(found).first() if is_public_id(public_id) else None
    if post is None or post.org_id not in administration.reach(actor, world, *BOTH):
        raise NotFound
    if post.person_id == actor.id:
        raise Unmet([fault("", "不能免去自己的岗位，请由另一位管理员办理")])
    refuse(not_his_to_give(actor, world, post.role, post.org_id))
    if post.valid_to is not None and post.valid_to < day_of(now):
        raise Unmet([fault("", "这个岗位已经结束")])
    return post

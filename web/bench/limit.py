"""The least a decision can cost: the same rows, written by hand, without asking any question.

PostgreSQL takes one statement (data-modifying CTEs, autocommit); SQLite takes the plain statements of its own driver
inside BEGIN IMMEDIATE … COMMIT with synchronous FULL.
"""

import datetime as dt
import json
import os
import sqlite3
from typing import Any

import psycopg

from models.text import dumps
from web.bench.province import NOW

PHASES = ["receiving_school", "receiving_department", "releasing_school", "releasing_department", "arrival"]
POSTGRES = """
with moved as (
  update "case" set phase = %(after)s, turn = turn + 1, revision = revision + 1, last_seq = last_seq + 1,
         head = %(hash)s, state = %(state)s
  where no = %(no)s and revision = %(seen)s returning id, last_seq),
closed as (
  update work_item w set open = false, outcome = 'approve', closed_at = %(now)s, closed_by = %(actor)s, took = 0
  from moved where w.case_id = moved.id and w.open),
told as (
  insert into event (case_id, seq, at, actor_id, action, from_phase, to_phase, body, prev, hash)
  select id, last_seq, %(now)s, %(actor)s, 'approve', %(before)s, %(after)s, %(body)s, %(hash)s, %(hash)s from moved),
opened as (
  insert into work_item (case_id, kind, phase, round, turn, queue, org_id, open, opened_at, sent_by, due_at,
                         provisional, due_rule, step)
  select id, 'decide', %(after)s, 1, 1, %(queue)s, %(org)s, true, %(now)s, %(actor)s, %(due)s, false, %(rule)s, %(step)s
  from moved returning id, case_id),
wound as (
  insert into timer (case_id, work_item_id, kind, step, due_at, attempts)
  select case_id, id, 'remind', -5, %(due)s, 0 from opened),
posted as (
  insert into outbox (dedup, topic, recipient, case_id, payload, created_at, not_before, attempts)
  select %(dedup)s, 'notice', %(queue)s, id, %(payload)s, %(now)s, %(now)s, 0 from moved)
insert into command (actor_id, key, digest, answer, at)
select %(actor)s, %(key)s, %(hash)s, %(answer)s, %(now)s from moved
"""
TOGETHER = """
with given as (select * from jsonb_to_recordset(%(given)s) as one(
  no text, seen int, actor bigint, org bigint, queue text, now timestamptz, due timestamptz, before text, after text,
  hash text, key text, step text, dedup text, body jsonb, state jsonb, rule jsonb, payload jsonb, answer jsonb)),
moved as (
  update "case" c set phase = g.after, turn = c.turn + 1, revision = c.revision + 1, last_seq = c.last_seq + 1,
         head = decode(g.hash, 'hex'), state = g.state
  from given g where c.no = g.no and c.revision = g.seen returning c.id, c.last_seq, c.no),
wrote as (select m.id, m.last_seq, g.* from moved m join given g on g.no = m.no),
closed as (
  update work_item w set open = false, outcome = 'approve', closed_at = m.now, closed_by = m.actor, took = 0
  from wrote m where w.case_id = m.id and w.open),
told as (
  insert into event (case_id, seq, at, actor_id, action, from_phase, to_phase, body, prev, hash)
  select id, last_seq, now, actor, 'approve', before, after, body, decode(hash, 'hex'), decode(hash, 'hex') from wrote),
opened as (
  insert into work_item (case_id, kind, phase, round, turn, queue, org_id, open, opened_at, sent_by, due_at,
                         provisional, due_rule, step)
  select id, 'decide', after, 1, 1, queue, org, true, now, actor, due, false, rule, step from wrote
  returning id, case_id, due_at),
wound as (
  insert into timer (case_id, work_item_id, kind, step, due_at, attempts)
  select case_id, id, 'remind', -5, due_at, 0 from opened),
posted as (
  insert into outbox (dedup, topic, recipient, case_id, payload, created_at, not_before, attempts)
  select dedup, 'notice', queue, id, payload, now, now, 0 from wrote),
answered as (
  insert into command (actor_id, key, digest, answer, at)
  select actor, key, decode(hash, 'hex'), answer, now from wrote)
select count(*) from moved
"""
"""The same for many cases at once."""
SQLITE = [
    """update "case" set phase = :after, turn = turn + 1, revision = revision + 1, last_seq = last_seq + 1,
       head = :hash, state = :state where no = :no and revision = :seen""",
    "select id, last_seq from \"case\" where no = :no",
    """update work_item set open = 0, outcome = 'approve', closed_at = :now, closed_by = :actor, took = 0
       where case_id = :case and open""",
    """insert into event (case_id, seq, at, actor_id, action, from_phase, to_phase, body, prev, hash)
       values (:case, :seq, :now, :actor, 'approve', :before, :after, :body, :hash, :hash)""",
    """insert into work_item (case_id, kind, phase, round, turn, queue, org_id, open, opened_at, sent_by, due_at,
       provisional, due_rule, step)
       values (:case, 'decide', :after, 1, 1, :queue, :org, 1, :now, :actor, :due, 0, :rule, :step)""",
    """insert into timer (case_id, work_item_id, kind, step, due_at, attempts)
       values (:case, last_insert_rowid(), 'remind', -5, :due, 0)""",
    """insert into outbox (dedup, topic, recipient, case_id, payload, created_at, not_before, attempts)
       values (:dedup, 'notice', :queue, :case, :payload, :now, :now, 0)""",
    "insert into command (actor_id, key, digest, answer, at) values (:actor, :key, :hash, :answer, :now)",
]


def values(no: str, turn: int, actor: int, org: int) -> dict[str, Any]:
    """Return everything one step writes; it is as long as what the engine writes."""
    queue, due = f"{org}:school_leader", NOW + dt.timedelta(days=14)
    decision = {"by": actor, "name": "测试员", "at": NOW.isoformat(), "relied": "0" * 64, "overruled": False}
    decisions = {f"{PHASES[n]}:{org}:school_leader:": decision for n in range(turn + 1)}
    return {
        "no": no, "seen": turn + 1, "actor": actor, "org": org, "queue": queue, "now": NOW, "due": due,
        "before": PHASES[turn], "after": PHASES[turn + 1], "hash": os.urandom(32), "key": f"limit-{no}-{turn}",
        "step": f"transfer/{PHASES[turn + 1]}/decide",
        "dedup": f"{no}:{turn}:limit:{queue}", "body": dumps({"office": org}),
        "state": dumps({"decisions": decisions, "remaining": {}, "submitted_by": actor}),
        "rule": dumps({"days": 10, "from": "2025-09-01", "policy": "node.transfer", "region": "2199000001"}),
        "payload": dumps({"item": 1, "purpose": "case_waiting", "seq": turn}),
        "answer": dumps({"no": no, "phase": PHASES[turn + 1], "revision": turn + 2}),
    }  # fmt: skip


class Postgres:
    """One connection that makes steps by hand."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)

    def step(self, given: dict[str, Any]) -> None:
        if self.connection.execute(POSTGRES, given, prepare=True).rowcount != 1:
            raise RuntimeError(f"{given['no']} was not at revision {given['seen']}")

    def steps(self, given: list[dict[str, Any]]) -> None:
        """Make a step of many cases in one statement."""
        rows = [{name: _plain(value) for name, value in one.items()} for one in given]
        row = self.connection.execute(TOGETHER, {"given": json.dumps(rows)}, prepare=True).fetchone()
        if row is None or row[0] != len(given):
            raise RuntimeError("some cases were not at their revision")

    def close(self) -> None:
        self.connection.close()


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value) if isinstance(value, dt.datetime) else value


class Sqlite:
    """One connection that makes steps by hand."""

    def __init__(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self.connection.execute(f"PRAGMA {pragma}")

    def step(self, given: dict[str, Any]) -> None:
        self.steps([given])

    def steps(self, given: list[dict[str, Any]]) -> None:
        """Make a step of many cases in one transaction: its driver knows no cheaper way."""
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        for one in given:
            typed = {name: str(value) if isinstance(value, dt.datetime) else value for name, value in one.items()}
            if run(SQLITE[0], typed).rowcount != 1:
                raise RuntimeError(f"{typed['no']} was not at revision {typed['seen']}")
            typed["case"], typed["seq"] = run(SQLITE[1], typed).fetchone()
            for statement in SQLITE[2:]:
                run(statement, typed)
        run("COMMIT")

    def close(self) -> None:
        self.connection.close()


def by_hand(url: str) -> Postgres | Sqlite:
    return Sqlite(url) if url.startswith("sqlite") else Postgres(url)

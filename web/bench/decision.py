"""`bench decision`: complete decisions through the door against the same rows written by hand, in one run."""

import itertools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from models.migrate import upgrade
from models.session import make_engine, transact
from web.bench import cluster, limit
from web.bench.clones import clone
from web.bench.measure import Series, interleaved, per_second
from web.bench.province import NOW, Province, found
from workflow import engine as door

TURNS = 4
"""Signatures a case gives before the pupil is waited for."""
SERVER = {"listen_addresses": "", "shared_buffers": "128MB", "max_connections": "100", "jit": "off"}
"""fsync and synchronous_commit stay on: a step is on disk before it counts."""
Act = Callable[[], None]


@dataclass
class Ground:
    """A database with copies of one case that nobody has decided yet."""

    url: str
    engine: Engine
    province: Province
    numbers: Iterator[str]

    def cases(self, count: int) -> list[str]:
        return list(itertools.islice(self.numbers, count))


@contextmanager
def prepared(kind: str, copies: int) -> Iterator[Ground]:
    """Make a database of that kind, which is gone afterwards."""
    with TemporaryDirectory(prefix="xuejiban-bench-") as folder:
        url = database(kind, Path(folder))
        engine = make_engine(url, pool_size=40)
        try:
            province = found(engine)
            numbers = transact(engine, lambda session: clone(session, province.no, copies))
            yield Ground(url, engine, province, iter(numbers))
        finally:
            engine.dispose()


def database(kind: str, folder: Path) -> str:
    """Return the address of an empty, migrated database; a private PostgreSQL server ends with the process."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'bench.db'}"
        upgrade(url)
        return url
    server = cluster.Cluster(cluster.start(SERVER, prefix="xuejiban-bench-pg-"))
    with server.connect() as admin:
        admin.execute("create role bench login")
        admin.execute("create database bench owner bench")
    upgrade(server.url("bench", "bench"))
    return server.url("bench", "bench")


def run(kind: str, connections: int, steps: int, rounds: int) -> dict[str, Series]:
    """Return steps a second of the limit and of the engine with that many connections at once."""
    cases = -(-steps // (TURNS * connections)) * connections
    with prepared(kind, cases * 2 * (rounds + 1)) as ground:
        contenders: list[tuple[str, Callable[[], float]]] = [
            ("limit", lambda: _by_hand(ground, connections, cases)),
            ("engine", lambda: _by_engine(ground, connections, cases)),
        ]
        for _, warm_up in contenders:
            warm_up()
        return interleaved(contenders, rounds)


def _by_hand(ground: Ground, connections: int, cases: int) -> float:
    people, org = ground.province.signers, ground.province.org["k1"]

    def work(mine: list[str]) -> Act:
        connection = limit.by_hand(ground.url)

        def act() -> None:
            for no, turn in itertools.product(mine, range(TURNS)):
                connection.step(limit.values(no, turn, people[turn], org))
            connection.close()

        return act

    return _all_at_once(ground, connections, cases, work)


def _by_engine(ground: Ground, connections: int, cases: int) -> float:
    people, engine = ground.province.signers, ground.engine

    def decide(no: str, turn: int) -> None:
        transact(engine, lambda session: door.do(
            session, no, "approve", people[turn], now=NOW, key=f"bench-{no}-{turn}", seen_revision=turn + 1,
        ))  # fmt: skip

    def work(mine: list[str]) -> Act:
        with engine.connect():
            pass

        def act() -> None:
            for no, turn in itertools.product(mine, range(TURNS)):
                decide(no, turn)

        return act

    return _all_at_once(ground, connections, cases, work)


def _all_at_once(ground: Ground, connections: int, cases: int, work: Callable[[list[str]], Act]) -> float:
    """Spread the connections over one process for each core, as web workers would, and start them together."""
    numbers = ground.cases(cases)
    shares = [numbers[number::connections] for number in range(connections)]
    processes = min(connections, os.cpu_count() or 1)
    if processes == 1:
        act = work(shares[0])
        return per_second(lambda: act() or cases * TURNS)
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(processes + 1)
    workers = [
        fork.Process(target=_worker, args=(ground.engine, barrier, shares[number::processes], work))
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    barrier.wait(60)

    def all_done() -> int:
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise RuntimeError("a bench process failed")
        return cases * TURNS

    return per_second(all_done)


def _worker(engine: Engine, barrier: Any, shares: list[list[str]], work: Callable[[list[str]], Act]) -> None:
    engine.dispose(close=False)  # the connections belong to the parent
    acts = [work(share) for share in shares]
    threads = [threading.Thread(target=act) for act in acts]
    barrier.wait(60)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

"""The databases every test starts from, and the long lane."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.migrate import upgrade
from models.session import make_engine
from tests import cast, compiled_routes, postgres, quick_engines
from tests.browser import browser, page  # noqa: F401 - fixtures

DATABASES = ["sqlite", "postgresql"]

STEADY = settings(
    derandomize=True,  # the same examples in every run
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile("steady", STEADY)
settings.register_profile("deep", STEADY, max_examples=1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deep", action="store_true", help="also run the long versions of the tests")
    parser.addoption("--pictures", action="store_true", help="make the pictures of the README anew, and nothing else")


def pytest_configure(config: pytest.Config) -> None:
    quick_engines.use()
    compiled_routes.use()
    settings.load_profile("deep" if config.getoption("--deep") else "steady")
    controller = not hasattr(config, "workerinput")
    if controller and config.getoption("numprocesses", None) and not config.getoption("--collect-only"):
        with contextlib.suppress(postgres.NoPostgres):  # each test that wants it will say so
            postgres.cluster()  # before the workers start: they inherit its address


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    pictures = bool(config.getoption("--pictures"))

    def is_asked_for(item: pytest.Item) -> bool:
        if pictures or item.get_closest_marker("pictures"):
            return pictures and item.get_closest_marker("pictures") is not None
        return bool(config.getoption("--deep")) or item.get_closest_marker("deep") is None

    config.hook.pytest_deselected(items=[item for item in items if not is_asked_for(item)])
    items[:] = [item for item in items if is_asked_for(item)]


@pytest.fixture(scope="session")
def deep(request: pytest.FixtureRequest) -> bool:
    """Whether the long lane runs: a test that counts its races, kills or rows then takes the full number."""
    return bool(request.config.getoption("--deep"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy; nobody opens it."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> postgres.Cluster:
    """The run's PostgreSQL; a machine without one fails the tests that need it, it does not skip them."""
    try:
        return postgres.cluster()
    except postgres.NoPostgres as problem:
        pytest.fail(str(problem), pytrace=False)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: postgres.Cluster) -> Iterator[postgres.Washable]:
    """This worker's own PostgreSQL database."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    yield postgres.Washable(postgres_server, name)
    postgres_server.drop(name)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without rows, as the application's role; the test runs once on each kind.

    A test for one kind only says @pytest.mark.parametrize("database", ["sqlite"], indirect=True).
    """
    with_cast = "cast" in request.fixturenames  # then it need not be written row by row
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile((with_cast and cast.kept()) or request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    washable: postgres.Washable = request.getfixturevalue("postgres_database")
    washable.wash(cast.STATE if with_cast else "")
    return washable.server.url(washable.name, postgres.APP)


@pytest.fixture
def owner_database(database: str) -> str:
    """The same database as `database`, as the role that owns the tables and runs the migrations."""
    return database.replace(f"//{postgres.APP}@", f"//{postgres.OWNER}@")


@pytest.fixture(params=DATABASES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The owner's address of a database that no migration has seen."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: postgres.Cluster = request.getfixturevalue("postgres_server")
    server.migrated_template()  # the roles come with it
    name = f"empty_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    server.create(name)
    yield server.url(name, postgres.OWNER)
    server.drop(name)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """The application's engine on `database`; every connection is closed afterwards."""
    engine = make_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A writing session; what a test wants others to see it commits itself."""
    with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
        yield session
        session.rollback()

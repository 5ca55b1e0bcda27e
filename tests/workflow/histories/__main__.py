"""Records an open case for every phase of the newest version of every process."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.migrate import upgrade
from models.session import make_engine, reading
from tests.cast import build
from tests.workflow.histories import Row, all_rows, difference, path_of
from tests.workflow.histories.scenes import SCENES, Scene
from workflow.processes import PUBLISHED


def record(scene: Scene) -> dict[str, Any]:
    """Play a case on a database of its own and return its phase and every row that is not the cast's."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/record.db"
        upgrade(url)
        engine = make_engine(url)
        with Session(engine.execution_options(writes=True), expire_on_commit=False) as session:
            cast = build(session)
            before = all_rows(session)
        play = scene(engine, cast)
        with reading(engine) as session:
            rows = difference(before, all_rows(session))
        case = play.case()
        engine.dispose()
        return {"phase": case.phase, "no": case.no, "rows": rows}


def cases(process: str) -> Iterator[dict[str, Any]]:
    return (record(scene) for scene in SCENES[process])


def written(data: dict[str, Any]) -> str:
    """As JSON with a line for every row, so that a difference can be read."""
    recorded = [{**case, "rows": [_line(row) for row in case["rows"]]} for case in data["cases"]]
    text = json.dumps({**data, "cases": recorded}, ensure_ascii=False, indent=1)
    return re.sub(r'"row:([0-9a-f]+)"', lambda found: bytes.fromhex(found[1]).decode(), text) + "\n"


def _line(row: Row) -> str:
    return f"row:{json.dumps(row, ensure_ascii=False).encode().hex()}"


def main() -> None:
    for process in PUBLISHED:
        data = {"digest": process.digest(), "spec": process.spec(), "cases": list(cases(process.key))}
        path: Path = path_of(process.key, process.version)
        path.write_text(written(data), "utf-8")
        print(path.name, [case["phase"] for case in data["cases"]])


if __name__ == "__main__":
    main()

"""An import as a process of its own that stops in the middle of storing, to be killed there. Run by tests only."""

import sys
import time
from pathlib import Path
from typing import Any

from models import crypto
from models.session import make_engine
from tests.cast import MONDAY
from workflow.imports import batches
from workflow.imports.intake import Intake, take_in
from workflow.storage import Store


def main(database: str, keys: str, files: str, batch: str, marker: str) -> None:
    """Import the batch; once all rows are inserted, and before anything is committed, say so and wait."""
    crypto.use(crypto.KeyRing.load(Path(keys)))

    def stored(*given: Any) -> Intake:
        result = take_in(*given)
        Path(marker).write_text("stored")
        time.sleep(600)
        return result

    setattr(batches, "take_in", stored)  # noqa: B010 - the place where the process is to be killed
    batches.run_import(make_engine(database), Store(Path(files)), batch, MONDAY, demo=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

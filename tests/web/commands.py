"""Runs `xuejiban` commands inside the test process, on an installation of their own."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests import postgres
from web.cli import main


class Commands:
    """The command line on one data folder and database. Every call is a fresh start of the program."""

    def __init__(self, folder: Path, owner_url: str = "") -> None:
        self.folder = folder
        self.environment = {"XUEJIBAN_DATA_DIR": str(folder)}
        if owner_url:
            self.environment["XUEJIBAN_MIGRATION_URL"] = owner_url
            self.environment["XUEJIBAN_DATABASE_URL"] = owner_url.replace(f"//{postgres.OWNER}@", f"//{postgres.APP}@")

    def __call__(self, *words: str, fails: int = 0) -> Result:
        """Run a command; its exit code must be `fails`."""
        result = CliRunner().invoke(main, list(words), env=self.environment, prog_name="xuejiban")
        unexpected = result.exception if not isinstance(result.exception, SystemExit) else None
        if unexpected:
            raise unexpected
        assert result.exit_code == fails, result.output
        return result

    def json(self, *words: str, fails: int = 0) -> Any:
        """Run a command with --json and return its document: there is nothing else on standard output."""
        return json.loads(self(*words, "--json", fails=fails).stdout)

    def refused(self, *words: str, code: int = 1) -> str:
        """Run a command that cannot do what was asked and return its sentence; standard output stays empty."""
        result = self(*words, fails=code)
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        return result.stderr.strip()

"""The start script: from anywhere, through a link, in an odd environment, and one clear sentence when it cannot."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_house import ROOT

BASIC_TOOLS = ("sh", "cat", "dirname", "env", "flock", "ls", "readlink", "rm", "sed", "sha256sum", "tr", "git")


def run(command: list[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder` with nothing in the environment but what is given."""
    environment = {"PATH": os.defpath, "HOME": str(folder), **environment}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_it_runs_from_anywhere_through_a_link_and_past_odd_settings(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()  # not the floor of that name
    (tmp_path / "web" / "__init__.py").write_text("raise SystemExit('the wrong house')", encoding="utf-8")
    link = tmp_path / "a link"
    link.symlink_to(ROOT / "xuejiban")
    done = run([link, "--help"], tmp_path, PYTHONPATH=str(tmp_path), PYTHONHOME="/nowhere", PIP_TARGET="/nowhere")
    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A copy of the script and its locks on a PATH with little on it, for a user who is not root."""
    house = tmp_path / "a house"
    (house / "tests").mkdir(parents=True)
    for name in ("xuejiban", "requirements.lock", "tests/requirements.lock"):
        shutil.copy(ROOT / name, house / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in BASIC_TOOLS:
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    (tools / "id").write_text("#!/bin/sh\necho 1000\n", encoding="utf-8")
    (tools / "id").chmod(0o755)
    return house


def test_without_root_it_names_the_missing_packages_in_one_sentence(bare_machine: Path) -> None:
    tools = str(bare_machine.parent / "tools")
    done = run([bare_machine / "xuejiban", "test"], bare_machine.parent, PATH=tools)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "apt-get install" in done.stderr
    assert "chromium" in done.stderr
    assert "poppler-utils" in done.stderr
    assert not (bare_machine / ".venv").exists()

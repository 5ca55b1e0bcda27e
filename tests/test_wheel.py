"""The wheel holds everything the product needs: it is built, installed into an empty environment and asked."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.test_house import FLOORS, ROOT, tracked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a clean copy of the repository, without asking a registry."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in tracked():
        target = folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    build = ["-m", "pip", "--isolated", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, "."]
    subprocess.run([sys.executable, *build], cwd=folder / "source", check=True, capture_output=True)
    return next(folder.glob("xuejiban-*.whl"))


def test_the_wheel_holds_every_file_of_the_floors_and_no_test(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in tracked() if name.split("/")[0] in FLOORS}


def test_the_installed_command_runs_and_finds_a_template(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "an empty environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # The libraries come from this run's environment; the .pth file there that names the checkout is not followed.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = ["-m", "pip", "--isolated", "--python", python, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, *install], check=True, capture_output=True)

    template = next(name for name in tracked() if name.startswith("pdf_templates/") and name.endswith(".html"))
    name = template.removeprefix("pdf_templates/")
    code = (
        "import importlib.resources, web;"
        f"print(web.__file__, importlib.resources.files('pdf_templates').joinpath({name!r}).is_file())"
    )
    answer = subprocess.run([python, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    place, found = answer.rsplit(maxsplit=1)
    assert Path(place).is_relative_to(site)
    assert found == "True"

    shown = subprocess.run([home / "bin" / "xuejiban", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert "demo" in shown.stdout

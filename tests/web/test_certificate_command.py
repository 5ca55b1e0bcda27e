"""`certificate verify`: the original, a copy, a changed file, a revoked one, somebody else's."""

from pathlib import Path

import pikepdf
import pytest

from models.certificates import Certificate
from tests import postgres
from tests.web.commands import Commands
from tests.web.door import Door, csrf_of
from tests.web.test_certificates import end, finish, only


@pytest.fixture
def certificate(door: Door) -> Certificate:
    finish(door)
    return only(door)


@pytest.fixture
def commands(door: Door) -> Commands:
    url = door.settings.database_url
    commands = Commands(door.settings.data_dir, url.replace(f"//{postgres.APP}@", f"//{postgres.OWNER}@"))
    commands.environment["XUEJIBAN_KEY_FILE"] = str(door.settings.key_file)
    return commands


def saved(door: Door, certificate: Certificate, folder: Path) -> Path:
    file = folder / "paper.pdf"
    browser, address = door.browser("a1:school_clerk"), f"/certificates/{certificate.public_id}"
    file.write_bytes(browser.post(f"{address}/pdf", data={"csrf_token": csrf_of(browser.get(address))}).data)
    return file


def test_the_original_and_every_copy_are_ours(
    door: Door, certificate: Certificate, commands: Commands, tmp_path: Path
) -> None:
    for _ in range(2):
        told = commands.json("certificate", "verify", str(saved(door, certificate, tmp_path)))
        assert told["ok"]
        assert told["unchanged"]
        assert (told["number"], told["state"], told["why"]) == (certificate.number, "valid", "")


def test_a_changed_file_is_found_out_though_its_code_is_good(
    door: Door, certificate: Certificate, commands: Commands, tmp_path: Path
) -> None:
    file = saved(door, certificate, tmp_path)
    other = tmp_path / "other.pdf"
    with pikepdf.open(file) as document:
        document.docinfo["/Title"] = "转学证明（改）"
        document.save(other)
    told = commands.json("certificate", "verify", str(other), fails=3)
    assert (told["ok"], told["unchanged"], told["number"]) == (False, False, certificate.number)
    content = bytearray(file.read_bytes())
    content[-10] ^= 1
    other.write_bytes(bytes(content))
    assert not commands.json("certificate", "verify", str(other), fails=3)["ok"]


def test_a_revoked_certificate_says_why(
    door: Door, certificate: Certificate, commands: Commands, tmp_path: Path
) -> None:
    file = saved(door, certificate, tmp_path)
    end(door.browser("a1:school_leader"), certificate, "revoke", "学生没有到校")
    told = commands.json("certificate", "verify", str(file), fails=3)
    assert (told["ok"], told["unchanged"], told["state"], told["why"]) == (False, True, "revoked", "学生没有到校")
    assert "已作废" in commands("certificate", "verify", str(file), fails=3).stdout


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\nnonsense", b"hello", b"\x00" * 5000])
def test_something_else_is_not_ours(door: Door, commands: Commands, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "else.pdf"
    file.write_bytes(content)
    told = commands.json("certificate", "verify", str(file), fails=3)
    assert (told["ok"], told["number"]) == (False, None)


def test_a_missing_file_is_one_sentence(door: Door, commands: Commands, tmp_path: Path) -> None:
    assert "没有找到" in commands.refused("certificate", "verify", str(tmp_path / "no.pdf"))

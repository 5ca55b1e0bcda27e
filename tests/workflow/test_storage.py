"""The file store: sealed, whole, bound to its row."""

import os
import stat
from pathlib import Path

import pytest

from models import crypto
from models.crypto import SealBroken
from workflow.storage import FileLost, Store

SCAN = "户口簿 沈明铭 ".encode() * 500
PLACE = crypto.place("evidence", "content", "a" * 26)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_comes_back(store: Store) -> None:
    key = crypto.new_data_key()
    for content in (b"", b"x", SCAN):
        assert store.get(store.put(content, key, PLACE), key, PLACE) == content


def test_no_byte_and_no_name_on_the_disk_tells_what_is_inside(store: Store, tmp_path: Path) -> None:
    stored = store.put(SCAN, crypto.new_data_key(), PLACE)
    (only,) = files(tmp_path)
    assert only.name == stored
    assert only.relative_to(tmp_path / "files").parts[:2] == (stored[:2], stored[2:4])
    content = only.read_bytes()
    assert not any(SCAN[start : start + 8] in content for start in range(64))


def test_only_the_owner_of_the_process_may_read_the_files(store: Store, tmp_path: Path) -> None:
    store.put(SCAN, crypto.new_data_key())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "files").rglob("*") if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_the_same_scan_twice_cannot_be_seen_to_be_the_same(store: Store) -> None:
    key = crypto.new_data_key()
    assert store.put(SCAN, key) != store.put(SCAN, key)


def test_another_row_or_another_key_does_not_open_the_file(store: Store) -> None:
    key = crypto.new_data_key()
    stored = store.put(SCAN, key, PLACE)
    with pytest.raises(SealBroken):
        store.get(stored, key, crypto.place("evidence", "content", "b" * 26))
    with pytest.raises(SealBroken):
        store.get(stored, crypto.new_data_key(), PLACE)


def test_a_damaged_or_missing_file_is_said_to_be_lost(store: Store, tmp_path: Path) -> None:
    key = crypto.new_data_key()
    stored = store.put(SCAN, key)
    (only,) = files(tmp_path)
    only.write_bytes(only.read_bytes()[:-1] + b"?")
    with pytest.raises(FileLost, match="damaged"):
        store.get(stored, key)
    store.discard(stored)
    store.discard(stored)
    with pytest.raises(FileLost, match="no file"):
        store.get(stored, key)


@pytest.mark.parametrize("wrong", ["", "none", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_key_that_is_none_never_becomes_a_path(store: Store, wrong: str) -> None:
    for act in (lambda: store.get(wrong, crypto.new_data_key()), lambda: store.discard(wrong)):
        with pytest.raises(FileLost, match="not a storage key"):
            act()


def test_a_write_that_fails_leaves_nothing_behind(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        store.put(SCAN, crypto.new_data_key())
    assert files(tmp_path) == []

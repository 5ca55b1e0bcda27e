"""Keys and sealing: what is closed opens only in its own place, and the ring survives its file."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import crypto
from models.crypto import INDEX_PURPOSES, KeyFileInvalid, KeyMissing, KeyRing, SealBroken

NUMBER = "990101201503120015"
PLACE = crypto.place("student", "id_number_sealed", "aaaa")


@pytest.fixture(autouse=True)
def ring():
    before = crypto._ring
    ring = KeyRing.create()
    crypto.use(ring)
    yield ring
    crypto.use(before)


def test_what_is_sealed_opens_again_and_looks_different_every_time():
    key = crypto.new_data_key()
    first, second = crypto.seal(key, NUMBER, PLACE), crypto.seal(key, NUMBER, PLACE)
    assert first != second
    assert NUMBER.encode() not in first
    assert crypto.open_sealed(key, first, PLACE) == crypto.open_sealed(key, second, PLACE) == NUMBER.encode()


@given(content=st.binary(max_size=300), aad=st.text(max_size=60))
def test_any_bytes_come_back_whole(content, aad):
    key = crypto.new_data_key()
    assert crypto.open_sealed(key, crypto.seal(key, content, aad), aad) == content


@pytest.mark.parametrize(
    "elsewhere",
    [
        crypto.place("student", "id_number_sealed", "bbbb"),
        crypto.place("student", "record_no_sealed", "aaaa"),
        crypto.place("guardian", "id_number_sealed", "aaaa"),
    ],
)
def test_a_value_copied_to_another_row_column_or_table_does_not_open(elsewhere):
    key = crypto.new_data_key()
    with pytest.raises(SealBroken):
        crypto.open_sealed(key, crypto.seal(key, NUMBER, PLACE), elsewhere)


def test_every_single_changed_byte_of_a_seal_is_noticed():
    key = crypto.new_data_key()
    sealed = crypto.seal(key, NUMBER, PLACE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealBroken):
            crypto.open_sealed(key, changed, PLACE)


def test_a_seal_cut_short_is_broken_and_never_empty():
    key = crypto.new_data_key()
    sealed = crypto.seal(key, NUMBER, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            crypto.open_sealed(key, sealed[:length], PLACE)


def test_another_records_data_key_does_not_open_a_seal():
    with pytest.raises(SealBroken, match="another data key"):
        crypto.open_sealed(crypto.new_data_key(), crypto.seal(crypto.new_data_key(), NUMBER, PLACE), PLACE)


def test_the_stored_form_names_version_algorithm_and_key(ring):
    wrapped = crypto.wrap(crypto.new_data_key())
    assert wrapped[:2] == b"\x01\x01"
    assert wrapped[2:10].hex() == ring.active
    assert len(wrapped) == 70


def test_a_data_key_is_wrapped_and_unwrapped_and_not_visible_in_between():
    key = crypto.new_data_key()
    wrapped = crypto.wrap(key)
    assert key not in wrapped
    assert crypto.unwrap(wrapped) == key


def test_a_key_of_the_wrong_length_is_not_wrapped():
    with pytest.raises(ValueError, match="32 bytes"):
        crypto.wrap(b"short")


def test_a_wrapped_key_of_another_installation_is_a_missing_key():
    foreign = KeyRing.create().wrap(crypto.new_data_key())
    with pytest.raises(KeyMissing):
        crypto.unwrap(foreign)


def test_a_sealed_value_is_not_taken_for_a_wrapped_key(ring):
    """Both have the same stored form; the context keeps them apart even under the same key."""
    sealed_under_kek = crypto.seal(ring.encryption[ring.active], os.urandom(32), PLACE)
    relabelled = sealed_under_kek[:2] + bytes.fromhex(ring.active) + sealed_under_kek[10:]
    with pytest.raises(SealBroken):
        crypto.unwrap(relabelled)


def test_after_a_rotation_old_records_open_and_new_ones_use_the_new_key(ring):
    key = crypto.new_data_key()
    old = crypto.wrap(key)
    rotated = ring.rotated()
    crypto.use(rotated)
    assert crypto.unwrap(old) == key
    assert not rotated.is_current(old)
    new = crypto.wrap(crypto.unwrap(old))
    assert rotated.is_current(new)
    with pytest.raises(KeyMissing):
        ring.unwrap(new)


def test_taking_the_ring_away_also_forgets_unwrapped_keys():
    wrapped = crypto.wrap(crypto.new_data_key())
    crypto.unwrap(wrapped)
    crypto.use(None)
    with pytest.raises(KeyMissing, match="no key ring"):
        crypto.unwrap(wrapped)


def test_the_blind_index_is_whole_repeatable_and_different_per_purpose_and_installation(ring):
    tags = {crypto.blind_index(purpose, NUMBER) for purpose in INDEX_PURPOSES}
    assert len(tags) == len(INDEX_PURPOSES)
    assert {len(tag) for tag in tags} == {32}
    assert crypto.blind_index("id-no", NUMBER) == crypto.blind_index("id-no", NUMBER)
    assert crypto.blind_index("id-no", NUMBER) != KeyRing.create().blind_index("id-no", NUMBER)
    with pytest.raises(KeyMissing, match="shoe-size"):
        crypto.blind_index("shoe-size", NUMBER)


def test_a_rotation_keeps_the_blind_index():
    before = crypto.blind_index("id-no", NUMBER)
    assert crypto.current().rotated().blind_index("id-no", NUMBER) == before


def test_a_signature_holds_for_its_message_only(ring):
    signature = ring.sign(b"head of the day")
    assert ring.verify(b"head of the day", signature)
    assert not ring.verify(b"another head", signature)
    assert not ring.verify(b"head of the day", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert list(ring.public_keys()) == [signature[:8].hex()]
    with pytest.raises(KeyMissing):
        ring.verify(b"head of the day", KeyRing.create().sign(b"head of the day"))


# ---- the file ------------------------------------------------------------------------------------------------------


def test_a_saved_ring_opens_everything_the_first_one_closed(ring, tmp_path):
    wrapped, tag, signature = crypto.wrap(crypto.new_data_key()), crypto.blind_index("id-no", NUMBER), ring.sign(b"m")
    ring.save(tmp_path / "keys.json")
    loaded = KeyRing.load(tmp_path / "keys.json")
    assert loaded.unwrap(wrapped) == ring.unwrap(wrapped)
    assert loaded.blind_index("id-no", NUMBER) == tag
    assert loaded.verify(b"m", signature)


def test_the_key_file_belongs_to_its_owner_alone_whatever_the_umask(ring, tmp_path):
    before = os.umask(0)
    try:
        ring.save(tmp_path / "keys.json")
    finally:
        os.umask(before)
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


def test_an_existing_key_file_is_never_overwritten_by_accident(ring, tmp_path):
    path = tmp_path / "keys.json"
    ring.save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        KeyRing.create().save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]
    ring.rotated().save(path, overwrite=True)
    assert len(KeyRing.load(path).encryption) == 2


def test_a_missing_key_file_says_so(tmp_path):
    with pytest.raises(KeyMissing, match="no key file"):
        KeyRing.load(tmp_path / "keys.json")


def test_a_key_file_that_others_may_read_is_refused(ring, tmp_path):
    path = tmp_path / "keys.json"
    ring.save(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileInvalid, match="0600"):
        KeyRing.load(path)


def _without_active(document):
    document["encryption"]["keys"] = {}
    return document


def _short_key(document):
    document["index"]["id-no"] = "AAAA"
    return document


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: [],
        lambda document: {},
        lambda document: {**document, "format": "another"},
        lambda document: {**document, "index": {"id-no": "not base64!"}},
        lambda document: {**document, "index": None},
        lambda document: {**document, "encryption": {"active": "zz", "keys": {"zz": "AAAA"}}},
        _without_active,
        _short_key,
    ],
)
def test_a_damaged_key_file_is_refused_without_showing_keys(ring, tmp_path, damage):
    path = tmp_path / "keys.json"
    ring.save(path)
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(KeyFileInvalid):
        KeyRing.load(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null"])
def test_a_key_file_that_is_no_document_is_refused(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileInvalid):
        KeyRing.load(path)


def test_a_ring_never_shows_its_keys(ring):
    shown = f"{ring!r} {ring}"
    assert ring.active in shown
    for key in (*ring.encryption.values(), *ring.index.values(), *ring.signing.values()):
        assert key.hex() not in shown
        assert repr(key) not in shown

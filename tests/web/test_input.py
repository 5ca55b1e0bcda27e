"""The gate: what is not strict JSON, or holds what cannot be kept, is refused with a status and a place."""

import pytest
from werkzeug.datastructures import MultiDict

from tests.web.door import Door, fresh_key
from web.input import DEEPEST, MOST_KEYS, TEXT, BadInput, check_form, check_members, parsed
from workflow.errors import Unmet

DEEP = b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}"
WIDE = ("{" + ",".join(f'"k{n}":1' for n in range(MOST_KEYS + 1)) + "}").encode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b'{"a":1,"a":2}', 400),
        (b'{"a":{"b":1,"b":2}}', 400),
        (b'{"a":NaN}', 400),
        (b'{"a":-Infinity}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (DEEP, 400),
        (WIDE, 400),
        (b'\xef\xbb\xbf{"a":1}', 400),
        (b'{"a":"\xff"}', 400),
        (b'{"a":"\xed\xa0\x80"}', 400),
        (b'{"a":' + b"9" * 5000 + b"}", 422),
        (b'{"a":9007199254740993}', 422),
        (b'{"a":1e999}', 422),
        (b'{"a":"\\ud800"}', 422),
        (b'{"a":"x\\u0000"}', 422),
        (b'{"\\u0000":1}', 422),
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(BadInput) as refused:
        parsed(body)
    assert refused.value.status == status


def test_what_is_strict_json_is_taken_as_it_is() -> None:
    assert parsed('{"姓名": "𠮷田䶮", "n": [1, 2.5, null, true], "brackets": "[[[["}'.encode())["姓名"] == "𠮷田䶮"


def test_the_place_of_a_bad_value_is_named() -> None:
    with pytest.raises(BadInput) as refused:
        parsed(b'{"outside":{"names":["ok","a\\u0000"]}}')
    assert refused.value.field == "outside.names.1"


def test_unknown_members_and_other_kinds_are_refused_all_at_once() -> None:
    with pytest.raises(Unmet) as refused:
        check_members({"name": 5, "state": "approved", "note": True, "left_out": None}, {"name": TEXT, "note": TEXT})
    assert {reason.field for reason in refused.value.reasons} == {"name", "state", "note", "left_out"}


def test_a_form_may_not_hold_control_characters() -> None:
    check_form(MultiDict({"comment": "第一行\r\n第二行\t完"}))
    with pytest.raises(Unmet) as refused:
        check_form(MultiDict({"comment": "a\x00b", "name": "好"}))
    assert [reason.field for reason in refused.value.reasons] == ["comment"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"x" * 1_000_001, "application/json", 413),
        (b"[" * 100_000, "application/json", 400),
        (b'{"name": "\\u0000"}', "application/json", 422),
        (b'{"phase": "effective", "school_id": 1}', "application/json", 422),
    ],
)
def test_the_api_answers_bad_bodies_with_a_problem(door: Door, body: bytes, content_type: str, status: int) -> None:
    caller = door.api("a1:school_clerk")
    headers = {**caller.headers, "Idempotency-Key": fresh_key()}
    answer = caller.client.post("/api/v1/transfers", data=body, content_type=content_type, headers=headers)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["request_id"]

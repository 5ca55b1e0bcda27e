"""The blueprint that every part of the API hangs its views on, and what their requests have in common."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from models.cases import Command
from models.text import canonical
from web.errors import Problem, bad_key
from workflow.errors import KeyReused

bp = Blueprint("api", __name__, url_prefix="/api/v1")


def idempotency_key() -> str:
    """Return the key of this request. Raises Problem 400 when it is missing or has another form."""
    key = request.headers.get("Idempotency-Key", "")
    if bad_key(key):
        text = "请在 Idempotency-Key 中给出 16 到 128 个字符的请求编号，只用字母、数字、下划线和短横"
        raise Problem(400, "idempotency_key_invalid", "缺少请求编号", text, field="Idempotency-Key", limit=128)
    return key


def once(
    session: Session, person_id: int, key: str, asked: object, now: Any, work: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Return the answer of `work`, or the stored one when the key came before with the same request.

    Answer and change are one transaction. Raises KeyReused when the key came with another request.
    """
    digest = hashlib.sha256(canonical(asked)).digest()
    mine = (Command.actor_id == person_id) & (Command.key == key)
    stored = session.scalars(select(Command).where(mine)).one_or_none()
    if stored is not None:
        if stored.digest != digest:
            raise KeyReused
        return stored.answer, True
    claim = Command(actor_id=person_id, key=key, digest=digest, at=now, answer={})
    session.add(claim)
    session.flush()  # who sends the same at the same moment waits here, starts over, and finds the answer
    claim.answer = work()
    return claim.answer, False


def opened(answer: dict[str, Any], repeated: bool) -> tuple[Response, int]:
    """Return the answer of a call that opened a case, with its address; `repeated` as `once` said."""
    response = jsonify(answer)
    response.headers["Location"] = url_for("api.show_case", no=answer["no"])
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response, 201


def arguments(*known: str) -> MultiDict[str, str]:
    """Return what stands behind the ? of the address. Raises Problem 422 for a parameter that the list does not have:
    left unread it would answer another question than the one that was meant.
    """
    for name in request.args:
        if name not in known:
            text = f"没有参数 {name[:50]}；可用的有 " + "、".join(known)
            raise Problem(422, "parameter_unknown", "没有这个参数", text, field=name[:100])
    return request.args


def wrong_place() -> Problem:
    """Return the refusal of an `after` that no page of the list gave."""
    return Problem(422, "value_unacceptable", "不能接着读", "after 应为上一页给出的 next", field="after")


def page_size(arguments: Mapping[str, str], largest: int = 100) -> int:
    """Return the asked number of lines, 25 if none is asked, never more than `largest`."""
    text = arguments.get("limit", "")
    if text.isascii() and text.isdigit() and len(text) < 6:
        return max(1, min(int(text), largest))
    return 25

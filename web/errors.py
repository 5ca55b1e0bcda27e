"""What a refusal looks like from outside: one table from refusals to status and words, as a page or a problem document.

Anything that is not in the table is a defect: it is logged with its traceback and answered with 500.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from dataclasses import field as made
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, json, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from models.session import LockTimeout
from web.auth import MustChangePassword, NotSignedIn, WrongPassword
from web.formats import full_minute
from web.input import BadInput
from web.pages.errors import ErrorPage
from web.present import words
from web.security import request_id
from web.throttle import TooMany
from web.views import ActionReason, FieldError, Rule
from workflow.errors import AlreadyDecided, Busy, KeyReused, NotAllowed, NotFound, Reason, Stale, Unacceptable, Unmet

log = logging.getLogger(__name__)

IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
NEVER_SHOWN = frozenset({
    "csrf_token", "idempotency_key", "revision", "password",
    "back_to", "jump_to", "resume", "where",
})  # fmt: skip
"""What no one typed in words: secrets, and the codes of what was chosen."""
LONGEST_KEPT = 5000


@dataclass
class Problem(Exception):
    """An answer that is no success. `detail` is one clear sentence in Chinese; `more` are members of RFC 9457."""

    status: int
    code: str
    title: str
    detail: str = ""
    field: str = ""
    limit: int | None = None
    reasons: list[Reason] = made(default_factory=list)
    headers: dict[str, str] = made(default_factory=dict)
    more: dict[str, Any] = made(default_factory=dict)


def bad_key(key: str) -> bool:
    """Tell whether an idempotency key has not the form that is asked for (promises 4)."""
    return IDEMPOTENCY_KEY.fullmatch(key) is None


def init_app(app: Flask) -> None:
    """Let every exception of the table, and every one of HTTP, be answered here."""
    for kind in (*TABLE, Problem, HTTPException):
        app.register_error_handler(kind, answer)
    app.register_error_handler(Exception, _defect)


def answer(error: Exception) -> AnyResponse:
    """Return what the caller gets for a refusal."""
    if isinstance(error, HTTPException) and error.response is not None:
        return error.get_response()
    problem = problem_of(error)
    log.info("%s %s: %s %s [%s]", request.method, request.endpoint, problem.status, problem.code, request_id())
    if isinstance(error, SecurityError):
        return Response(problem.detail + "\n", problem.status, mimetype="text/plain")
    if wants_json():
        return as_document(problem)
    if isinstance(error, NotSignedIn) and request.method in ("GET", "HEAD"):
        return _to_login()
    if isinstance(error, MustChangePassword):
        return redirect(url_for("accounts.password"), HTTPStatus.SEE_OTHER)
    return as_page(problem)


def problem_of(error: Exception) -> Problem:
    """Return the problem that an exception of the table stands for."""
    if isinstance(error, Problem):
        return error
    for kind, tell in TABLE.items():
        if isinstance(error, kind):
            return tell(error)
    assert isinstance(error, HTTPException)
    return _http(error)


def wants_json() -> bool:
    """Tell whether the caller is a program."""
    return request.path.startswith("/api/")


def as_document(problem: Problem) -> Response:
    """Return an RFC 9457 problem document."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or problem.title,
        "code": problem.code,
    }
    if problem.field:
        document["field"] = problem.field
    if problem.limit is not None:
        document["limit"] = problem.limit
    if problem.reasons:
        document["reasons"] = [reason_document(reason) for reason in problem.reasons]
    document |= problem.more
    document["request_id"] = request_id()
    body = json.dumps(document)
    return Response(body, problem.status, problem.headers, content_type="application/problem+json")


def reason_document(reason: Reason) -> dict[str, str]:
    """Return a guard's verdict as the API tells it; `field` and `clears` only where there is something to say."""
    told = asdict(reason)
    optional = {name: told.pop(name) for name in ("field", "clears")}
    return {**told, **{name: value for name, value in optional.items() if value}}


def as_page(problem: Problem) -> Response:
    """Return the page of an error, with what was typed."""
    back_url, back_word = _way_back(problem)
    page = ErrorPage(
        status=problem.status,
        title=problem.title,
        text=problem.detail,
        reasons=tuple(_shown(reason) for reason in problem.reasons if not reason.field),
        errors=tuple(FieldError(reason.message) for reason in problem.reasons if reason.field),
        kept=_kept(),
        back_url=back_url,
        back_word=back_word,
        request_id=request_id() if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "",
    )
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        g.pop("visitor", None)  # the frame of a signed-in person asks the database, which may be what is broken
    body = render_template("errors/show.html", page=page)
    return Response(body, problem.status, problem.headers, mimetype="text/html")


def _way_back(problem: Problem) -> tuple[str, str]:
    """Return where to go on, and what that is called: the same page again, or the case as it stands now."""
    if request.method in ("GET", "HEAD"):
        return (request.path if problem.status in (409, 429, 503) else ""), "再试一次"
    of_case = problem.code in (Stale.code, AlreadyDecided.code) and request.blueprint in ("cases", "problems")
    no = (request.view_args or {}).get("no") if of_case else None
    return (url_for("cases.show", no=no), "打开这件事项") if no else ("", "")


def _shown(reason: Reason) -> ActionReason:
    rule = Rule(reason.citation) if reason.citation else None
    severity = reason.severity if reason.severity in ("warn", "info") else "block"
    return ActionReason(reason.message, severity, who_clears=reason.clears, rule=rule)  # type: ignore[arg-type]


def _kept() -> tuple[tuple[str, str], ...]:
    """Return the longer words somebody typed, so that an error page does not lose them."""
    if request.method != "POST" or (request.content_length or 0) > 1_000_000:
        return ()
    typed = [(name, text) for name, text in request.form.items(multi=True) if name not in NEVER_SHOWN]
    return tuple((_LABELS.get(name, name), text[:LONGEST_KEPT]) for name, text in typed if len(text.strip()) > 1)


_LABELS = {"comment": "意见", "cause": "理由", "reason_note": "说明", "username": "用户名"}


def _to_login() -> AnyResponse:
    target = url_for("accounts.login", next=request.full_path.rstrip("?"))
    if request.headers.get("HX-Request"):
        return Response("", HTTPStatus.UNAUTHORIZED, {"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)


def _defect(error: Exception) -> AnyResponse:
    log.exception("%s %s failed [%s]", request.method, request.endpoint, request_id())
    problem = Problem(500, *BROKEN)
    return as_document(problem) if wants_json() else as_page(problem)


# ---- The table -----------------------------------------------------------------------------------------------------


def _not_found(_error: Any) -> Problem:
    return Problem(404, "not_found", "没有找到", "这里没有您可以查看的内容")


def _not_allowed(error: NotAllowed) -> Problem:
    return Problem(403, "not_allowed", "不能办理", error.why or "这一步不由您办理")


def who_changed(error: Stale) -> str:
    """Say who did what and when, after a page was drawn."""
    done = ACTIONS.get(error.action) or words.EVENTS.get(error.action, "办理")
    return f"{error.actor}已于{full_minute(error.at)}{done}" if error.at else "这件事项已有变动"


def _stale(error: Stale) -> Problem:
    facts: dict[str, Any] = {} if error.revision is None else {"revision": error.revision}
    if error.at:
        facts |= {"by": error.actor, "at": error.at.isoformat(), "action": error.action}
    title, then = ("已有结果", "查看") if isinstance(error, AlreadyDecided) else ("内容已有变动", "后再办理")
    return Problem(409, error.code, title, f"{who_changed(error)}，请重新打开{then}", more=facts)


ACTIONS = {
    "submit": "提交",
    "approve": "同意",
    "refuse": "不同意",
    "return": "退回补正",
    "withdraw": "撤回",
    "reassign_target": "另行安排学校",
    "confirm_arrival": "确认报到",
    "record_milestone": "登记外省办理结果",
    "send": "登记寄出",
    "receive": "登记签收",
    "expire": "清理逾期事项",
    "confirm_termination": "确认终止",
    "confirm_jump": "确认调整环节",
    "drop_proposal": "取消这项提请",
    "advise": "答复意见",
    "drop_consult": "撤去这项征求意见",
    "confirm_rule": "确认这项提议",
    "reject_rule": "驳回这项提议",
    "withdraw_rule": "撤回这项提议",
}


def _unmet(error: Unmet) -> Problem:
    blocks = [reason for reason in error.reasons if reason.blocks]
    only_fields = bool(blocks) and all(reason.guard == "field" for reason in blocks)
    code = "fields_unacceptable" if only_fields else "unmet"
    title = "填写有误" if only_fields else "还不能办理"
    where = blocks[0].field if len(blocks) == 1 else ""
    return Problem(422, code, title, "；".join(r.message for r in blocks), field=where, reasons=error.reasons)


def _unacceptable(error: Unacceptable) -> Problem:
    return Problem(422, error.code, "不能接受", error.message, field=error.field, limit=error.limit)


def _busy(_error: Any) -> Problem:
    text = "系统正忙，或者有人正在办理同一事项。您的操作没有执行，请稍后重试"
    return Problem(409, "busy", "正在办理中", text, headers={"Retry-After": "1"})


def _key_reused(_error: KeyReused) -> Problem:
    return Problem(422, "idempotency_key_reused", "请求编号已用过", "这个 Idempotency-Key 已用于另一个请求，请换一个")


def _too_many(error: TooMany) -> Problem:
    minutes = -(-error.wait // 60)
    text = f"尝试次数过多，请在 {minutes} 分钟后再试"
    return Problem(429, "too_many", "请稍后再试", text, headers={"Retry-After": str(error.wait)})


def _not_signed_in(error: NotSignedIn) -> Problem:
    if wants_json():
        text, asked = "请在 Authorization 中给出有效的令牌：Bearer …", {"WWW-Authenticate": 'Bearer realm="xuejiban"'}
        return Problem(401, "unauthenticated", "需要令牌", text, headers=asked)
    text = "登录已过期，请重新登录" if error.lapsed else "请先登录"
    return Problem(401, "unauthenticated", "需要登录", text)


def _must_change(_error: MustChangePassword) -> Problem:
    return Problem(403, "must_change_password", "请先修改密码", "现在的密码是管理员给的，换过以后才能办事")


def _wrong_password(_error: WrongPassword) -> Problem:
    return Problem(401, "wrong_password", "登录没有成功", "用户名或密码不正确")


def _bad_input(error: BadInput) -> Problem:
    return Problem(error.status, error.code, "请求内容有误", error.message, field=error.field, limit=error.limit)


def _database_away(error: OperationalError) -> Problem:
    log.error("the database did not answer: %s [%s]", type(error.orig).__name__, request_id())
    text = "数据库暂时没有响应，您的操作没有执行，请稍后重试"
    return Problem(503, "unavailable", "暂时不能使用", text, headers={"Retry-After": "5"})


def _csrf(_error: CSRFError) -> Problem:
    return Problem(400, "form_expired", "页面已失效", "页面打开得太久或已重新登录，请刷新后再提交；您写的内容列在下面")


BROKEN = ("internal", "系统出错了", "这一步没有完成，也没有留下改动。请稍后再试，仍不行请告诉管理员")
HTTP_WORDS = {
    400: ("bad_request", "请求有误", "无法理解这个请求，请返回后重试"),
    401: ("unauthenticated", "需要登录", "请先登录"),
    403: ("not_allowed", "不能办理", "这一步不由您办理"),
    404: ("not_found", "没有找到", "这里没有您可以查看的内容"),
    405: ("method_not_allowed", "不能这样访问", "这个地址不支持这种请求方式"),
    411: ("length_required", "请求有误", "请求没有说明内容长度"),
    413: ("too_large", "内容太大", "一次最多上传 25 MB，请减小后重试"),
    414: ("address_too_long", "地址太长", "请求的地址太长"),
    415: ("media_type", "类型不支持", "不支持这种内容类型"),
    429: ("too_many", "请稍后再试", "操作太频繁，请稍后再试"),
    500: BROKEN,
}


def _http(error: HTTPException) -> Problem:
    status = error.code or 500
    code, title, text = HTTP_WORDS.get(status, ("http_error", "请求没有完成", "请返回后重试"))
    if isinstance(error, SecurityError):
        text = "这个网址没有登记为本系统的地址，请管理员检查 XUEJIBAN_BASE_URL 或 XUEJIBAN_TRUSTED_HOSTS"
    limit = 25 * 1024 * 1024 if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else None
    allowed = getattr(error, "valid_methods", None) or ()
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    return Problem(status, code, title, text, limit=limit, headers=headers)


TABLE: dict[type[Exception], Callable[[Any], Problem]] = {
    NotFound: _not_found,
    NotAllowed: _not_allowed,
    Stale: _stale,
    Unmet: _unmet,
    Unacceptable: _unacceptable,
    Busy: _busy,
    LockTimeout: _busy,
    KeyReused: _key_reused,
    TooMany: _too_many,
    NotSignedIn: _not_signed_in,
    MustChangePassword: _must_change,
    WrongPassword: _wrong_password,
    BadInput: _bad_input,
    OperationalError: _database_away,
    CSRFError: _csrf,
}
"""Every refusal there is, and what becomes of it. The first class that fits answers."""

"""Reports of a mail gateway: one signed request says that a mail of ours came back."""

import re

from flask import Response, jsonify, request

from web import clock, signatures
from web.api.blueprint import bp
from web.auth import public
from web.database import current_house, write
from web.errors import Problem
from web.input import TEXT, Kind, check_members, json_bytes, parsed
from workflow import bounces
from workflow.errors import NotFound, Reason, Unmet

BODY: dict[str, Kind] = {"message_id": TEXT, "status": TEXT}
_OURS = re.compile(r"<?mail-([0-9a-z]{26})@[^\s<>]{1,255}>?")
_STATUS = re.compile(r"[245][.]\d{1,3}[.]\d{1,3}")


@bp.post("/delivery-reports")
@public
def take_report() -> Response:
    """Note that a mail came back (`status` 5.x.x). The same report again, or one of another mail, changes nothing.

    No person and no token stand behind it: the signature does. Without a secret the address does not exist.
    """
    secret = current_house().settings.bounce_secret
    if not secret:
        raise NotFound
    content, now = json_bytes(request), clock.now()
    try:
        signatures.check(signatures.secret_of(secret), request.headers.items(), content, clock.machine())
    except signatures.NotSigned:
        raise Problem(401, "not_signed", "签名不对", "请用约定的密钥签名，时间与本系统相差不超过 5 分钟") from None
    body = parsed(content)
    check_members(body, BODY)
    public_id, status = _checked(str(body.get("message_id") or ""), str(body.get("status") or ""))
    failed = status.startswith("5.")
    taken = failed and write(lambda session: bounces.report(session, public_id, status, now))
    return jsonify({"taken": taken})


def _checked(message_id: str, status: str) -> tuple[str, str]:
    """Return the random word of the mail, empty for a mail that is not ours, and the status. Raises Unmet."""
    faults = []
    if not 0 < len(message_id) <= 300:
        faults.append(Reason("field", "block", "请给出原邮件的 Message-ID", field="message_id"))
    if not _STATUS.fullmatch(status):
        faults.append(Reason("field", "block", "请给出 RFC 3463 的状态，如 5.1.1", field="status"))
    if faults:
        raise Unmet(faults)
    found = _OURS.fullmatch(message_id)
    return found[1] if found else "", status

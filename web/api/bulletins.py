"""Monthly bulletins for programs: what was issued, and the frozen figures of one version."""

from typing import Any

from flask import Response, jsonify

from models.bulletins import Bulletin
from web import clock
from web.api.blueprint import arguments, bp
from web.api.documents import moment, office
from web.auth import current_actor, current_world
from web.database import read_session
from workflow.statistics import bulletins


@bp.get("/bulletins")
def list_bulletins() -> Response:
    """Tell the months of a department that may be issued, with every version that was."""
    place = bulletins.department(current_actor(), current_world(), arguments("org").get("org", ""))
    shelf = bulletins.shelf(read_session(), place, clock.today())
    return jsonify(
        {
            "office": office(current_world(), place.id),
            "months": [
                {"month": f"{one.month.first:%Y-%m}", "versions": [_told(row) for row in one.versions]} for one in shelf
            ],
        }
    )


@bp.get("/bulletins/<public_id>")
def read_bulletin(public_id: str) -> Response:
    """Tell one version with its figures."""
    row, place = bulletins.read(read_session(), current_actor(), current_world(), public_id)
    told = {"office": office(current_world(), place.id), "month": f"{row.month:%Y-%m}", **_told(row)}
    return jsonify({**told, "figures": row.figures})


def _told(row: Bulletin) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "number": row.number,
        "version": row.version,
        "reason": row.reason,
        "issued_at": moment(row.issued_at),
    }

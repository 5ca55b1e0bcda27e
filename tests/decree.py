"""Policies as an administrator would write them, for tests."""

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from models.people import SYSTEM_PERSON_ID
from models.policies import Policy
from tests.cast import MONDAY
from workflow.world import touch


def decree(
    session: Session,
    key: str,
    value: Any,
    org: int | None = None,
    *,
    stage: str | None = None,
    since: dt.date = dt.date(2020, 1, 1),
    until: dt.date | None = None,
) -> Policy:
    """Store a rule of one jurisdiction (none: the nation) and let everybody see it."""
    row = Policy(
        key=key,
        org_id=org,
        stage=stage,
        value={"value": value},
        valid_from=since,
        valid_to=until,
        source="测试文件",
        created_by=SYSTEM_PERSON_ID,
        created_at=MONDAY,
    )
    session.add(row)
    touch(session, "policy")
    session.commit()
    return row

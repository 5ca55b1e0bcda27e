"""Administration: offices, posts, rules, calendars, incidents; each page limited to the viewer's own subtree."""

from web.admin import (
    calendar,
    handing_over,
    incidents,
    mail_texts,
    organisations,
    policies,
    policy_proposals,
    policy_trials,
    posts,
)
from web.admin.frame import bp

__all__ = [
    "bp",
    "calendar",
    "handing_over",
    "incidents",
    "mail_texts",
    "organisations",
    "policies",
    "policy_proposals",
    "policy_trials",
    "posts",
]

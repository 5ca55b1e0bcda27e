"""Administration: offices, posts and accounts, rules, calendars; each page limited to the viewer's own subtree."""

from web.admin import calendar, organisations, policies, posts
from web.admin.frame import bp

__all__ = ["bp", "calendar", "organisations", "policies", "posts"]

"""Where process admins try expressions and decision tables, and see why they give what they give."""

from app.playground.views import blueprint

__all__ = ["blueprint"]

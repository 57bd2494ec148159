"""A/B posts: who is away, who acts for whom, what is handed over; the pages of all that."""

from app.duty import post_views
from app.duty.telling import topics
from app.duty.views import blueprint

__all__ = ["blueprint", "post_views", "topics"]

"""A/B posts: who is away, who acts for whom, what is handed over; the pages of all that."""

from app.duty.views import blueprint

__all__ = ["blueprint"]

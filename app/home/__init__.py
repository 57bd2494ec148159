"""The page after signing in: for each role what is theirs, what is late, and where the rows behind each number are."""

from app.home.views import blueprint

__all__ = ["blueprint"]

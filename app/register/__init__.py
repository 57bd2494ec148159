"""The pages of cases: registers with their rows, a case with its course, and what hangs on it."""

from app.register import voiding  # noqa: F401  (its pages join the blueprint)
from app.register.views import blueprint

__all__ = ["blueprint"]

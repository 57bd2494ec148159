"""The pages of cases: registers with their rows, a case with its course, what hangs on it, and its links."""

from app.register import activities, keeping, links, taking, voiding
from app.register.views import blueprint

__all__ = ["activities", "blueprint", "keeping", "links", "taking", "voiding"]

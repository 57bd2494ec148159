"""The pages of daily work: the inbox, a task with its form and its case, and starting something new."""

from app.tasklist import start
from app.tasklist.views import blueprint

__all__ = ["blueprint", "start"]

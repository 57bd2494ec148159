"""Notices: what writes them, the bell and its pages, mail, the daily digest."""

from app.notices.errands import topics
from app.notices.mentions import tell_mentioned
from app.notices.returned import return_teller
from app.notices.tasks import task_teller
from app.notices.telling import incident_teller, notifier, tell_of_errand
from app.notices.views import blueprint

__all__ = [
    "blueprint", "incident_teller", "notifier", "return_teller", "task_teller", "tell_mentioned", "tell_of_errand",
    "topics",
]

"""The working-day calendar: which days are worked, and when a limit runs out."""

from app.calendar.rules import LOCAL, CalendarError, Due, WorkingCalendar
from app.calendar.table import load_calendar

__all__ = ["LOCAL", "CalendarError", "Due", "WorkingCalendar", "load_calendar"]

"""Figures of a register for leaders: charts and tables whose every number leads to its rows, and a public version."""

from app.statistics.views import blueprint

__all__ = ["blueprint"]

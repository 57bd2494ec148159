"""Prints as PDF in the conventions of official paper: a case, its handling slip, agenda and minutes, a register."""

from app.printing.views import blueprint

__all__ = ["blueprint"]

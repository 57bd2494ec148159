"""Masked values shown for a while and for a reason, and what of cases was shown or taken out, for auditors."""

from app.disclosure.views import blueprint

__all__ = ["blueprint"]

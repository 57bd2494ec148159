"""The files of a case as pages: attached, saved, looked at one after the other; their text is read beside."""

from app.files.views import blueprint

__all__ = ["blueprint"]

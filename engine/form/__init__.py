"""Camunda Forms: reads a `.form` file and checks on the server what a browser submits."""

from engine.form.form import Form, parse_form
from engine.form.schema import Field, FormNotSupported

__all__ = ["Field", "Form", "FormNotSupported", "parse_form"]

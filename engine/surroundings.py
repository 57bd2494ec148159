"""What instances are given from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from engine.canonical import Json
from engine.elements.nesting import Library, NoLibrary
from engine.feel.values import Function
from engine.form import Form
from engine.message import Route


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an instance is given from outside: the local zone, functions for expressions, options for forms.

    And the library of definitions that it may call.
    """

    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    functions: Mapping[str, Function] = field(default_factory=dict)
    form_data: Mapping[str, Callable[[], Json]] = field(default_factory=dict)
    route: Route = lambda attempt: None
    library: Library = field(default_factory=NoLibrary)

    def seen_by(self, form: Form, scope: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a form reads of the variables, and of the options offered beside them: no more is looked up."""
        seen = {name: scope[name] for name in form.reads if name in scope}
        seen.update((name, self.form_data[name]()) for name in form.reads & self.form_data.keys())
        return seen

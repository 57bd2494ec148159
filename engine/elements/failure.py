"""What makes a token stand where it is, and at what it stood."""

from __future__ import annotations

from typing import Literal

from engine.errors import ExecutionFailed, NotJsonSafe
from engine.feel.errors import UnsupportedValue

CANNOT_GO_ON = (ExecutionFailed, NotJsonSafe, UnsupportedValue)
"""What the diagram or the data of an instance are to blame for; any other error undoes the step."""
Stage = Literal["continue", "enter", "listen", "execute", "inside", "leave"]
"""What a node was at when it failed: that is what is done again on a retry."""

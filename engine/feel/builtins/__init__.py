"""The built-in functions, by kind; importing this package registers them all."""

from engine.feel.builtins import (  # noqa: F401
    camunda,
    contexts,
    conversion,
    dates,
    intervals,
    lists,
    numbers,
    statistics,
    strings,
)
from engine.feel.functions import BUILTINS

__all__ = ["BUILTINS"]

"""Decision models (DMN 1.1 to 1.5): tables, boxed expressions, and the graph of what requires what."""

from engine.dmn.errors import DecisionModelInvalid, DecisionNotFound, HitPolicyViolated, ValueNotAllowed
from engine.dmn.files import ModelFile, parse_files
from engine.dmn.model import Decision, DecisionModel, DecisionResult
from engine.dmn.parser import parse_dmn
from engine.dmn.table import MatchedRule, TableTrace

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionModelInvalid",
    "DecisionNotFound",
    "DecisionResult",
    "HitPolicyViolated",
    "MatchedRule",
    "ModelFile",
    "TableTrace",
    "ValueNotAllowed",
    "parse_dmn",
    "parse_files",
]

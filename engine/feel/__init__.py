"""The expression language FEEL (DMN 1.5): compiled once, evaluated often, bounded, never run as Python."""

from engine.feel.errors import EvaluationLimit, ExpressionSyntaxError, UnsupportedValue
from engine.feel.explain import Explanation, Part, explain
from engine.feel.expression import Evaluation, Expression, compile_expression, compile_unary_tests
from engine.feel.functions import BUILTINS
from engine.feel.scope import Reason
from engine.feel.values import Function, Range, Value, YearsMonths, from_json, to_json

__all__ = [
    "BUILTINS",
    "Evaluation",
    "EvaluationLimit",
    "Explanation",
    "Expression",
    "ExpressionSyntaxError",
    "Function",
    "Part",
    "Range",
    "Reason",
    "UnsupportedValue",
    "Value",
    "YearsMonths",
    "compile_expression",
    "compile_unary_tests",
    "explain",
    "from_json",
    "to_json",
]

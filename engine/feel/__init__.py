"""The expression language FEEL (DMN 1.5): compiled once, evaluated often, bounded, never run as Python."""

from engine.feel.errors import EvaluationLimit, ExpressionSyntaxError, UnsupportedValue
from engine.feel.expression import Evaluation, Expression, compile_expression, compile_unary_tests
from engine.feel.functions import BUILTINS
from engine.feel.scope import Reason
from engine.feel.values import Function, Range, Value, YearsMonths, from_json, to_json

__all__ = [
    "BUILTINS",
    "Evaluation",
    "EvaluationLimit",
    "Expression",
    "ExpressionSyntaxError",
    "Function",
    "Range",
    "Reason",
    "UnsupportedValue",
    "Value",
    "YearsMonths",
    "compile_expression",
    "compile_unary_tests",
    "from_json",
    "to_json",
]

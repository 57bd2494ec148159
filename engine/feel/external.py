"""External functions: `external {java: …}` names a pure function of Java's library, done here; no Java ever runs.

What may be named is an allow-list (java.lang.Math, the valueOf and parse methods of Java's boxes of numbers,
String.valueOf and String.format); a PMML model, or any other class or method, is refused when it is compiled.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from engine.feel import tree
from engine.feel.compiler import Code, Names, Unknown, compiles
from engine.feel.errors import NoValue
from engine.feel.java_format import java_format, java_text
from engine.feel.scope import Run
from engine.feel.types import name_of
from engine.feel.values import Function, Value

_SIGNATURE = re.compile(r"\s*([A-Za-z_]\w*)\s*\(\s*(.*?)\s*\)\s*")
_WHOLE = {"byte": 8, "short": 16, "int": 32, "long": 64}
_SHORT = {"java.lang.String": "String", "java.lang.Object": "Object", "[Ljava.lang.Object;": "Object..."}
_SHORT |= {"java.lang.Object...": "Object...", "java.lang.Object[]": "Object...", "Object[]": "Object..."}


class JavaMethod(NamedTuple):
    """A method that may be named: how its arguments are taken, and what it does with them."""

    takes: tuple[str, ...]
    does: Callable[..., object]


def java_method(class_name: str, signature: str) -> JavaMethod | None:
    """Return the method of the allow-list that a class and a signature such as `max(double, double)` name, or None."""
    found = _SIGNATURE.fullmatch(signature)
    if not found:
        return None
    types = tuple(_SHORT.get(kind.strip(), kind.strip()) for kind in found[2].split(",")) if found[2] else ()
    does = _METHODS.get((class_name, found[1], types))
    return JavaMethod(types, does) if does is not None else None


@compiles(tree.External)
def _external(node: tree.External, names: Names) -> Code:
    parameters = tuple(name for name, _ in node.parameters)
    class_name, signature = _mapping(node)
    method = java_method(class_name, signature)
    if method is None:
        raise Unknown(f"the external function {class_name}.{signature} is not available", node.at)
    variadic = method.takes[-1:] == ("Object...",)
    if len(parameters) != len(method.takes) and not (variadic and len(parameters) >= len(method.takes) - 1):
        raise Unknown(f"{signature} takes {len(method.takes)} arguments, not {len(parameters)}", node.at)
    function = Function(signature, parameters, _calling(method), required=len(parameters))
    return lambda scope: function


def _mapping(node: tree.External) -> tuple[str, str]:
    """Return the class and the signature that `{java: {class: "…", method signature: "…"}}` names."""
    outer = _entries(node.mapping)
    inner = _entries(outer.get("java"))
    parts = [part.value for name in ("class", "method signature") if isinstance(part := inner.get(name), tree.Literal)]
    match parts:
        case [str(class_name), str(signature)]:
            return class_name, signature
    what = "a PMML model" if "pmml" in outer else "one without a Java class and a method signature as literals"
    raise Unknown(f"{what} cannot be an external function", node.at)


def _entries(node: tree.Node | None) -> dict[str, tree.Node]:
    return dict(node.entries) if isinstance(node, tree.ContextOf) else {}


def _calling(method: JavaMethod) -> Callable[..., Value]:
    def call(run: Run, *arguments: Value) -> Value:
        fixed = [kind for kind in method.takes if kind != "Object..."]
        taken = [_taken(value, kind) for value, kind in zip(arguments, fixed, strict=False)]
        rest = list(arguments[len(fixed) :]) if len(fixed) < len(method.takes) else []
        if len(rest) == 1 and isinstance(rest[0], list):
            rest = rest[0]
        try:
            return _returned(method.does(*taken, *rest))
        except (ArithmeticError, ValueError, struct.error) as error:
            raise NoValue("the external function has no result for these arguments") from error

    return call


def _taken(value: Value, kind: str) -> object:
    """Return the argument as Java would take it (DMN 1.5, table 46)."""
    match kind, value:
        case (("double" | "float"), Decimal()):
            return _single(float(value)) if kind == "float" else float(value)
        case _, Decimal() if kind in _WHOLE and value == int(value) and -(2 ** (_WHOLE[kind] - 1)) <= value:
            if value < 2 ** (_WHOLE[kind] - 1):
                return int(value)
        case "boolean", bool():
            return value
        case "char", str() if len(value) == 1:
            return value
        case "String", str():
            return value
        case "Object", _:
            return value
    raise NoValue(f"a {name_of(value)} is no {kind} of Java")


class _Single(float):
    """A number of single precision, which is printed with fewer digits."""


def _single(number: float) -> _Single:
    return _Single(struct.unpack("f", struct.pack("f", number))[0])


def _returned(result: object) -> Value:
    match result:
        case _Single():
            texts = (f"{result:.{digits}g}" for digits in range(6, 10))
            return Decimal(next(text for text in texts if _single(float(text)) == result))
        case float():
            if not math.isfinite(result):
                raise NoValue("the external function's result is no number")
            return Decimal(repr(result))
        case int() if not isinstance(result, bool):
            return Decimal(result)
    return result


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)


def _whole(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text) if re.fullmatch(r"[+-]?\d+", text, re.ASCII) else None
        if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return number

    return parse


def _cube_root(number: float) -> float:
    return math.copysign(abs(number) ** (1 / 3), number)


def _sign(number: float) -> float:
    return math.copysign(1.0, number) if number else number


_MATH = "java.lang.Math"
_ONE_DOUBLE: Mapping[str, Callable[[float], object]] = {
    name: getattr(math, name)
    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "expm1", "log")
} | {
    "log10": math.log10,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    "cbrt": _cube_root,
    "toRadians": math.radians,
    "toDegrees": math.degrees,
    "signum": _sign,
    "ceil": lambda number: float(math.ceil(number)),
    "floor": lambda number: float(math.floor(number)),
    "rint": lambda number: float(round(number)),
    "round": _rounded,
}
_TWO_DOUBLES: Mapping[str, Callable[..., object]] = {
    "pow": math.pow,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "IEEEremainder": math.remainder,
}
_BOXES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    **{box: (kind, _whole(_WHOLE[kind])) for box, kind in {"Byte": "byte", "Short": "short", "Long": "long"}.items()},
    "Integer": ("int", _whole(32)),
    "Float": ("float", lambda text: _single(float(text))),
    "Double": ("double", float),
    "Boolean": ("boolean", lambda text: text.lower() == "true"),
}


def _methods() -> dict[tuple[str, str, tuple[str, ...]], Callable[..., object]]:
    methods: dict[tuple[str, str, tuple[str, ...]], Callable[..., object]] = {}
    methods |= {(_MATH, name, ("double",)): does for name, does in _ONE_DOUBLE.items()}
    methods |= {(_MATH, name, ("double", "double")): does for name, does in _TWO_DOUBLES.items()}
    for kind in ("int", "long", "float", "double"):
        methods |= {(_MATH, name, (kind, kind)): does for name, does in {"max": max, "min": min}.items()}
        methods[_MATH, "abs", (kind,)] = _Single.__abs__ if kind == "float" else abs
    for kind in ("int", "long"):
        methods[_MATH, "floorMod", (kind, kind)] = lambda left, right: left % right
        methods[_MATH, "floorDiv", (kind, kind)] = lambda left, right: left // right
    for box, (kind, parse) in _BOXES.items():
        parses = "parse" + kind.capitalize()
        methods[f"java.lang.{box}", "valueOf", (kind,)] = lambda value: value
        methods |= {(f"java.lang.{box}", name, ("String",)): parse for name in ("valueOf", parses)}
    for kind in ("boolean", "char", "int", "long", "float", "double", "Object"):
        methods["java.lang.String", "valueOf", (kind,)] = java_text
    methods["java.lang.String", "format", ("String", "Object...")] = java_format
    return methods


_METHODS = _methods()

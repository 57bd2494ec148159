"""External functions: a short list of Java's pure ones, and nothing else."""

from decimal import Decimal

import pytest

from engine.feel import ExpressionSyntaxError, compile_expression
from tests.engine.feel.support import reasons, value


def called(class_name: str, signature: str, arguments: str) -> str:
    parameters = ", ".join(f"p{number}" for number, _ in enumerate(arguments.split(", "))) if arguments else ""
    java = f'{{java: {{class: "{class_name}", method signature: "{signature}"}}}}'
    return f"{{f: function({parameters}) external {java}, r: f({arguments})}}.r"


@pytest.mark.parametrize(
    ("class_name", "signature", "arguments", "expected"),
    [
        ("java.lang.Math", "cos(double)", "123", Decimal("-0.8879689066918555")),
        ("java.lang.Math", "max(int, int)", "1, 2", 2),
        ("java.lang.Math", "max(float,float)", "123.46, 456.78", Decimal("456.78")),
        ("java.lang.Math", "pow(double, double)", "2, 10", 1024),
        ("java.lang.Math", "round(double)", "-2.5", -2),
        ("java.lang.Math", "abs(long)", "-3", 3),
        ("java.lang.Integer", "valueOf(java.lang.String)", '"123"', 123),
        ("java.lang.Integer", "parseInt(java.lang.String)", '"-5"', -5),
        ("java.lang.Double", "valueOf(java.lang.String)", '"1234.56"', Decimal("1234.56")),
        ("java.lang.Float", "valueOf(java.lang.String)", '"1234.56"', Decimal("1234.56")),
        ("java.lang.Byte", "valueOf(byte)", "3", 3),
        ("java.lang.String", "valueOf(char)", '"a"', "a"),
        ("java.lang.String", "valueOf(double)", "1.5", "1.5"),
        ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", '"foo %s", "bar"', "foo bar"),
        ("java.lang.String", "format(java.lang.String, java.lang.Object[])", '"%5.2f|%-4d|%04d", 3.14159, 7, 7', None),
    ],
)
def test_a_function_of_the_list_gives_what_java_gives(
    class_name: str, signature: str, arguments: str, expected: object
) -> None:
    if expected is None:
        text = called(class_name, signature, arguments.replace(", 3", ", [3").replace("7, 7", "7, 7]"))
        text = text.replace("function(p0, p1, p2, p3)", "function(p0, p1)")
        assert value(text) == " 3.14|7   |0007"
    else:
        assert value(called(class_name, signature, arguments)) == expected


@pytest.mark.parametrize(
    ("signature", "arguments", "reason"),
    [
        ("max(int,int)", '"1", 2', "a string is no int of Java"),
        ("max(int,int)", "1.5, 2", "a number is no int of Java"),
        ("max(int,int)", "10**12, 2", "a number is no int of Java"),
        ("log(double)", "-1", "no result for these arguments"),
        ("exp(double)", "10**9", "no result for these arguments"),
    ],
)
def test_what_java_would_not_take_gives_null_and_the_reason(signature: str, arguments: str, reason: str) -> None:
    assert reason in reasons(called("java.lang.Math", signature, arguments))[0]


@pytest.mark.parametrize(
    ("class_name", "signature"),
    [
        ("java.lang.Math", "foo(double)"),
        ("java.lang.Math", "max(java.lang.String, java.lang.String)"),
        ("java.lang.Runtime", "exec(java.lang.String)"),
        ("os", "system(java.lang.String)"),
        ("java.lang.Math", "__class__()"),
    ],
)
def test_anything_else_is_refused_by_name(class_name: str, signature: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(called(class_name, signature, "1"))
    assert f"{class_name}.{signature} is not available" in str(caught.value)

"""What is no expression is refused with the place and what could stand there."""

import pytest

from engine.feel import ExpressionSyntaxError, compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("1 +", 3, "the expression ends too early; expected a value"),
        ("a > (1", 6, "the expression ends too early"),
        ("a >（5", 3, "write ( instead of the full-width sign"),
        ("a > 5。", 5, "write . instead of the full-width sign"),
        ('"open', 0, "the string has no closing quote"),
        ("if a then b", 11, "expected “else”"),
        ("1 2", 2, "unexpected “2”; expected an operator"),
        ('@"2026-13-01"', 0, "is no date, time or duration"),
        ("x instance of tNothing", 2, "there is no type tNothing"),
        ('function(a) external {java: "x"}', 0, "cannot be an external function"),
        ('function(a) external {pmml: {document: "x"}}', 0, "a PMML model cannot be an external function"),
        (
            'function() external {java: {class: "java.lang.Runtime", method signature: "getRuntime()"}}',
            0,
            "the external function java.lang.Runtime.getRuntime() is not available",
        ),
        ("{a: 1, a: 2}", 7, "the entry a is there twice"),
        ("f(a: 1, 2)", 8, "expected a name"),
        ("(" * 61 + "1" + ")" * 61, 60, "more than 60 brackets inside each other"),
        ("a" + ".b" * 2000, 0, "too deeply nested"),
        ("", 0, "the expression ends too early"),
        ("a == b", 3, "one = compares"),
        ("a && b", 2, "write “and”"),
        ("a > 'x'", 4, "write texts in double quotes"),
        ("7 % 2", 2, "write “modulo(a, b)”"),
        ("x instance of nubmer", 2, "there is no type nubmer; is number meant?"),
        ('substring("abc", start: 1)', 22, "either all named or none of them is"),
        ("1e9999", 0, "1e9999 is outside the range of numbers"),
    ],
)
def test_an_error_tells_where_and_why(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(text)
    assert caught.value.position == position
    assert message in str(caught.value)
    assert caught.value.code == "expression_syntax"


def test_an_error_in_a_long_text_names_line_and_column() -> None:
    with pytest.raises(ExpressionSyntaxError, match=r"line 3, column 5: unexpected “then”"):
        compile_expression("a\n+ b\n+ c then d")


def test_a_cell_of_a_table_may_not_end_in_a_comma() -> None:
    with pytest.raises(ExpressionSyntaxError, match="ends too early"):
        compile_unary_tests('"a",')


def test_comments_and_line_breaks_are_no_part_of_an_expression() -> None:
    assert compile_expression("// why\n a /* and\n what */ + 1").names == {"a"}

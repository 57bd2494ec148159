"""The value of every part of ${…}, with its place in the text."""

from engine.feel.values import Function
from engine.juel_parts import explain
from tests.engine.feel.support import NOW


def parts(text: str, **variables: object) -> dict[str, tuple[object, ...]]:
    """Return the values of each part by its text, without literals."""
    found = explain(text, variables, now=NOW)
    body = text.strip()
    assert all(body[part.start : part.end] == part.text for part in found.parts)
    return {part.text: part.values for part in found.parts if not part.is_literal}


def test_every_part_has_its_text_and_its_values() -> None:
    text = " ${ empty name || (days + 1 >= limit && m['a'].size() > 0) ? 'x' : other } "
    assert parts(text, name="n", days=3, limit=4, m={"a": [1]}) == {
        "empty name || (days + 1 >= limit && m['a'].size() > 0) ? 'x' : other": ("x",),
        "empty name || (days + 1 >= limit && m['a'].size() > 0)": (True,),
        "empty name": (False,), "name": ("n",),
        "days + 1 >= limit && m['a'].size() > 0": (True,),
        "days + 1 >= limit": (True,), "days + 1": (4,), "days": (3,), "limit": (4,),
        "m['a'].size() > 0": (True,), "m['a'].size()": (1,), "m": ({"a": [1]},),
        "other": (),
    }


def test_a_text_with_expressions_in_it_is_a_part_itself() -> None:
    assert parts("${name}: ${days * 2}", name="n", days=3) == {
        "${name}: ${days * 2}": ("n: 6",), "name": ("n",), "days * 2": (6,), "days": (3,)
    }


def test_functions_of_the_application_are_known_by_name() -> None:
    double = Function("double", ("n",), lambda run, n: n * 2, required=1)
    found = explain("${double(days) + 1}", {"days": 4, "double": double}, now=NOW, functions=frozenset({"double"}))
    assert found.value == 9
    assert [part.text for part in found.parts][1] == "double(days)"

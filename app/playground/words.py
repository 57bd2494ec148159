"""What the expression language says of an expression, in the reader's language: its own words are English."""

from __future__ import annotations

import re
from functools import lru_cache

from flask_babel import gettext as _

from app.i18n import N_, language_of_reader
from app.playground.shown import TYPES

# `kind` and `other` are names of types, `reason` is another message; the first that fits is taken.
MESSAGES = (
    N_("decision table %(table)s, input %(column)s: %(reason)s"),
    N_("decision table %(table)s, rule %(number)s, output %(column)s: %(reason)s"),
    N_("decision table %(table)s: input %(column)s must be %(allowed)s"),
    N_("decision table %(table)s, rule %(number)s: output %(column)s must be %(allowed)s"),
    N_("decision table %(table)s: only one rule may match, but rules %(rules)s match"),
    N_("decision table %(table)s: all rules that match must conclude the same, but rules %(rules)s match"),
    N_("decision table %(table)s: %(reason)s"),
    N_("input %(column)s: %(reason)s"),
    N_("there is no variable %(name)s"), N_("there is no function %(name)s"), N_("there is no type %(name)s"),
    N_("null has no %(name)s"), N_("the context has no entry %(name)s"), N_("a %(kind)s has no %(name)s"),
    N_("a %(kind)s has no method %(name)s"), N_("null has no items"), N_("null cannot be filtered"),
    N_("null cannot be iterated over"), N_("null is no function"), N_("a %(kind)s is no function"),
    N_("there is no item %(number)s in a list of %(count)s"),
    N_("there is no position %(number)s in a list of %(count)s"), N_("one side of %(operator)s is null"),
    N_("a %(kind)s cannot be compared with a %(other)s"), N_("a %(kind)s cannot be equal to a %(other)s"),
    N_("%(operator)s does not apply to a %(kind)s and a %(other)s"),
    N_("%(operator)s has no result within the range of numbers and dates"),
    N_("a %(kind)s is neither true nor false"), N_("a %(kind)s is no number"), N_("a %(kind)s cannot be negated"),
    N_("the condition is a %(kind)s, neither true nor false"), N_("a whole number is wanted"),
    N_("not: the value is neither true nor false"), N_("division by zero"), N_("modulo: division by zero"),
    N_("the result is out of range"), N_("%(function)s: the result is out of range"),
    N_("%(function)s: the result is too large"), N_("a function has no text"),
    N_("the range has an end that is null"), N_("a range needs an end"),
    N_("a range cannot run from this %(kind)s down to a lower one"),
    N_("there is no counting from a %(kind)s to a %(other)s"),
    N_("a date and time with a zone cannot be reckoned with one without"),
    N_("%(name)s takes %(count)s, not %(given)s"), N_("%(name)s has no parameter %(wrong)s, only %(names)s"),
    N_("an argument is missing"), N_("%(name)s: %(parameter)s must be a %(kind)s, not a %(other)s"),
    N_("%(parameter)s must be a %(kind)s, not a %(other)s"), N_("%(name)s: %(parameter)s must be a %(kind)s"),
    N_("%(name)s needs %(parameter)s"), N_("%(name)s does not take these arguments"),
    N_("%(function)s: numbers are needed, and nothing else"), N_("sum: every item must be a number or a duration"),
    N_("sum: the list is empty"), N_("min and max need an item"), N_("stddev: two numbers are needed"),
    N_("sqrt: the number is negative"), N_("log: the number is not positive"),
    N_("number: %(value)s is no number"), N_("number: %(value)s is out of range"),
    N_("number: digits are grouped by a space, comma or point; decimals follow a point or comma"),
    N_("number: one sign cannot both group digits and separate decimals"), N_("number: separators are for text"),
    N_("date: there is no %(value)s: %(detail)s"), N_("time: there is no %(value)s"),
    N_("date and time: there is no zone %(zone)s, or the date and time has none to begin with"),
    N_("duration: %(value)s is none"), N_("range: %(value)s is none"),
    N_("date: %(value)s is none"), N_("time: %(value)s is none"), N_("date and time: %(value)s is none"),
    N_("from json: the text is no JSON"), N_("get value: there is no entry where the keys lead"),
    N_("context put: there is no context %(key)s"), N_("context put: the keys must be strings"),
    N_("context: every entry needs a key and a value"), N_("context merge: every item must be a context"),
    N_("concatenate: a list is null"), N_("string join: every item must be a string"),
    N_("partition: the size must be at least 1"), N_("substring: the length must be at least 1"),
    N_("substring: there is no position %(number)s in %(count)s characters"),
    N_("sublist: there are no %(count)s items from there on"),
    N_("list replace: the function must return true or false"),
    N_("the pattern %(pattern)s is none: %(detail)s"), N_("the pattern repeats too much"),
    N_("there is no flag %(flag)s; there are s, m, i, x and q"),
    N_("assert: the condition does not hold"),
    N_("a %(type)s is wanted, not a %(kind)s"), N_("a %(type)s needs %(entry)s"),
    N_("the value is none of those that %(type)s allows: %(allowed)s"),
    N_("the value does not meet what %(type)s asks: %(allowed)s"),
    N_("the evaluation takes more than %(count)s steps"), N_("the evaluation takes more than %(count)s seconds"),
    N_("the evaluation goes too deep"), N_("the evaluation of decision %(name)s goes too deep"),
    N_("more than %(count)s functions call one another"),
    N_("counting from %(start)s to %(end)s takes more than %(count)s steps"),
    N_("a string is longer than %(count)s characters"), N_("a comparison looks at more than %(count)s items"),
    N_("the expression ends too early"), N_("cannot be read"), N_("too deeply nested"),
    N_("the string has no closing quote"), N_("more than %(count)s brackets inside each other"),
    N_("the expression is longer than %(count)s characters"), N_("longer than %(count)s characters"),
    N_("the entry %(name)s is there twice"), N_("%(value)s is no date, time or duration"),
    N_("%(value)s is outside the range of numbers"), N_("the type %(name)s takes no type in brackets"),
    N_("unexpected %(sign)s; write %(hint)s instead of the full-width sign"), N_("unexpected %(sign)s; %(reason)s"),
    N_("unexpected %(sign)s"), N_("write “and”"), N_("write “or”"), N_("write “not(…)”, or != for unequal"),
    N_("write texts in double quotes: \"…\""), N_("write “modulo(a, b)”"),
    N_("an expression has no semicolon; items are separated by commas"),
    N_("${…} is another language; here names stand by themselves"), N_("%(what)s is not available in ${…}"),
    N_("the exponent is outside %(low)s to %(high)s"), N_("cycle: the interval is no duration"),
    N_("cycle: the repetitions are no whole number from 1 on"),
    N_("context: the key %(key)s is no string, or is there twice"),
    N_("%(function)s: %(parameter)s has an end that is null"), N_("coincides: a point cannot coincide with a range"),
    N_("%(value)s cannot be rounded to %(digits)s digits"), N_("modulo: the numbers are too far apart"),
    N_("the scale %(digits)s is outside %(low)s to %(high)s"), N_("%(what)s cannot be an external function"),
    N_("a %(kind)s is no %(type)s of Java"), N_("the external function %(name)s is not available"),
    N_("the external function has no result for these arguments"), N_("the external function's result is no number"),
    N_("a date and time without a zone is no instant"), N_("subList: %(first)s to %(last)s is outside the list"),
    N_("substring: %(first)s to %(last)s is outside the string"),
    N_("the %(what)s %(value)s is outside %(low)s to %(high)s"),
    N_("the pattern is longer than %(count)s characters"),
    N_("the replacement %(value)s has a $ or \\ that means nothing; write \\$ and \\\\"),
    N_("the pattern refers back to a group, and repeats what is repeated"),
    N_("the text of %(count)s characters is too long for a pattern with so many repetitions"),
    N_("a %(kind)s cannot be stored"), N_("a %(kind)s cannot be used in an expression"),
    N_("the value has too many parts to be stored"), N_("the value is too deeply nested to be stored"),
    N_("the pattern %(pattern)s has %(detail)s"), N_("%(value)s is no number"), N_("%(label)s: %(reason)s"),
)  # fmt: skip
EXPECTED = {
    "a value": N_("a value"), "a name": N_("a name"), "an operator": N_("an operator"),
}  # fmt: skip
_TYPED = ("kind", "other")


def told(message: str) -> str:
    """Return the message in the reader's language; one that nobody has translated stays as it is."""
    if language_of_reader() == "en":
        return message
    rest, found, near = message.rpartition("; is ")
    if found and near.endswith(" meant?"):
        return told(rest) + _("; is %(name)s meant?", name=near.removesuffix(" meant?"))
    for text, pattern in _patterns():
        if match := pattern.fullmatch(message):
            return _(text, **{name: _word(name, value) for name, value in match.groupdict().items()})
    return message


def _word(name: str, value: str) -> str:
    if name in _TYPED:
        return " / ".join(_(TYPES[each]) if each in TYPES else each for each in value.split(" or "))
    if name == "reason":
        return told(value)
    if name == "count":
        return re.sub(r" arguments?$", "", value).replace(" to ", "–")
    return value


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((text, re.compile(_expression(text), re.DOTALL)) for text in MESSAGES)


def _expression(text: str) -> str:
    """Return the regular expression of a message: each %(name)s stands for some text."""
    parts = re.split(r"%\((\w+)\)s", text)
    literals, names = parts[::2], parts[1::2]
    return re.escape(literals[0]) + "".join(
        f"(?P<{name}>.+?){re.escape(literal)}" for name, literal in zip(names, literals[1:], strict=True)
    )


def expected_words(expected: tuple[str, ...]) -> str:
    """Return what could stand somewhere, as the parser lists it, in the reader's language."""
    return _(" or ").join(_(EXPECTED[each]) if each in EXPECTED else each for each in expected)

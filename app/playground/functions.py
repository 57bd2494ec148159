"""The built-in functions of the language with a line on each, for the list from which they are inserted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.expressions import FUNCTIONS
from app.i18n import N_
from engine.feel import BUILTINS, Function

GROUPS = (
    (N_("Conditions"), {
        "not": N_("true becomes false, false becomes true"),
        "is": N_("whether two values are the same, also in kind"),
        "all": N_("whether every item is true"), "any": N_("whether one item is true"),
    }),
    (N_("Dates and times"), {
        "now": N_("this moment, with date and time"), "today": N_("today's date"),
        "date": N_("a date out of text, of a date and time, or of year, month and day"),
        "time": N_("a time out of text, or of hour, minute and second"),
        "date and time": N_("a date and time out of text, or of a date and a time"),
        "duration": N_("a duration out of text, such as \"P3D\" or \"PT2H\""),
        "years and months duration": N_("the whole years and months between two dates"),
        "day of week": N_("the day's name in English, such as \"Monday\""),
        "day of year": N_("the number of the day in its year"), "week of year": N_("the number of the week"),
        "month of year": N_("the month's name in English"),
    }),
    (N_("Texts"), {
        "string": N_("the text of any value"), "string length": N_("how many characters"),
        "substring": N_("a piece, from a position that counts from 1; a negative one from the end"),
        "upper case": N_("in capital letters"), "lower case": N_("in small letters"),
        "substring before": N_("what stands before another text"),
        "substring after": N_("what stands after another text"), "contains": N_("whether another text is inside"),
        "starts with": N_("whether it begins so"), "ends with": N_("whether it ends so"),
        "matches": N_("whether a pattern fits somewhere"), "replace": N_("with another text wherever a pattern fits"),
        "split": N_("into a list of pieces, at a pattern"),
        "string join": N_("the texts of a list as one, with something between them"),
    }),
    (N_("Numbers"), {
        "number": N_("a number out of text"), "decimal": N_("rounded to so many digits, halves to the even one"),
        "floor": N_("rounded down"), "ceiling": N_("rounded up"),
        "round up": N_("rounded away from zero"), "round down": N_("rounded towards zero"),
        "round half up": N_("rounded, halves away from zero"),
        "round half down": N_("rounded, halves towards zero"), "abs": N_("without its sign"),
        "modulo": N_("the remainder of a division"), "sqrt": N_("the square root"),
        "log": N_("the natural logarithm"), "exp": N_("e to this power"), "odd": N_("whether it is odd"),
        "even": N_("whether it is even"),
    }),
    (N_("Lists"), {
        "count": N_("how many items"), "list contains": N_("whether a value is among the items"),
        "min": N_("the smallest item"), "max": N_("the largest item"), "sum": N_("all items added up"),
        "mean": N_("the average"), "median": N_("the item in the middle"),
        "mode": N_("the items that come most often"), "stddev": N_("the standard deviation of a sample"),
        "product": N_("all items multiplied"), "sublist": N_("some items, from a position that counts from 1"),
        "append": N_("with more items at the end"), "concatenate": N_("several lists as one"),
        "insert before": N_("with an item put in before a position"), "remove": N_("without the item at a position"),
        "list replace": N_("with another item at a position, or wherever a function says so"),
        "reverse": N_("from the last to the first"), "index of": N_("the positions at which a value stands"),
        "union": N_("several lists as one, nothing twice"), "distinct values": N_("nothing twice"),
        "flatten": N_("lists inside lists as one"), "sort": N_("in the order that a function says"),
    }),
    (N_("Contexts"), {
        "get value": N_("the value of an entry, by its name"), "get entries": N_("a list of names and values"),
        "context": N_("made of a list of names and values"), "context put": N_("with an entry more or changed"),
        "context merge": N_("several as one; the later wins"),
    }),
    (N_("Ranges"), {
        "range": N_("a range out of text, such as \"[1..5]\""), "before": N_("ends before the other begins"),
        "after": N_("begins after the other ends"), "meets": N_("ends just where the other begins"),
        "met by": N_("begins just where the other ends"), "overlaps": N_("they have something in common"),
        "overlaps before": N_("begins earlier and reaches into the other"),
        "overlaps after": N_("begins inside the other and ends later"),
        "finishes": N_("ends with the other and begins later"),
        "finished by": N_("ends with the other that begins later"),
        "includes": N_("the other lies inside"), "during": N_("lies inside the other"),
        "starts": N_("begins with the other and ends earlier"),
        "started by": N_("begins with the other that ends earlier"),
        "coincides": N_("is the same as the other"),
    }),
    (N_("Camunda's additions"), {
        "get or else": N_("the value, or another instead of nothing"), "is defined": N_("whether there is a value"),
        "is blank": N_("whether a text is empty or white space"), "trim": N_("without white space around it"),
        "extract": N_("a list of all pieces that a pattern fits"), "is empty": N_("whether a list has no items"),
        "duplicate values": N_("the items that are there twice"), "partition": N_("in lists of so many items"),
        "last day of month": N_("the last date of the month"), "to json": N_("a value as JSON text"),
        "from json": N_("a value out of JSON text"), "to base64": N_("a text in Base64"),
        "cycle": N_("how often and how long apart a timer fires, as it takes it"),
        "assert": N_("the value if a condition holds, else nothing, with a reason"),
    }),
    (N_("The township's own"), {
        "working_due": N_("when a limit that begins now runs out, counted by the calendar"),
        "extended_due": N_("when a limit runs out that is extended before its end"),
        "resumed_due": N_("when a limit runs out that stood still until now"),
        "away_until": N_("when a person who is away is back, nothing for who is there"),
        "next_number": N_("the next number of a pattern such as \"WS·{year}-{serial:04}\", without gaps"),
    }),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the list: its name, how it is called in each of its forms, and what it does."""

    name: str
    signatures: tuple[str, ...]
    meaning: str


def groups() -> Iterator[tuple[str, list[Entry]]]:
    """Yield the groups with their functions; names and meanings are still to be translated."""
    known = {**BUILTINS, **FUNCTIONS}
    for group, functions in GROUPS:
        yield group, [Entry(name, signatures(known[name]), meaning) for name, meaning in functions.items()]


def signatures(function: Function) -> tuple[str, ...]:
    """Return how a function is called: what may be left out stands in brackets."""
    return tuple(dict.fromkeys(_signature(function.name, form) for form in function.alternatives or (function,)))


def _signature(name: str, form: Function) -> str:
    parts = [
        f"{parameter}…" if form.variadic and at == len(form.parameters) - 1
        else parameter if at < form.required else f"[{parameter}]"
        for at, parameter in enumerate(form.parameters)
    ]
    return f"{name}({', '.join(parts)})"

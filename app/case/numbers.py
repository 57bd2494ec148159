"""Case numbers: gap-free in each sequence, because they are counted in the transaction that opens the case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.calendar import LOCAL
from app.case.errors import NumberPatternInvalid, NumberValueInvalid
from app.case.models import Database

_FIELD = re.compile(r"\{([^{}]*)\}")
_SERIAL = re.compile(r"serial(?::0([1-9]))?")
_VARIABLE = re.compile(r"[^\W\d]\w*")
_LITERAL = re.compile(r"[^\s{}\x00-\x1f\x7f/\\?#%]*")
_VALUE = re.compile(r"[\w.·〔〕()-]{1,20}")
LONGEST = 60

# The row is locked until the transaction ends: the next one waits, and gets this number when this one is rolled back.
_COUNT = text(
    "INSERT INTO case_number (tenant, sequence, last) VALUES (:tenant, :sequence, 1) "
    "ON CONFLICT (tenant, sequence) DO UPDATE SET last = case_number.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A pattern such as `HL-{year}-{serial:06}`, cut at its serial number. Without a year it never starts anew.

    `variables` are what else stands in braces: what the case begins with, such as the register of a document.
    """

    before: str
    after: str
    digits: int
    variables: tuple[str, ...] = ()

    def sequence(self, at: datetime, values: Mapping[str, object]) -> str:
        """Return what is counted by itself: the pattern with the local year of `at` and the variables' values."""
        serial = "{serial" + (f":0{self.digits}" if self.digits else "") + "}"
        return self._fill(serial, at, values)

    def number(self, serial: int, at: datetime, values: Mapping[str, object]) -> str:
        """Return the case number."""
        return self._fill(f"{serial:0{self.digits or 1}d}", at, values)

    def _fill(self, serial: str, at: datetime, values: Mapping[str, object]) -> str:
        known = {"year": str(at.astimezone(LOCAL).year), **{name: _written(name, values) for name in self.variables}}
        before, after = (_FIELD.sub(lambda field: known[field[1]], part) for part in (self.before, self.after))
        return before + serial + after


def parse_pattern(pattern: str) -> NumberPattern:
    """Return the pattern in its parts. Raises NumberPatternInvalid."""
    if not 0 < len(pattern) <= LONGEST:
        raise NumberPatternInvalid(f"a pattern has 1 to {LONGEST} characters")
    fields = _FIELD.findall(pattern)
    serials = [field for field in fields if field.partition(":")[0] == "serial"]
    if len(serials) != 1 or not _SERIAL.fullmatch(serials[0]):
        raise NumberPatternInvalid(f"pattern {pattern}: it needs one {{serial}}, such as {{serial:06}}")
    variables = tuple(dict.fromkeys(field for field in fields if field != "year" and field not in serials))
    if unknown := [field for field in variables if not _VARIABLE.fullmatch(field)]:
        raise NumberPatternInvalid(f"pattern {pattern}: {{{unknown[0]}}} is neither year, serial nor a variable")
    if not _LITERAL.fullmatch(_FIELD.sub("", pattern)):
        raise NumberPatternInvalid(f"pattern {pattern}: spaces, braces and / \\ ? # % have no place in a number")
    before, after = pattern.split("{" + serials[0] + "}")
    digits = _SERIAL.fullmatch(serials[0])
    return NumberPattern(before, after, int((digits and digits[1]) or 0), variables)


def next_number(
    session: Database, tenant: str, pattern: str, at: datetime, values: Mapping[str, object] | None = None
) -> str:
    """Take the next number of the pattern's sequence; `values` are the variables that the case begins with.

    Raises NumberPatternInvalid, NumberValueInvalid.
    """
    parsed, known = parse_pattern(pattern), values or {}
    serial = session.execute(_COUNT, {"tenant": tenant, "sequence": parsed.sequence(at, known)}).scalar_one()
    return parsed.number(int(serial), at, known)


def _written(name: str, values: Mapping[str, object]) -> str:
    """Return a variable as it stands in a number: what one might guess at, or what breaks an address, does not."""
    value = values.get(name)
    if value is None:
        raise NumberValueInvalid(f"the case number needs the variable {name}, with which this case does not begin")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise NumberValueInvalid(f"variable {name} may stand in a case number only as a short text without spaces")
    return value


def hold(session: Database, tenant: str, sequence: str) -> None:
    """Let whoever holds the same wait until this transaction ends; what is counted meanwhile is counted alone."""
    session.execute(_COUNT, {"tenant": tenant, "sequence": sequence})

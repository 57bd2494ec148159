"""Case numbers: gap-free in each sequence, because they are counted in the transaction that opens the case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.calendar import LOCAL
from app.case.errors import NumberPatternInvalid
from app.case.models import Database

_FIELD = re.compile(r"\{([^{}]*)\}")
_SERIAL = re.compile(r"serial(?::0([1-9]))?")
_LITERAL = re.compile(r"[^\s{}\x00-\x1f\x7f/\\?#%]*")
LONGEST = 60

# The row is locked until the transaction ends: the next one waits, and gets this number when this one is rolled back.
_COUNT = text(
    "INSERT INTO case_number (tenant, sequence, last) VALUES (:tenant, :sequence, 1) "
    "ON CONFLICT (tenant, sequence) DO UPDATE SET last = case_number.last + 1 RETURNING last"
)


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A pattern such as `HL-{year}-{serial:06}`, cut at its serial number. Without a year it never starts anew."""

    before: str
    after: str
    digits: int

    def sequence(self, at: datetime) -> str:
        """Return what is counted by itself: the pattern with the local year of `at`."""
        serial = "{serial" + (f":0{self.digits}" if self.digits else "") + "}"
        return self._fill(serial, at)

    def number(self, serial: int, at: datetime) -> str:
        """Return the case number."""
        return self._fill(f"{serial:0{self.digits or 1}d}", at)

    def _fill(self, serial: str, at: datetime) -> str:
        year = str(at.astimezone(LOCAL).year)
        return self.before.replace("{year}", year) + serial + self.after.replace("{year}", year)


def parse_pattern(pattern: str) -> NumberPattern:
    """Return the pattern in its parts. Raises NumberPatternInvalid."""
    if not 0 < len(pattern) <= LONGEST:
        raise NumberPatternInvalid(f"a pattern has 1 to {LONGEST} characters")
    fields = _FIELD.findall(pattern)
    serials = [field for field in fields if _SERIAL.fullmatch(field)]
    if unknown := [field for field in fields if field != "year" and field not in serials]:
        raise NumberPatternInvalid(f"pattern {pattern}: {{{unknown[0]}}} is neither year nor serial")
    if len(serials) != 1:
        raise NumberPatternInvalid(f"pattern {pattern}: it needs one {{serial}}, such as {{serial:06}}")
    if not _LITERAL.fullmatch(_FIELD.sub("", pattern)):
        raise NumberPatternInvalid(f"pattern {pattern}: spaces, braces and / \\ ? # % have no place in a number")
    before, after = pattern.split("{" + serials[0] + "}")
    digits = _SERIAL.fullmatch(serials[0])
    return NumberPattern(before, after, int((digits and digits[1]) or 0))


def next_number(session: Database, tenant: str, pattern: str, at: datetime) -> str:
    """Take the next number of the pattern's sequence. Raises NumberPatternInvalid."""
    parsed = parse_pattern(pattern)
    serial = session.execute(_COUNT, {"tenant": tenant, "sequence": parsed.sequence(at)}).scalar_one()
    return parsed.number(int(serial), at)

"""Translates the spelling of XPath's regular expressions (XML Schema, part 2, appendix F) into Python's."""

from __future__ import annotations

import re

from engine.feel.errors import NoValue

_HAN = r"\u2E80-\u2FDF\u3005\u3007\u3021-\u3029\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U000323AF"
_UPPER = r"A-Z\u00C0-\u00D6\u00D8-\u00DE\u0391-\u03A9\u0410-\u042F"
_LOWER = r"a-z\u00DF-\u00F6\u00F8-\u00FF\u03B1-\u03C9\u0430-\u044F"
_PUNCTUATION = (
    r"!-#%-*,\-./:;?@\[-\]_{}\u00A1\u00A7\u00AB\u00B6\u00B7\u00BB\u00BF\u2010-\u2027\u3001-\u3003\u3008-\u3011"
    r"\uFF01-\uFF0F\uFF1A-\uFF20"
)
# What stands inside brackets for each property; letters of all scripts are what \w has beyond digits and _.
_PROPERTIES = {
    "L": rf"{_UPPER}{_LOWER}\u0100-\u02AF\u0370-\u0390\u0400-\u040F\u0450-\u1FFF\u3041-\u30FF\uAC00-\uD7A3{_HAN}",
    "Lu": _UPPER,
    "Ll": _LOWER,
    "N": r"\d",
    "Nd": r"\d",
    "Z": r"\s",
    "Zs": r" \u00A0\u2000-\u200A\u3000",
    "P": _PUNCTUATION,
    "IsHan": _HAN,
    "IsBasicLatin": r"\u0000-\u007F",
    "IsLatin-1Supplement": r"\u0080-\u00FF",
    "IsCJKUnifiedIdeographs": r"\u4E00-\u9FFF",
}
_NAME_START, _NAME = r"A-Za-z_:", r"\w.:\-"
_SHORT = {"i": _NAME_START, "c": _NAME}
_LITERAL = frozenset("nrt\\|.?*+(){}-[]^$")
_KEPT = frozenset("dDsSwW")
_QUANTIFIER = re.compile(r"\{\d+(?:,\d*)?\}")


def translate(pattern: str, flags: str) -> str:
    """Return the pattern in Python's spelling.

    Raises NoValue when it has something that XPath does not have.
    """
    return _Translation(pattern, flags).whole()


class _Translation:
    """One pass over one pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern, self.flags = (_without_space(pattern) if "x" in flags else pattern), flags
        self.position, self.groups = 0, 0

    def whole(self) -> str:
        """Return the whole pattern, translated."""
        pieces = []
        while self.position < len(self.pattern):
            pieces.append(self._piece(self._next()))
        return "".join(pieces)

    def _next(self) -> str:
        self.position += 1
        return self.pattern[self.position - 1 : self.position]

    def _peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def _piece(self, sign: str) -> str:
        match sign:
            case "\\":
                return self._escape()
            case "[":
                return self._bracket()
            case "(":
                return self._group()
            case ".":
                return "." if "s" in self.flags else r"[^\n\r]"
            case "$":
                return r"(?=\n|\Z)" if "m" in self.flags else r"\Z"
            case "{":
                if not _QUANTIFIER.match(self.pattern, self.position - 1):
                    raise self._refused("a { that begins no count")
        return sign

    def _group(self) -> str:
        if self.pattern.startswith("?", self.position):
            if not self.pattern.startswith("?:", self.position):
                raise self._refused("a group that begins with (?")
        else:
            self.groups += 1
        return "("

    def _escape(self) -> str:
        sign = self._next()
        if sign in "123456789" and sign:
            return self._reference(sign)
        inside = self._class_escape(sign)
        return inside if inside is not None else self._literal(sign)

    def _reference(self, digits: str) -> str:
        # \12 is group 1 followed by a 2 where there are fewer than twelve groups.
        while self._peek().isdigit() and int(digits + self._peek()) <= self.groups:
            digits += self._next()
        if int(digits) > self.groups:
            raise self._refused(f"\\{digits}, a group that is not there")
        return rf"(?:\{digits})"

    def _class_escape(self, sign: str) -> str | None:
        """Return the class that an escape stands for, in brackets of its own, or None if it is a character."""
        if sign in _KEPT:
            return "\\" + sign
        if sign.lower() in _SHORT:
            return f"[{'^' * sign.isupper()}{_SHORT[sign.lower()]}]"
        if sign in ("p", "P"):
            return f"[{'^' * (sign == 'P')}{self._property()}]"
        return None

    def _property(self) -> str:
        end = self.pattern.find("}", self.position)
        name = self.pattern[self.position + 1 : end]
        if self._next() != "{" or end < 0 or name not in _PROPERTIES:
            raise self._refused(f"a property {name} that is not known")
        self.position = end + 1
        return _PROPERTIES[name]

    def _literal(self, sign: str) -> str:
        if sign not in _LITERAL:
            raise self._refused(f"\\{sign}, which means nothing")
        return "\\" + sign

    def _bracket(self) -> str:
        """Return a class; one minus another becomes a look-ahead before it."""
        negated = self._peek() == "^"
        self.position += negated
        parts, begin = list[str](), self.position
        while (sign := self._next()) != "]" or self.position == begin + 1:
            if not sign or (sign == "[" and not parts):
                raise self._refused("a [ without its ]")
            if sign == "-" and self._peek() == "[":
                self.position += 1
                without = self._bracket()
                self._next()
                return f"(?:(?!{without})[{'^' * negated}{''.join(parts)}])"
            parts.append(self._inside(sign))
        return f"[{'^' * negated}{''.join(parts)}]"

    def _inside(self, sign: str) -> str:
        if sign != "\\":
            return "\\" + sign if sign in "[&~|" else sign
        sign = self._next()
        if sign in ("I", "C", "P"):
            raise self._refused(f"\\{sign} inside brackets")
        escape = self._class_escape(sign)
        if escape is None:
            return self._literal(sign)
        return escape[1:-1] if escape.startswith("[") else escape

    def _refused(self, what: str) -> NoValue:
        return NoValue(f"the pattern {self.pattern!r} has {what}")


def _without_space(pattern: str) -> str:
    """Return the pattern without white space, except inside brackets: what the flag x asks."""
    kept, depth, escaped = list[str](), 0, False
    for sign in pattern:
        if not escaped:
            depth += (sign == "[") - (sign == "]")
        if depth or not sign.isspace():
            kept.append(sign)
            escaped = sign == "\\" and not escaped
    return "".join(kept)

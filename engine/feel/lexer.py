"""Cuts the text of an expression into tokens; knows names with spaces and odd characters.

A name is a run of words. Words that stand side by side belong together, as nothing in the grammar puts
two names side by side. Names with anything else in them (`date and time`, `Pre-bureau risk`) are known:
functions and types of the language, those that the caller gives, keys of contexts in the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lark.common import LexerConf
from lark.lexer import Lexer, PatternStr, Token

from engine.feel.errors import ExpressionSyntaxError

LANGUAGE_NAMES = frozenset({"date and time", "days and time duration", "years and months duration", "get or else"})
"""Names of functions and types that have a keyword in them; `day of year` and the like are plain words."""

MAX_LENGTH = 65_536
MAX_NESTING = 60

# The standard's name characters without the full-width punctuation and the Chinese brackets and commas
# in it: these are slips of the input method, unless a known name has them.
_START = (
    r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3005-\u3007\u3021-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A"
    r"\uFF66-\uFFFD\U00010000-\U000EFFFF"
)
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_WORD = f"[{_START}][{_PART}]*"

_WORDS = re.compile(rf"{_WORD}(?: {_WORD})*")
_KEYWORDS = frozenset({"if", "then", "else", "for", "return", "in", "some", "every", "satisfies", "and", "or", "not"})
_KEYWORDS |= {"between", "function", "true", "false", "null"}
_SPACE = re.compile(r"(?:[\s\u180e\u200b\ufeff]|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    rf"""
    (?P<STRING>"(?:[^"\\]|\\.)*")
  | (?P<AT_LITERAL>@"(?:[^"\\]|\\.)*")
  | (?P<NUMBER>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<INSTANCE>instance\s+of(?![{_PART}]))
  | (?P<WORD>{_WORD}|\?)
  | (?P<SIGN>\*\*|\.\.|->|<=|>=|!=|[-+*/=<>()\[\]{{}},.:])
    """,
    re.VERBOSE | re.DOTALL,
)
_KEY = re.compile(rf"""([{_START}][{_PART}\s+\-*/.'’]*?)\s*:""")
_OPERAND = re.compile(rf"""\s*(?:[-\d"@\[({{?]|\.\d|(?!(?:and|or|then|else|return|satisfies|in)\b)[{_START}])""")
_VALUE_ENDS = frozenset(
    {"NAME", "NUMBER", "STRING", "AT_LITERAL", "RPAR", "RSQB", "RBRACE", "RANGE_CLOSE", "TRUE", "FALSE", "NULL"}
)

_OTHER_LANGUAGES = {
    "&": "write “and”",
    "|": "write “or”",
    "!": "write “not(…)”, or != for unequal",
    "'": 'write texts in double quotes: "…"',
    "%": "write “modulo(a, b)”",
    ";": "an expression has no semicolon; items are separated by commas",
    "$": "${…} is another language; here names stand by themselves",
}
"""What people write who know other languages, and what is written here."""


class Source(NamedTuple):
    """The text to cut, with the names that the caller knows, and whether it is a cell of a decision table."""

    text: str
    names: frozenset[str]
    unary: bool


class FeelLexer(Lexer):
    """Cuts a Source into the tokens of the grammar; lark makes one and keeps it."""

    def __init__(self, conf: LexerConf) -> None:
        patterns = [(terminal.pattern, terminal.name) for terminal in conf.terminals]
        self.kinds = {pattern.value: name for pattern, name in patterns if isinstance(pattern, PatternStr)}

    def lex(self, source: Source) -> Iterator[Token]:  # type: ignore[override]
        """Return the tokens of `source`."""
        tokens = _Cut(source, self.kinds).tokens()
        return iter(_mark_negation(tokens) if source.unary else tokens)


class _Cut:
    """One pass over one text."""

    def __init__(self, source: Source, kinds: dict[str, str]) -> None:
        self.text, self.kinds, self.names = source.text, kinds, set(source.names)
        self.known = known_names(source.names)
        self.open: list[str] = []  # brackets not yet closed; ".." above one that turned out to be a range's
        self.last = ""  # the kind of the token before

    def tokens(self) -> list[Token]:
        """Return all tokens, names that stand side by side joined into one."""
        text, position, tokens = self.text, 0, list[Token]()
        if len(text) > MAX_LENGTH:
            raise self._error(f"the expression is longer than {MAX_LENGTH} characters", MAX_LENGTH)
        while position < len(text):
            if space := _SPACE.match(text, position):
                position = space.end()
                continue
            kind, value, end = self._next(position)
            if kind == "NAME" and self.last == "NAME":
                first = tokens.pop()
                value, position = f"{first} {value}", first.start_pos or 0
            tokens.append(Token(kind, value, position, end_pos=end))
            self.last, position = kind, end
        return tokens

    def _next(self, position: int) -> tuple[str, str, int]:
        """Return kind, text and end of the token at `position`."""
        text = self.text
        if self.last in ("LBRACE", "COMMA") and self.open[-1:] == ["{"] and (key := _KEY.match(text, position)):
            return "NAME", self._key(one_space(key[1])), key.end(1)
        if known := self.known.match(text, position):
            return "NAME", one_space(known[0]), known.end()
        found = _TOKEN.match(text, position)
        if found is None:
            raise self._error(*self._unreadable(position))
        kind, value = str(found.lastgroup), found[0]
        if kind == "SIGN":
            kind = self._sign(value, found)
        elif kind == "INSTANCE":
            kind = self.kinds["instance of"] if self.last != "DOT" else "NAME"
        elif value == "external" and self.last != "RPAR":
            kind = "NAME"
        elif kind == "WORD":
            kind = self.kinds.get(value, "NAME") if self.last != "DOT" else "NAME"
        return kind, value, found.end()

    def _key(self, name: str) -> str:
        """Remember a context's key that is more than words, so that it is known from here on."""
        if not _is_plain(name) and name.split()[0] not in _KEYWORDS:
            self.names.add(name)
            self.known = known_names(frozenset(self.names))
        return name

    def _sign(self, sign: str, found: re.Match[str]) -> str:
        if sign == "..":
            self.open.append("..")
        elif sign in "()[]{}":
            return self._bracket(sign, found)
        return self.kinds[sign]

    def _bracket(self, sign: str, found: re.Match[str]) -> str:
        """Tell the brackets of `]1..5[` from those of lists and filters, and keep count of them."""
        after_value = self.last in _VALUE_ENDS
        in_range = self.open[-1:] == [".."]
        if sign == "]" and not after_value and self.last != "LSQB":
            self.open.append(sign)
            return "RANGE_OPEN"
        if sign == "[" and in_range and after_value and not _OPERAND.match(self.text, found.end()):
            del self.open[-2:]
            return "RANGE_CLOSE"
        if sign in "([{":
            self.open.append(sign)
            if len(self.open) > MAX_NESTING:
                raise self._error(f"more than {MAX_NESTING} brackets inside each other", found.start())
        else:
            del self.open[-2 if in_range else -1 :]
        return self.kinds[sign]

    def _unreadable(self, position: int) -> tuple[str, int]:
        sign = self.text[position]
        if sign == '"' or self.text.startswith('@"', position):
            return "the string has no closing quote", position
        if sign in _OTHER_LANGUAGES:
            return f"unexpected {sign!r}; {_OTHER_LANGUAGES[sign]}", position
        plain = unicodedata.normalize("NFKC", sign)
        hint = {"。": ".", "、": ",", "“": '"', "”": '"', "‘": '"', "’": '"', "【": "[", "】": "]"}.get(sign, plain)
        wanted = f"; write {hint} instead of the full-width sign" if hint != sign else ""
        return f"unexpected {sign!r}{wanted}", position

    def _error(self, message: str, position: int) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, text=self.text, position=position)


@lru_cache(maxsize=256)
def known_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of those names that are more than a run of plain words, the longest first."""
    odd = {name for name in names | LANGUAGE_NAMES if name.strip() and not _is_plain(name)}
    by_length = sorted(odd, key=lambda name: (-len(name), name))
    choices = "|".join(r"\s+".join(re.escape(part) for part in name.split()) for name in by_length)
    return re.compile(f"(?:{choices})(?![{_PART}])")


def _is_plain(name: str) -> bool:
    return bool(_WORDS.fullmatch(one_space(name))) and not _KEYWORDS.intersection(name.split())


def one_space(name: str) -> str:
    """Return the name with one space between its words."""
    return " ".join(name.split())


def _mark_negation(tokens: list[Token]) -> list[Token]:
    """Mark the `not` of a cell that is `not(…)` as a whole: there it negates tests, and is no function."""
    if [token.type for token in tokens[:2]] != ["NOT", "LPAR"]:
        return tokens
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if token.type == "RPAR" and depth == 0:
            whole = index == len(tokens) - 1
            return [Token("NEGATION", "not", tokens[0].start_pos), *tokens[1:]] if whole else tokens
    return tokens

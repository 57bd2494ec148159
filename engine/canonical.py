"""Canonical JSON (RFC 8785) and the hashes made from it: the ground that the proof of history stands on."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any

import orjson
import rfc8785

from engine.errors import NotJsonSafe
from engine.feel.values import Range, YearsMonths, to_json

Json = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]

_SAFE_INTEGER = 2**53  # beyond it a JSON number is not exact for every reader
MAX_DEPTH = 100
"""How deep a variable may be nested: readers of JSON call themselves for each level."""


def encode(value: Json) -> str:
    """Return compact JSON, members in the order they have."""
    return orjson.dumps(value).decode()


def plain(value: Json) -> str:
    """Return the canonical text of a value known to hold no floats and ASCII keys only: the events' own records."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def json_safe(value: object, *, depth: int = 0) -> Json:
    """Return a copy of `value` that is JSON and shares nothing with it.

    Numbers, dates and durations that JSON cannot hold exactly are tagged as `engine.feel.values.to_json` defines.
    Raises NotJsonSafe for anything else: nothing is changed silently. `depth` counts the lists and mappings around it.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return int(value) if -_SAFE_INTEGER < value < _SAFE_INTEGER else {"@decimal": _digits(value)}
        case float():
            if not math.isfinite(value):
                raise NotJsonSafe("a variable holds a number that is not finite")
            return value
        case list() | tuple() | Mapping() if depth >= MAX_DEPTH:
            raise NotJsonSafe(f"a variable is nested more than {MAX_DEPTH} deep")
        case list() | tuple():
            return [json_safe(item, depth=depth + 1) for item in value]
        case Mapping():
            return {_key(key): json_safe(item, depth=depth + 1) for key, item in value.items()}
        case Decimal() | date() | time() | timedelta() | YearsMonths() | Range():
            return json_safe(to_json(value), depth=depth)
    raise NotJsonSafe(f"a variable holds a {type(value).__name__}, which has no JSON form")


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError as error:
        raise NotJsonSafe("a variable holds a whole number of too many digits") from error


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotJsonSafe("a variable holds text that is not valid Unicode") from error
    return value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise NotJsonSafe(f"a variable holds a mapping with a key of type {type(key).__name__}")
    return _text(key)


def canonical(value: Json) -> str:
    """Return the RFC 8785 text of a JSON-safe value.

    The fast encoder gives the same text unless a float or a key beyond U+D7FF is in it.
    """
    if isinstance(value, str):
        return quoted(value)
    if type(value) is int:
        return str(value)
    if _is_plain(value):
        return plain(value)
    return rfc8785.dumps(value).decode()


def _is_plain(value: Json) -> bool:
    match value:
        case float():
            return False
        case list():
            return all(map(_is_plain, value))
        case dict():
            return all(key.isascii() or max(key) < "\ud7ff" for key in value) and all(map(_is_plain, value.values()))
    return True


quoted = encode_basestring
"""Returns the canonical text of a string."""


def digest(text: str | bytes) -> str:
    """Return the SHA-256 of a text, in hex."""
    return sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def new_salts() -> Iterator[str]:
    """Yield 128 random bits in hex each: without a salt a short value could be guessed from its hash.

    The operating system is asked for several at once, since asking costs more than what it gives.
    """
    while True:
        drawn = secrets.token_hex(16 * 16)
        for begin in range(0, len(drawn), 32):
            yield drawn[begin:begin + 32]


def salted(salt: str, text: str) -> str:
    """Return the hash by which history speaks of a value."""
    return sha256(f"{salt}{text}".encode()).hexdigest()

"""When two values of a case count as the same: how people write a thing differently without meaning another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

_BRACKETS = str.maketrans("〔﹝【{〖［（", "[[[[[[[", "") | str.maketrans("〕﹞】}〗］）", "]]]]]]]", "") | {
    ord("("): "[", ord(")"): "]"
}
_SERIAL = re.compile(r"\]第?0*(?=\d)")


def text_alike(text: str) -> str:
    """Return a text without what does not count: width, case, and how much space stands between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def number_alike(text: str) -> str:
    """Return a document number (文号) as 昌政[2026]8号, whatever brackets, widths and spaces it was written with.

    A 第 before the serial number and its leading zeros, which the standard does not have, do not count either.
    Source: GB/T 9704-2012, 7.2.5.
    """
    plain = "".join(text_alike(text).split()).translate(_BRACKETS)
    return _SERIAL.sub("]", plain)


ALIKE: Mapping[str, Callable[[str], str]] = {"text": text_alike, "number": number_alike}

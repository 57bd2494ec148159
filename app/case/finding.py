"""Which cases hold the words that somebody looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, column, exists, false, literal, literal_column, or_, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from app.case.access import Reader
from app.case.conditions import FEW, Found
from app.case.fulltext import LEXEMES, CaseText
from app.case.models import Case, Database
from app.case.register import Register
from app.case.search import PRIVATE, Word, words

_WORDS = table("case_words", column("rowid"))


def find_words(session: Database, tenant: str, register: Register, reader: Reader, query: str) -> Found | None:
    """Return which cases hold every word of a query, or None when it has none.

    Masked values are looked through for those who may see them, and never those of confidential cases.
    """
    wanted = words(query)
    if not wanted:
        return None
    sees_private = not reader.groups.isdisjoint((*register.private_readers, *register.confidential_readers))
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    match = " & ".join(_lexemes(wanted, sees_private)) if is_postgresql else " AND ".join(_terms(wanted, sees_private))
    # Tokens are letters, digits and our own marks: nothing in them needs quoting inside the quotes.
    holds: Any = LEXEMES.op("@@")(cast(literal(match), TSQUERY)) if is_postgresql else _fts(match)
    looked = [holds, *(_stands(word, sees_private) for word in wanted if not word.is_exact)]
    own = (CaseText.tenant == tenant, CaseText.process_key == register.process_key)
    few = select(CaseText.instance_id).where(*own, *looked).limit(FEW + 1)
    if not is_postgresql:
        # The sign keeps SQLite from looking each case up in the index of words instead of the words.
        few = few.join(_WORDS, CaseText.id == literal_column("+case_words.rowid"))
    named = list(session.scalars(few))
    if len(named) <= FEW:
        return Found(Case.instance_id.in_(named) if named else false(), is_many=False)
    if is_postgresql:
        return Found(Case.text_id.in_(select(CaseText.id).where(*looked)), is_many=True)
    in_text = [exists().where(CaseText.id == Case.text_id, inexact) for inexact in looked[1:]]
    return Found(and_(Case.text_id.in_(select(_WORDS.c.rowid).where(holds)), *in_text), is_many=True)


def _fts(match: str) -> ColumnElement[bool]:
    return literal_column("case_words").op("MATCH")(literal(match))


def _terms(wanted: list[Word], sees_private: bool) -> Iterator[str]:
    for word in wanted:
        for token in word.tokens:
            star = "*" if token.endswith("*") else ""
            plain = token.removesuffix("*")
            yield f'("{plain}"{star} OR "{PRIVATE}{plain}"{star})' if sees_private else f'"{plain}"{star}'


def _lexemes(wanted: list[Word], sees_private: bool) -> Iterator[str]:
    for word in wanted:
        for token in word.tokens:
            star = ":*" if token.endswith("*") else ""
            plain = token.removesuffix("*")
            yield f"('{plain}'{star} | '{PRIVATE}{plain}'{star})" if sees_private else f"'{plain}'{star}"


def _stands(word: Word, sees_private: bool) -> ColumnElement[bool]:
    """Return whether the word stands in one of the texts just so."""
    texts = [CaseText.text, CaseText.more_text, *([CaseText.private_text] if sees_private else [])]
    return or_(*(text.contains(word.text, autoescape=True) for text in texts))



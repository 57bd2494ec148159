"""Which cases hold the words that somebody looks for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.case.access import Reader
from app.case.conditions import FEW, Found, among, named
from app.case.fulltext import CaseText
from app.case.models import Case, Database
from app.case.register import Register
from app.case.search import PRIVATE, Word, words


def find_words(session: Database, tenant: str, register: Register, reader: Reader, query: str) -> Found | None:
    """Return which cases hold every word of a query, or None when it has none.

    Masked values are looked through for those who may see them, and never those of confidential cases.
    """
    wanted = words(query)
    if not wanted:
        return None
    sees_private = not reader.groups.isdisjoint((*register.private_readers, *register.confidential_readers))
    inexact = [word for word in wanted if not word.is_exact]

    def texts(most: int | None = None) -> FromClause:
        if session.get_bind().dialect.name == "postgresql":
            query = " & ".join(_lexemes(wanted, sees_private))
            return _on_postgresql(query, tenant, register.process_key, most)
        return _on_sqlite(" AND ".join(_terms(wanted, sees_private)))

    few = texts(None if inexact else FEW + 1)
    met = select(CaseText.instance_id).join(few, CaseText.id == few.c.id).where(
        CaseText.tenant == tenant, CaseText.process_key == register.process_key,
        *(_stands(word, sees_private) for word in inexact),
    )  # fmt: skip
    if found := named(session, met):
        return found
    # Of the case at hand, so that only texts of cases are read which are shown or counted.
    own = (select(_stands(word, sees_private)).where(CaseText.id == Case.text_id) for word in inexact)
    return among(select(texts().c.id), *(stands.correlate(Case).scalar_subquery() for stands in own))


# Tokens are letters, digits and our own marks: nothing in them needs quoting inside the quotes.


def _on_postgresql(query: str, tenant: str, process_key: str, most: int | None) -> FromClause:
    found = func.case_texts(cast(literal(query), TSQUERY), tenant, process_key, most)
    return found.table_valued(column("id", Integer), name="found").render_derived()


def _on_sqlite(query: str) -> FromClause:
    match = literal_column("case_words").op("MATCH")(literal(query))
    # The sign keeps SQLite from looking each case up in the index of words instead of the words.
    return select(literal_column("+rowid").label("id")).select_from(table("case_words")).where(match).subquery("found")


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

"""What a search looks through: a case's texts, and their tokens in an index of the database's own kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import DDL, Identity, Table, UniqueConstraint, event, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.case.models import AttachmentText, Case, Comment, Database
from app.case.register import Register
from app.case.search import PRIVATE, searchable, tokens
from engine.store.tables import Base

MOST_CHARACTERS = 200_000
"""Of the comments and attachments of a case together; what lies beyond is not found."""


class CaseText(Base):
    """The texts of a case made alike, and their tokens: what its variables say, and `more`, comments and attachments.

    `private_text` holds masked values, and nothing of a confidential case; their tokens stand among `words`, marked.
    """

    __tablename__ = "case_text"
    __table_args__ = (UniqueConstraint("tenant", "instance_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    instance_id: Mapped[str]
    process_key: Mapped[str]
    text: Mapped[str]
    private_text: Mapped[str]
    words: Mapped[str]
    more_text: Mapped[str] = mapped_column(default="")
    more_words: Mapped[str] = mapped_column(default="")


_TEXT = cast("Table", CaseText.__table__)
SQLITE = (
    """CREATE VIRTUAL TABLE case_words USING fts5(words, more_words, content='case_text', content_rowid='id',
    detail=none, columnsize=0, prefix='1', tokenize="ascii tokenchars '~_'")""",
    """CREATE TRIGGER case_text_added AFTER INSERT ON case_text BEGIN
    INSERT INTO case_words (rowid, words, more_words) VALUES (new.id, new.words, new.more_words); END""",
    """CREATE TRIGGER case_text_removed AFTER DELETE ON case_text BEGIN
    INSERT INTO case_words (case_words, rowid, words, more_words)
    VALUES ('delete', old.id, old.words, old.more_words); END""",
    """CREATE TRIGGER case_text_changed AFTER UPDATE OF words, more_words ON case_text BEGIN
    INSERT INTO case_words (case_words, rowid, words, more_words)
    VALUES ('delete', old.id, old.words, old.more_words);
    INSERT INTO case_words (rowid, words, more_words) VALUES (new.id, new.words, new.more_words); END""",
)
POSTGRESQL = (
    # Texts out of line leave rows so short that a common word's thousands are read at once.
    "ALTER TABLE case_text SET (toast_tuple_target = 128)",
    # It costs what reading a long text costs: told so, PostgreSQL asks the index and not row after row.
    """CREATE OR REPLACE FUNCTION case_lexemes(words text, more_words text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
    AS $$ SELECT array_to_tsvector(string_to_array(btrim(words || ' ' || more_words), ' ')) $$""",
    # Without positions, for a token says by itself what stands beside what.
    "CREATE INDEX ix_case_text_words ON case_text USING gin (case_lexemes(words, more_words)) WITH (fastupdate = off)",
    # Left to itself PostgreSQL reads every text when a word stands in most of them, which takes seconds.
    """CREATE OR REPLACE FUNCTION case_texts(query tsquery, of_tenant text, of_process text, most int)
    RETURNS SETOF int LANGUAGE sql STABLE ROWS 500 SET enable_seqscan = off SET enable_indexscan = off
    AS $$ SELECT id FROM case_text WHERE case_lexemes(words, more_words) @@ query AND tenant = of_tenant
    AND process_key = of_process LIMIT most $$""",
)
for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for statement in statements:
        made = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(_TEXT, "after_create", made)
event.listen(_TEXT, "after_drop", DDL("DROP TABLE case_words").execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]

_CODE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Said:
    """What a case says for itself: its number and variables. `is_secret`: of the matter only title and category."""

    number: str
    register: Register
    variables: Mapping[str, Any]
    is_secret: Callable[[], bool]

    def is_changed_by(self, written: Collection[str]) -> bool:
        """Return whether one of the variables that its texts are made of was written."""
        register = self.register
        named = (register.title, register.category, register.content, register.confidential)
        return not set(written).isdisjoint((*named, *register.private, *register.stored_columns))

    def texts(self) -> dict[str, str]:
        """Return its texts, and their tokens."""
        register, values = self.register, self.variables
        more = () if self.is_secret() else (register.content, *register.stored_columns)
        named = dict.fromkeys((register.title, register.category, *more))
        text = searchable(self.number, *(said for name in named for said in _in_text(values.get(name))))
        is_hidden = bool(values.get(register.confidential))
        private = [] if is_hidden else [str(values.get(name) or "") for name in register.private]
        private_text = searchable(*private)
        words = " ".join(filter(None, (tokens(text), tokens(private_text, PRIVATE))))
        return {"text": text, "private_text": private_text, "words": words}


def add_text(session: Database, row_id: Mapping[str, str], said: Said) -> int:
    """Write the texts of a new case; return the row's id."""
    row = {**row_id, "process_key": said.register.process_key, **said.texts(), "more_text": "", "more_words": ""}
    return int(session.execute(insert(_TEXT).values(row).returning(_TEXT.c.id)).scalar_one())


def write_text(session: Database, row_id: Mapping[str, str], said: Said) -> None:
    """Write the texts of a case anew."""
    session.execute(update(_TEXT).where(*_of(row_id)).values(said.texts()))


def follow_more(session: Database, row_id: Mapping[str, str]) -> None:
    """Write anew what comments and attachments say; of a case whose matter is not kept here, nothing."""
    secret = select(Case.takes_no_files).where(
        Case.tenant == row_id["tenant"], Case.instance_id == row_id["instance_id"]
    )
    if session.scalar(secret):
        session.execute(update(_TEXT).where(*_of(row_id)).values(more_text="", more_words=""))
        return
    said = select(Comment.text).where(Comment.tenant == row_id["tenant"], Comment.instance_id == row_id["instance_id"])
    read = select(AttachmentText.text).where(
        AttachmentText.tenant == row_id["tenant"], AttachmentText.instance_id == row_id["instance_id"]
    )
    more = "\n".join([*session.scalars(said), *session.scalars(read)])[:MOST_CHARACTERS]
    text = searchable(*more.splitlines())
    session.execute(update(_TEXT).where(*_of(row_id)).values(more_text=text, more_words=tokens(text)))


def _of(row_id: Mapping[str, str]) -> tuple[Any, ...]:
    return (_TEXT.c.tenant == row_id["tenant"], _TEXT.c.instance_id == row_id["instance_id"])


def _in_text(value: object) -> Iterator[str]:
    """Yield what a value says to people; ids and codes say nothing, and what is chosen by them has words elsewhere."""
    if isinstance(value, list):
        for item in value:
            yield from _in_text(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, str) and not _CODE.fullmatch(value):
        yield from value.splitlines()

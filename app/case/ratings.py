"""What call-backs gave, by the names that results have: satisfaction in five levels, solved or not, reached or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, and_, false, or_

from app.case.models import Case

LEVELS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
SATISFIED, DISSATISFIED = LEVELS[:3], LEVELS[3:]
SOLVED = "解决"
SOLVED_LEVELS = (SOLVED, "部分解决", "未解决")
NOT_REACHED = ("no", "false", "0")
"""How a form's answer, or a truth value in either database, says that the caller was not reached."""
FIRST, FINAL, IS_SOLVED, REACHED = "first_satisfaction", "final_satisfaction", "solved", "reached"
RATINGS = ("unreached", "rated", "satisfied", "dissatisfied", "answered", "solved")


def ratings_of(results: Mapping[str, str | None]) -> Iterator[str]:
    """Yield which of RATINGS a case's results are. Who was not reached is that alone, and in no rate."""
    if results.get(REACHED) in NOT_REACHED:
        yield "unreached"
        return
    final, solved = results.get(FINAL), results.get(IS_SOLVED)
    if final in LEVELS:
        yield "rated"
        yield "satisfied" if final in SATISFIED else "dissatisfied"
    if solved in SOLVED_LEVELS:
        yield "answered"
        if solved == SOLVED:
            yield "solved"


def rated(rating: str) -> ColumnElement[bool]:
    """Ask for the cases whose results are so; none for a word that is no rating. "reached": not known as unreached."""
    reached: ColumnElement[str] = Case.results[REACHED].as_string()
    final: ColumnElement[str] = Case.results[FINAL].as_string()
    solved: ColumnElement[str] = Case.results[IS_SOLVED].as_string()
    is_reached = or_(reached.is_(None), reached.not_in(NOT_REACHED))
    match rating:
        case "unreached":
            return reached.in_(NOT_REACHED)
        case "reached":
            return is_reached
        case "rated":
            return and_(is_reached, final.in_(LEVELS))
        case "satisfied":
            return and_(is_reached, final.in_(SATISFIED))
        case "dissatisfied":
            return and_(is_reached, final.in_(DISSATISFIED))
        case "answered":
            return and_(is_reached, solved.in_(SOLVED_LEVELS))
        case "solved":
            return and_(is_reached, solved == SOLVED)
        case _:
            return false()

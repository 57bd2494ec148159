"""The rules of A/B posts: at every instant exactly one person holds a post, or the declared escalation does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.duty.rules import (
    Absence,
    Hold,
    Post,
    PostVacant,
    Roster,
    Term,
    back_at,
    clashes,
    escalated,
    on_duty,
    standings,
    turns,
)

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


def hour(number: int) -> datetime:
    return BEGIN + timedelta(hours=number)


def post(name: str, a: str, b: str | None, head: str | None = None, *excluded: str) -> Post:
    terms = [Term(a, "A", hour(-999)), *([Term(b, "B", hour(-999))] if b else [])]
    return Post(name, f"{name}_group", head, tuple(terms), frozenset(excluded))


def away(person: str, begins: int, ends: int) -> Absence:
    return Absence(person, hour(begins), hour(ends))


TELLER = post("teller", "ann", "ben", "hal")
OFFICE = ("olga", "otto")


def roster(*absences: Absence, posts: tuple[Post, ...] = (TELLER,)) -> Roster:
    return Roster(posts, absences, office_head="olga", office=OFFICE)


def test_b_acts_from_the_first_instant_of_an_absence_until_its_last() -> None:
    at = [on_duty(TELLER, hour(number), roster(away("ann", 2, 4))) for number in (1, 2, 3, 4)]
    assert at == [Hold(("ann",), "A"), Hold(("ben",), "B"), Hold(("ben",), "B"), Hold(("ann",), "A")]


def test_when_b_is_away_too_the_post_goes_along_the_chain() -> None:
    posts = (TELLER, post("clerk", "ben", "cleo"), post("guard", "cleo", "dan"))
    both = [away("ann", 0, 9), away("ben", 0, 9)]
    assert on_duty(TELLER, hour(1), roster(*both, posts=posts)) == Hold(("cleo",), "chain")
    assert on_duty(TELLER, hour(1), roster(*both, away("cleo", 0, 9), posts=posts)) == Hold(("dan",), "chain")


def test_a_chain_that_leads_back_ends_and_rises_to_the_head() -> None:
    posts = (TELLER, post("clerk", "ben", "cleo"), post("guard", "cleo", "ben"), post("porter", "cleo", "ann"))
    everybody = [away(person, 0, 9) for person in ("ann", "ben", "cleo")]
    assert on_duty(TELLER, hour(1), roster(*everybody, posts=posts)) == Hold(("hal",), "head")


def test_from_the_head_a_post_rises_to_the_last_resort_and_never_to_nobody() -> None:
    gone = [away(person, 0, 9) for person in ("ann", "ben", "hal")]
    assert on_duty(TELLER, hour(1), roster(*gone)) == Hold(("olga",), "office")
    assert on_duty(TELLER, hour(1), roster(*gone, away("olga", 0, 9))) == Hold(("otto",), "office")
    all_gone = roster(*gone, away("olga", 0, 9), away("otto", 0, 9))
    assert on_duty(TELLER, hour(1), all_gone) == Hold(OFFICE, "office")
    assert on_duty(TELLER, hour(1), Roster((TELLER,), tuple(gone))) == Hold(("ann",), "owner")


def test_a_post_without_anybody_is_vacant() -> None:
    with pytest.raises(PostVacant):
        on_duty(Post("empty", "group"), BEGIN, Roster())
    assert on_duty(Post("empty", "group"), BEGIN, roster()) == Hold(("olga",), "office")


def test_an_expired_term_gives_nothing_and_a_new_one_counts_from_its_beginning() -> None:
    terms = (Term("ann", "A", hour(0)), Term("ben", "B", hour(0), hour(5)), Term("cleo", "B", hour(5)))
    changing = Post("changing", "group", "hal", terms)
    there = roster(away("ann", 0, 9), posts=(changing,))
    assert [on_duty(changing, hour(number), there).people for number in (4, 5)] == [("ben",), ("cleo",)]
    ended = Post("ended", "group", "hal", terms[:2])
    assert on_duty(ended, hour(6), roster(away("ann", 0, 9), posts=(ended,))) == Hold(("hal",), "head")


def test_a_disabled_account_counts_as_away() -> None:
    assert on_duty(TELLER, BEGIN, Roster((TELLER,), gone=frozenset({"ann"}))) == Hold(("ben",), "B")


def test_what_b_may_not_do_rises_to_the_head_while_b_acts() -> None:
    found = standings(hour(1), roster(away("ann", 0, 9)))
    assert [(each.person, each.rung, each.left_by) for each in found] == [("ben", "B", ()), ("hal", "head", ("ben",))]
    assert standings(hour(9), roster(away("ann", 0, 9))) == []


def test_both_away_is_found_where_the_absences_have_an_instant_in_common() -> None:
    there = roster(away("ben", 4, 8))
    for begins, ends, expected in ((0, 4, []), (0, 5, [(TELLER, "ben")]), (7, 9, [(TELLER, "ben")]), (8, 9, [])):
        assert clashes(away("ann", begins, ends), there) == expected
    assert clashes(away("zoe", 0, 9), there) == []
    assert clashes(away("ann", 0, 9), there, but_not=there.absences) == []


PEOPLE = ("ann", "ben", "cleo", "dan", "hal", "olga", "otto")
ABSENCES = st.lists(
    st.builds(
        lambda person, begins, length: away(person, begins, begins + length),
        st.sampled_from(PEOPLE), st.integers(0, 20), st.integers(1, 12),
    ),
    max_size=14,
)
POSTS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.none() | st.sampled_from(PEOPLE)).filter(
        lambda names: names[0] != names[1]
    ),
    min_size=1, max_size=6,
).map(lambda rows: tuple(post(f"post{number}", *row) for number, row in enumerate(rows)))


@given(ABSENCES, POSTS)
def test_at_every_instant_exactly_one_person_or_the_declared_escalation_holds_each_post(
    absences: list[Absence], posts: tuple[Post, ...]
) -> None:
    everything = roster(*absences, posts=posts)
    for at in (hour(number) for number in range(-1, 34)):
        for each in posts:
            hold = on_duty(each, at, everything)
            there = [person for person in hold.people if not everything.is_away(person, at)]
            if hold.rung == "office":
                assert set(hold.people) <= set(OFFICE)
                assert there or all(everything.is_away(person, at) for person in OFFICE)
                if there:
                    assert there == list(hold.people)
            else:
                assert len(hold.people) == 1 and there == list(hold.people)
            a, b = each.held_by("A", at), each.held_by("B", at)
            assert a is not None and b is not None
            assert (hold.rung == "A") == (not everything.is_away(a, at))
            assert (hold.rung == "B") == (everything.is_away(a, at) and not everything.is_away(b, at))
            if hold.rung in ("head", "office"):
                assert hold == escalated(each, at, everything)


@st.composite
def changing_posts(draw: st.DrawFn) -> tuple[Post, ...]:
    """Draw posts whose A and B change, or are nobody for a while; A and B are two people at every instant."""
    posts = []
    for number in range(draw(st.integers(1, 4))):
        terms: list[Term] = []
        for part in ("A", "B"):
            marks = sorted(draw(st.sets(st.integers(-5, 30), min_size=2, max_size=5)))
            for begins, ends in pairwise(marks):
                person = draw(st.sampled_from((None, *PEOPLE)))
                term = None if person is None else Term(person, part, hour(begins), hour(ends))  # type: ignore[arg-type]
                if term is not None and not any(_meet(term, each) for each in terms if each.person == person):
                    terms.append(term)
        head = draw(st.none() | st.sampled_from(PEOPLE))
        posts.append(Post(f"post{number}", f"post{number}_group", head, tuple(terms)))
    return tuple(posts)


def _meet(one: Term, other: Term) -> bool:
    assert one.ends is not None and other.ends is not None
    return one.begins < other.ends and other.begins < one.ends


@given(ABSENCES, changing_posts())
def test_so_it_is_while_people_are_appointed_and_leave(absences: list[Absence], posts: tuple[Post, ...]) -> None:
    everything = roster(*absences, posts=posts)
    for at in (hour(number) for number in range(-6, 34)):
        for each in posts:
            a, b = each.held_by("A", at), each.held_by("B", at)
            assert a is None or a != b
            there = [person for person in (a, b) if person is not None and not everything.is_away(person, at)]
            hold = on_duty(each, at, everything)
            if there:
                assert hold == Hold((there[0],), "A" if there[0] == a else "B")
            elif hold.rung == "chain":
                (person,) = hold.people
                assert person not in (a, b) and not everything.is_away(person, at)
            else:
                assert hold == escalated(each, at, everything)


@given(ABSENCES, changing_posts(), st.sampled_from(PEOPLE), st.integers(0, 20), st.integers(1, 12))
def test_an_absence_clashes_exactly_where_a_and_b_would_be_away_together(
    absences: list[Absence], posts: tuple[Post, ...], person: str, begins: int, length: int
) -> None:
    mine, everything = away(person, begins, begins + length), roster(*absences, posts=posts)
    found = {(each.id, other) for each, other in clashes(mine, everything)}
    expected = set()
    for at in (hour(number) for number in range(begins, begins + length)):  # whole hours are all that matters here
        for each in posts:
            a, b = each.held_by("A", at), each.held_by("B", at)
            if person in (a, b) and a is not None and b is not None:
                other = b if person == a else a
                expected |= {(each.id, other)} if everything.is_away(other, at) else set()
    assert found == expected


@given(ABSENCES, POSTS)
def test_nothing_changes_between_two_turns(absences: list[Absence], posts: tuple[Post, ...]) -> None:
    everything = roster(*absences, posts=posts)
    marks = [*turns(everything, hour(0), hour(40)), hour(40)]
    for begins, ends in pairwise(marks):
        middle = begins + (ends - begins) / 2
        assert [on_duty(each, begins, everything) for each in posts] == [
            on_duty(each, middle, everything) for each in posts
        ]


def test_a_person_is_back_when_the_last_of_adjoining_absences_ends() -> None:
    absences = [away("ann", 6, 8), away("ann", 2, 4), away("ann", 4, 5), away("ben", 0, 99)]
    back = {number: back_at("ann", hour(number), absences) for number in (1, 2, 4, 5, 7, 8)}
    assert back == {1: None, 2: hour(5), 4: hour(5), 5: None, 7: hour(8), 8: None}

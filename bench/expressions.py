"""How long expressions and decision tables take: parsing, and evaluating warm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from bench.feelin import measured
from bench.row import Row, row, run_alone
from engine import feel, juel
from engine.dmn import parse_dmn
from engine.feel.parser import parse_expression

NOW = datetime(2026, 10, 9, 8, tzinfo=UTC)
CALL = {"amount": 120, "urgency": "urgent", "village": "村03", "reason": "", "caller": {"age": 67, "name": "李"}}
_MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="bench">
<decision id="dispatch" name="dispatch"><decisionTable hitPolicy="{policy}">{columns}
<output name="unit" typeRef="string"/><output name="days" typeRef="number"/>{rules}</decisionTable></decision>
</definitions>"""


# The same ones are evaluated by feelin: of each kind that people write one.
SHARED: tuple[tuple[str, dict[str, Any]], ...] = (
    ('amount > 100 and urgency = "urgent"', CALL),
    ('if amount > 100 then "late" else "in time"', CALL),
    ('caller.age between 60 and 70 and village in ("村03", "村07")', CALL),
    ('date(due) + duration("P5D") >= date("2026-10-09")', {"due": "2026-10-05"}),
    ('upper case(substring(caller.name, 1, 2)) + "-" + string(amount)', {**CALL, "caller": {"name": "duty"}}),
    ("sum(for item in items return item.price * item.count)", {"items": [{"price": 2, "count": n} for n in range(20)]}),
    ("count(items[price > 500])", {"items": [{"price": number * 7 % 997} for number in range(100)]}),
    (
        "some item in items satisfies item.price > 900",
        {"items": [{"price": number * 7 % 997} for number in range(100)]},
    ),
)


def rows() -> list[Row]:
    """Return one row a measure."""
    return [*_own(), *_beside_feelin()]


def _own() -> Iterator[Row]:
    condition = feel.compile_expression('amount > 100 and urgency = "urgent"')
    dates = feel.compile_expression('today() <= date("2026-12-31") and caller.age between 60 and 70')
    camunda = juel.compile_expression("${amount > 100 && empty reason}")
    prices = {"items": [{"price": number % 997, "name": f"item {number}"} for number in range(10_000)]}
    taken = {"items": feel.from_json(prices["items"])}
    filtered = feel.compile_expression("items[price > 500]")
    table = parse_dmn(_table("COLLECT")).decision("dispatch")
    inputs = {"a": 42, "b": "k42", "c": 8, "d": True}
    text = " and ".join(f'(amount{i} + {i} * 2 > 100 or state{i} = "open")' for i in range(21))
    yield _row("scalar condition, FEEL", lambda: condition.evaluate(CALL, now=NOW), "µs", 3)
    yield _row("condition on dates and a path, FEEL", lambda: dates.evaluate(CALL, now=NOW), "µs")
    yield _row("scalar condition, ${…}", lambda: camunda.evaluate(CALL, now=NOW), "µs")
    yield _row("table of 100 rules and 4 inputs", lambda: table.evaluate(inputs, now=NOW), "µs", 150)
    yield _row("10,000 list items filtered", lambda: filtered.evaluate(taken, now=NOW), "ms", 10)
    yield _row("10,000 list items taken in from JSON and filtered", lambda: filtered.evaluate(prices, now=NOW), "ms")
    yield _row(f"parse {len(text)} characters", lambda: parse_expression(text), "ms", 5)


def _beside_feelin() -> Iterator[Row]:
    theirs = measured(SHARED)
    for number, (text, context) in enumerate(SHARED):
        expression = feel.compile_expression(text)
        value, seconds = (
            expression.evaluate(context, now=NOW),
            _best(lambda e=expression, c=context: e.evaluate(c, now=NOW)),
        )
        if theirs is None:
            yield row(f"FEEL {text[:40]} (feelin not measured: no node here)", seconds * 1e6, "µs")
            continue
        if feel.to_json(value) != theirs[number].value:
            raise ValueError(f"{text}: feelin says {theirs[number].value!r}, and we {value!r}")
        name = f"feelin, parsing included ({theirs[number].seconds * 1e6:.1f} µs)"
        yield row(f"FEEL {text[:40]}", seconds * 1e6, "µs", against=(name, theirs[number].seconds * 1e6), limit=0.1)


def _table(policy: str) -> bytes:
    columns = "".join(f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in "abcd")
    entries = [(f"[{n}..{n + 9}]", f'"k{n}", "k{n + 1}"', "&lt; 10", "true") for n in range(100)]
    rules = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text>{entry}</text></inputEntry>" for entry in entry_row)
        + f'<outputEntry><text>"unit {number}"</text></outputEntry><outputEntry><text>{number}</text></outputEntry>'
        + "</rule>"
        for number, entry_row in enumerate(entries)
    )
    return _MODEL.format(policy=policy, columns=columns, rules=rules).encode()


def _row(name: str, work: Callable[[], object], unit: str, limit: float | None = None) -> Row:
    return row(name, _best(work) * {"µs": 1e6, "ms": 1e3}[unit], unit, limit=limit)


def _best(work: Callable[[], object]) -> float:
    """Return the seconds of the best of several runs, so that other load on the machine counts little."""
    work()
    times = max(1, int(0.02 / _seconds(work, 1)))
    return min(_seconds(work, times) / times for _ in range(5))


def _seconds(work: Callable[[], object], times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        work()
    return perf_counter() - start


if __name__ == "__main__":
    run_alone(rows)

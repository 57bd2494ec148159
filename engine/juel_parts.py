"""Explains an evaluation of ${…}: the value of every part, with the place of its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from engine.feel.explain import Explanation, explain_tree
from engine.feel.parser import Span
from engine.feel.tree import Node
from engine.juel import Reader, parse_template


def explain(
    text: str, variables: Mapping[str, object], *, now: datetime, functions: frozenset[str] = frozenset()
) -> Explanation:
    """Return how a text with ${…} in it is evaluated; positions count in the text without white space around it.

    `functions` names those among the variables that it may call. Raises ExpressionSyntaxError.
    """
    body, spans = text.strip(), list[Span]()
    node = parse_template(body, functions, partial(_SpanReader, spans))
    known = {id(span.node) for span in spans}
    if id(node) not in known:  # text with expressions in it
        spans.append(Span(node, 0, len(body)))
    return explain_tree(body, node, spans, variables, now=now)


class _SpanReader(Reader):
    """Builds the same tree, and notes where each node stands."""

    def __init__(self, spans: list[Span], text: str, position: int, functions: frozenset[str]) -> None:
        self._spans, self._known, self._end = spans, set[int](), position
        super().__init__(text, position, functions)

    def _noted(self, read: Callable[[], Node]) -> Node:
        start, node = self.token.at, read()
        if id(node) not in self._known:  # what a rule of the grammar only passes on is the inner one's
            self._known.add(id(node))
            self._spans.append(Span(node, start, self._end))
        return node

    def _take(self) -> Any:
        self._end = self.position
        return super()._take()

    def _ternary(self) -> Node:
        return self._noted(super()._ternary)

    def _logical(self, sign: str) -> Node:
        return self._noted(partial(super()._logical, sign))

    def _binary(self, level: int) -> Node:
        return self._noted(partial(super()._binary, level))

    def _unary(self) -> Node:
        return self._noted(super()._unary)

    def _postfix(self) -> Node:
        return self._noted(super()._postfix)

    def _primary(self) -> Node:
        return self._noted(super()._primary)

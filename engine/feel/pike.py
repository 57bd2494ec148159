"""Matches patterns in a time that grows with the text and never explodes: all ways through a pattern at once.

Python's `re` tries one way after the other, and a pattern such as (a|aa)+$ has exponentially many. What might take
long there is matched here (Pike's algorithm): slower on a good day, but bounded. The same tree of `re` is read, so
both mean the same; only references back to a group cannot be had.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as opcodes
from re import _parser as parser
from typing import Any, NamedTuple

from engine.feel.errors import NoValue

MAX_INSTRUCTIONS = 20_000
MAX_STEPS = 1_000_000

_REPEATS = (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT)
Spans = tuple[int, ...]


class Found(NamedTuple):
    """A match: the text, and where each group begins and ends in it (-1 if it has no part in the match)."""

    text: str
    spans: Spans

    @property
    def start(self) -> int:
        """Where the match begins."""
        return self.spans[0]

    @property
    def end(self) -> int:
        """Where the match ends."""
        return self.spans[1]

    @property
    def groups(self) -> int:
        """How many groups the pattern has."""
        return len(self.spans) // 2 - 1

    def group(self, number: int) -> str:
        """Return what a group holds; 0 is the whole match."""
        begin, end = self.spans[2 * number : 2 * number + 2]
        return self.text[begin:end] if begin >= 0 else ""


class Program:
    """A pattern as instructions: (kind, argument), where a fork names the two places to go on at, the better first."""

    def __init__(self, tree: Any, compiled: re.Pattern[str]) -> None:
        self.code: list[tuple[str, Any]] = []
        self.flags, self.state, self.slots = compiled.flags, tree.state, 2 * compiled.groups + 2
        self._sequence(tree)
        self._put("match", None)
        self._answers: dict[tuple[int, str], bool] = {}

    def matches(self, text: str) -> Iterator[Found]:
        """Return the matches in the text, from left to right.

        Raises NoValue when there are too many steps.
        """
        position, left = 0, [MAX_STEPS]
        while position <= len(text):
            spans = self._search(text, position, left)
            if spans is None:
                return
            yield Found(text, spans)
            position = spans[1] if spans[1] > spans[0] else spans[1] + 1

    def _search(self, text: str, begin: int, left: list[int]) -> Spans | None:
        best: Spans | None = None
        threads: list[tuple[int, Spans]] = []
        for position in range(begin, len(text) + 1):
            if best is None:
                first = (position, *[-1] * (self.slots - 1))
                self._follow(0, first, text, position, threads, {at for at, _ in threads})
            elif not threads:
                break
            sign, following, seen = text[position : position + 1], list[tuple[int, Spans]](), set[int]()
            left[0] -= len(threads) + 1
            if left[0] < 0:
                raise NoValue(f"the text of {len(text)} characters is too long for a pattern with so many repetitions")
            for at, spans in threads:
                kind, argument = self.code[at]
                if kind == "match":
                    best = (spans[0], position, *spans[2:])
                    break
                if sign and self._accepts(at, argument, sign):
                    self._follow(at + 1, spans, text, position + 1, following, seen)
            threads = following
        return best

    def _accepts(self, at: int, pattern: re.Pattern[str], sign: str) -> bool:
        known = self._answers.get((at, sign))
        if known is None:
            known = self._answers[at, sign] = pattern.match(sign) is not None
        return known

    def _follow(
        self, start: int, spans: Spans, text: str, position: int, threads: list[tuple[int, Spans]], seen: set[int]
    ) -> None:
        """Add the threads that begin at an instruction, past all that consume no character."""
        waiting = [(start, spans)]
        while waiting:
            at, spans = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            kind, argument = self.code[at]
            match kind:
                case "fork":
                    waiting += [(argument[1], spans), (argument[0], spans)]
                case "go":
                    waiting.append((argument, spans))
                case "loop":
                    # A round that took no character is the last, as it is in `re`.
                    waiting.append((argument[argument[0] in seen], spans))
                case "save":
                    waiting.append((at + 1, (*spans[:argument], position, *spans[argument + 1 :])))
                case "at":
                    pattern, wanted = argument
                    if (pattern.match(text, position) is not None) is wanted:
                        waiting.append((at + 1, spans))
                case _:
                    threads.append((at, spans))

    def _put(self, kind: str, argument: Any) -> int:
        if len(self.code) >= MAX_INSTRUCTIONS:
            raise NoValue("the pattern repeats too much")
        self.code.append((kind, argument))
        return len(self.code) - 1

    def _sequence(self, items: Any) -> None:
        for opcode, argument in items:
            if opcode in _REPEATS:
                least, most, repeated = argument
                self._repeat(least, most, repeated, opcode is opcodes.MAX_REPEAT)
            elif opcode is opcodes.SUBPATTERN:
                self._group(argument[0], argument[3])
            elif opcode is opcodes.BRANCH:
                self._branch(argument[1])
            elif opcode is opcodes.AT:
                self._put("at", (self._small((opcode, argument)), True))
            elif opcode in (opcodes.ASSERT, opcodes.ASSERT_NOT):
                pattern = compiler.compile(argument[1], self.flags)
                self._put("at", (pattern, opcode is opcodes.ASSERT))
            elif opcode is opcodes.GROUPREF:
                raise NoValue("the pattern refers back to a group, and repeats what is repeated")
            else:
                self._put("sign", self._small((opcode, argument)))

    def _small(self, item: Any) -> re.Pattern[str]:
        part = parser.SubPattern(self.state, [item])
        pattern: re.Pattern[str] = compiler.compile(part, self.flags)
        return pattern

    def _group(self, number: int | None, items: Any) -> None:
        if number is not None:
            self._put("save", 2 * number)
        self._sequence(items)
        if number is not None:
            self._put("save", 2 * number + 1)

    def _branch(self, choices: list[Any]) -> None:
        ends = []
        for choice in choices[:-1]:
            fork = self._put("fork", None)
            self._sequence(choice)
            ends.append(self._put("go", None))
            self.code[fork] = "fork", (fork + 1, len(self.code))
        self._sequence(choices[-1])
        for end in ends:
            self.code[end] = "go", len(self.code)

    def _repeat(self, least: int, most: Any, items: Any, is_greedy: bool) -> None:
        for _ in range(least):
            self._sequence(items)
        if most is opcodes.MAXREPEAT:
            fork = self._put("fork", None)
            self._sequence(items)
            self._put("loop", (fork, len(self.code) + 1))
            self._close(fork, is_greedy)
            return
        forks = []
        for _ in range(int(most) - least):
            forks.append(self._put("fork", None))
            self._sequence(items)
        for fork in forks:
            self._close(fork, is_greedy)

    def _close(self, fork: int, is_greedy: bool) -> None:
        inside, behind = fork + 1, len(self.code)
        self.code[fork] = "fork", (inside, behind) if is_greedy else (behind, inside)

"""Expressions to begin with: each shows one thing that people ask about."""

from __future__ import annotations

from app.i18n import N_
from app.playground.expression import Typed

EXAMPLES: dict[str, tuple[str, Typed]] = {
    "condition": (N_("A condition with names in Chinese"), Typed(
        'if 紧急程度 = "紧急" or 逾期天数 > 3 then "督办" else "照常办理"', '{"紧急程度": "一般", "逾期天数": 5}',
    )),
    "list": (N_("Filtering a list and counting"), Typed(
        "count(事项[天数 > 5 and 状态 != \"办结\"])",
        '{"事项": [{"天数": 3, "状态": "办理中"}, {"天数": 8, "状态": "办理中"}, {"天数": 9, "状态": "办结"}]}',
    )),
    "dates": (N_("Reckoning with dates"), Typed(
        'date and time(受理时间) + duration("P3D") < date and time("2026-11-20T09:00:00")',
        '{"受理时间": "2026-11-16T10:30:00"}',
    )),
    "null": (N_("Why is it empty?"), Typed(
        "数量 * 单价 + get or else(运费, 0)", '{"数量": "3", "单价": 12.5}',
    )),
    "cell": (N_("A cell of a decision table"), Typed("[1..5), > 100", "", "unary", "5")),
    "juel": (N_("${…} of a Camunda 7 file"), Typed(
        "${empty lead_unit ? 'hotline_review' : lead_unit}", '{"lead_unit": ""}',
    )),
    "limit": (N_("Too much work"), Typed("sum(for i in 1..10**9 return i)")),
}  # fmt: skip

"""Every column that the rules ask of a register is declared, and stands on its page, in its CSV and its Excel file."""

from collections.abc import Mapping, Sequence

import pytest

from app.case.projection import register_of
from app.db import transaction
from app.register.columns import columns_of
from tests.app.pages.conftest import Township
from tests.app.pages.test_register_columns import heads
from tests.app.pages.test_register_export import read_csv, read_excel

# What the rules call a field, by the column that holds it.
DOCUMENTS = {
    "收文日期": "received_at", "来文单位": "sender", "来文字号": "document_number", "标题": "case.title",
    "文种": "kind", "成文日期": "written_on", "份数": "copies", "密级": "secrecy",
    "紧急程度": "urgency", "附件": "enclosures",
    "附件的文件": "case.files", "阅件/办件": "handling_kind", "办理期限": "case.due", "是否需回复": "reply_needed",
    "关联文件": "related_documents", "拟办意见": "proposal", "领导批示": "instructions", "主办": "lead_unit",
    "协办": "co_units", "办理结果": "handling_result", "办结意见": "completion_opinion", "备注": "remarks",
    "政府/党委收文": "organ", "状态": "case.state",
}  # fmt: skip
CALLS = {
    "外部编号": "external_number", "来电人": "caller", "电话": "phone", "来电时间": "received_at", "渠道": "channel",
    "类型": "kind", "分类": "category", "紧急程度": "urgency", "是否保密": "confidential", "村": "village",
    "地点": "location", "内容": "case.title", "附件": "case.files", "主办": "lead_unit", "协办": "co_units",
    "派单意见": "dispatch_opinion", "期限": "case.due", "办理情况": "handling_result", "公开答复": "public_answer",
    "是否解决": "solved", "未解决原因": "unsolved_reason", "退单次数": "return_count", "退单原因": "objection_reason",
    "延期次数": "extension_count", "延期原因": "extension_reason", "重办次数": "redo_count", "重办原因": "redo_reason",
    "回访": "call_backs", "首次满意度": "first_satisfaction", "最终满意度": "final_satisfaction", "状态": "case.state",
}  # fmt: skip
MATTERS = {
    "议题": "case.title", "提出人": "proposer", "来源": "source", "性质": "kind", "附件": "case.files",
    "情况分析": "analysis", "可选方案": "options", "研判结论": "consultation_result", "主办": "lead_unit",
    "协办": "co_units", "期限": "case.due", "资源": "resources", "会商参加": "consultation_attendees",
    "例会参加": "meeting_attendees", "决议": "resolution", "赞成": "votes_for", "反对": "votes_against",
    "弃权": "votes_abstain", "村级方案和变通": "plans", "执行记录": "reports", "退回理由": "return_reason",
    "三重一大": "major", "状态": "case.state",
}  # fmt: skip
ORDERS = {
    "事项": "case.title", "立项来源": "source", "承办": "unit", "期限": "case.due", "交办": "assign_note",
    "催办": "urge_count", "反馈": "progress_log", "审核": "review_opinion", "办结": "outcome", "归档": "archiving",
    "状态": "case.state",
}  # fmt: skip
REGISTERS = {
    "document_routing": DOCUMENTS, "hotline_closed_loop": CALLS, "three_tier_decision": MATTERS,
    "supervision_order": ORDERS,
}  # fmt: skip


def declared(township: Township, key: str) -> Mapping[str, str]:
    """Return the labels of a register's columns, by name."""
    with township.app.test_request_context(), transaction() as engine:
        definition = engine.latest(key)
        return {column.name: column.label for column in columns_of(definition, register_of(definition))}


def taken(township: Township, address: str, query: str, ending: str) -> Sequence[Sequence[str]]:
    form = {"format": ending, "csrf_token": township["leader1"].token}
    answer = township["leader1"].client.post(
        f"{address}/export?{query}", data=form, headers={"Accept-Language": "zh"}
    )
    assert answer.status_code == 200
    return read_csv(answer.data) if ending == "csv" else read_excel(answer.data)


@pytest.mark.parametrize("key", sorted(REGISTERS))
def test_every_column_of_the_rules_is_declared_and_stands_on_the_page_and_in_both_files(
    township: Township, key: str
) -> None:
    if key == "hotline_closed_loop":
        township.call()  # a page shows its headings where there are rows
    labels = declared(township, key)
    assert {word: name for word, name in REGISTERS[key].items() if name not in labels} == {}
    nameless = [name for name, label in labels.items() if label == name or not label.strip()]
    assert nameless == [], "each is called by the word of a form"
    query, address = f"columns={','.join(labels)}", f"/registers/{key}"
    page = township["leader1"].get(f"{address}?{query}").text
    expected = ["编号", *labels.values()]
    if key == "hotline_closed_loop":
        assert heads(page) == expected
    assert page.count('name="columns"') >= len(labels), "each may be chosen"
    assert list(taken(township, address, query, "csv")[0]) == expected
    first = [words or number for words, number in taken(township, address, query, "xlsx")[0]]
    assert first == expected

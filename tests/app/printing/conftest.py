"""A small process that declares all prints, the township that works it, and PDFs read back as text."""

import json
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from werkzeug.test import TestResponse

from app.db import transaction
from tests.app.pages.conftest import Township, seeded, township  # noqa: F401

HERE = Path(__file__).parent
TITLE, NAME = "关于维修水利站泵房的议题", "欧阳修远"


def field(key: str, label: str, kind: str = "textfield", **more: object) -> dict[str, object]:
    return {"id": f"{key}_field", "key": key, "type": kind, "label": label, **more}


FORMS = {
    "propose": [field("title", "标题"), field("proposer", "提出人"), field("sum", "金额", "number"),
                field("reason", "理由", "textarea")],
    "comment": [field("advice", "拟办意见", "textarea")],
    "meet": [
        {**field("held_at", "开会日期", "datetime", subtype="date"), "dateLabel": "开会日期"},
        {"id": "attendees", "path": "attendees", "type": "dynamiclist", "label": "实到人员", "isRepeating": True,
         "allowAddRemove": True, "components": [field("name", "姓名"), field("opinion", "意见")]},
        field("votes_for", "赞成", "number"), field("votes_against", "反对", "number"),
        field("agreed", "议决结果", "radio", values=[
            {"label": "同意", "value": "yes"}, {"label": "不同意", "value": "no"}]),
        field("proposer", "提出人"),
        field("resolution", "决议", "textarea"),
    ],
}  # fmt: skip


@dataclass
class Council:
    """The township with the process of this folder."""

    township: Township

    def propose(self, **changes: object) -> str:
        data = {"title": TITLE, "proposer": NAME, "sum": 120000, "reason": "泵房漏水，雨季前须修好。", **changes}
        answer = self.township.send("duty1", "/start/council", {"data": data})
        assert answer.status_code == 200, answer.text
        found = re.search(r"YS-\d{4}-\d{3}", self.township["duty1"].get(answer.json["next"]).text)  # type: ignore[index]
        assert found
        return found[0]

    def discuss(self, number: str, **changes: object) -> None:
        self.township.do("dispatch1", number, "comment", advice="拟同意，请会议议定。")
        people = [{"name": "乡长甲", "opinion": "同意维修"}, {"name": "人大主席乙", "opinion": "先测算"}]
        answers = {"held_at": "2026-11-20", "attendees": people, "votes_for": 6, "votes_against": 1, "agreed": "yes",
                   "proposer": NAME, "resolution": "会议决定维修泵房。\n由水利站主办。"}  # fmt: skip
        self.township.do("dispatch1", number, "meet", **answers, **changes)

    def print(self, login: str, path: str, **form: str) -> TestResponse:
        visitor = self.township[login]
        visitor.get("/settings")  # a page with a token
        return visitor.client.post(path, data={"csrf_token": visitor.token, **form}, headers={"Accept-Language": "zh"})


@pytest.fixture
def council(township: Township) -> Council:  # noqa: F811
    files = {"council.bpmn": (HERE / "council.bpmn").read_bytes()}
    for name, components in FORMS.items():
        form = {"type": "default", "id": name, "schemaVersion": 16, "components": components}
        files[f"{name}.form"] = json.dumps(form, ensure_ascii=False).encode()
    with township.app.app_context(), transaction() as engine:
        engine.deploy(files, by="procadmin")
    return Council(township)


def pages(answer: TestResponse) -> list[str]:
    """Return the text of each page, as one line."""
    assert answer.status_code == 200, answer.text[:500]
    assert answer.mimetype == "application/pdf"
    return [re.sub(r"\s+", "", page.extract_text()) for page in PdfReader(BytesIO(answer.data)).pages]

"""Process admins try expressions and decision tables: values, parts, reasons, rules that hit, in both languages."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import transaction
from app.expressions import FUNCTIONS
from app.installation import DIAGRAMS
from app.playground.functions import GROUPS
from app.playground.views import MOST_TYPED
from app.playground.words import told
from engine.feel import BUILTINS
from tests.app.conftest import Visitor
from tests.app.pages.conftest import Township

EXPRESSION = "/processes/playground"
LIMITS = "/processes/playground/tables/hotline_closed_loop/hotline_limits"
ROOT = Path(__file__).parents[3]
HTMX = {"HX-Request": "true"}


def plain(answer: TestResponse) -> str:
    """Return what is read on a page, without tags and with single spaces."""
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def tried(visitor: Visitor, expression: str, context: str = "", **fields: object) -> TestResponse:
    """Try an expression as the page does while it is typed."""
    data = {"expression": expression, "context": context, "language": "auto", **fields}
    answer = visitor.post(EXPRESSION, data, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return answer


def value_of(answer: TestResponse) -> str:
    found = re.search(r"<pre[^>]* data-value>(.*?)</pre>", answer.text, re.DOTALL)
    assert found, plain(answer)
    return unescape(found[1])


def parts_of(answer: TestResponse) -> dict[str, str]:
    """Return what the table of parts says of each part."""
    rows = re.findall(r"<tr class=\"[^\"]*\">\s*<td style=[^>]*><code[^>]*>(.*?)</code></td>\s*<td[^>]*>(.*?)</td>",
                      answer.text, re.DOTALL)
    return {unescape(text): " ".join(unescape(re.sub(r"<[^>]+>", " ", value)).split()) for text, value in rows}


def rules_of(answer: TestResponse) -> dict[int, str]:
    """Return how each rule of the grids stands."""
    return {int(number): state for number, state in re.findall(r'data-rule="(\d+)" data-state="(\w+)"', answer.text)}


@pytest.mark.parametrize("path", [EXPRESSION, f"{EXPRESSION}/tables", LIMITS])
@pytest.mark.parametrize("login", ["duty1", "leader1", "auditor1", "sysadmin"])
def test_only_process_admins_may_try_things(township: Township, login: str, path: str) -> None:
    assert township[login].get(path).status_code == 403
    assert township[login].post(path, {"expression": "1"}).status_code == 403


def test_nothing_is_tried_without_the_token_of_the_session(township: Township) -> None:
    admin = township["procadmin"]
    admin.get(EXPRESSION)
    for path in (EXPRESSION, f"{EXPRESSION}/tables", LIMITS):
        admin.token = "forged"
        assert admin.post(path, {"expression": "1 + 1"}).status_code == 400


def test_an_expression_gives_its_value_its_type_and_the_value_of_every_part(township: Township) -> None:
    admin = township["procadmin"]
    answer = tried(admin, "sum(费用[金额 > 10].金额) * 2", '{"费用": [{"金额": 5}, {"金额": 20}, {"金额": 30.5}]}')
    assert value_of(answer) == "101"
    assert "数字" in answer.text
    assert parts_of(answer) == {
        "sum(费用[金额 > 10].金额) * 2": "101", "sum(费用[金额 > 10].金额)": "50.5",
        "费用[金额 > 10].金额": "[20, 30.5]",
        "费用[金额 > 10]": "[{金额: 20}, {金额: 30.5}]", "费用": "[{金额: 5}, {金额: 20}, {金额: 30.5}]",
        "金额 > 10": "3 次： false | true | true", "金额": "3 次： 5 | 20 | 30.5",
    }


def test_a_null_says_why_and_marks_the_place(township: Township) -> None:
    admin = township["procadmin"]
    answer = tried(admin, "1 + limt", '{"limit": 3}')
    assert value_of(answer) == "null"
    assert '<mark class="play-mark">limt<sup>1</sup></mark>' in answer.text or "limt<sup>" in answer.text
    assert "没有变量 limt；是否应为 limit？" in plain(answer)
    assert "+ 的一边是空值" in plain(answer)
    assert "第 5 个字符" in plain(answer)
    admin.language = "en"
    assert "there is no variable limt; is limit meant?" in plain(tried(admin, "1 + limt", '{"limit": 3}'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 +", "表达式没有写完；此处应为：值 第 4 个字符"), ("1 + * 2", "此处不应有"), ('"abc', "文本没有结束的引号"),
        ("a && b", "请写 and"), ("${nobody.fly()}", "${…} 中不能使用"), ("-" * 4000 + "1", "嵌套过深"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_said_to_be_none_with_its_place(township: Township, text: str, said: str) -> None:
    answer = tried(township["procadmin"], text)
    assert "这不是表达式" in answer.text
    assert said in plain(answer)
    assert "data-value" not in answer.text


def test_the_budget_ends_what_would_never_end(township: Township) -> None:
    answer = tried(township["procadmin"], "sum(for i in 1..10**9 return i)")
    assert "已停止：运行时间或结果大小超过限度" in answer.text
    assert "超过 250000 步" in plain(answer)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ('{"a": 1,}', "第 1 行第 9 个字符"), ("[1, 2]", "应为一组变量"), ("{a: nowhere}", "没有变量 nowhere"),
        ("{" * 3000, "变量"), ("count(for i in 1..10**9 return i)", "步"), ('{"a": 1e999}', "变量无法读取"),
        ('{"a": 1' + "0" * 9000 + "}", "变量内容过大"),
    ],
)  # fmt: skip
def test_variables_that_cannot_be_read_are_told_with_the_reason(township: Township, context: str, said: str) -> None:
    answer = tried(township["procadmin"], "1 + 1", context)
    assert "变量无法读取" in answer.text
    assert said in plain(answer)


def test_variables_may_be_written_as_feel_writes_them(township: Township) -> None:
    answer = tried(township["procadmin"], "受理日 + duration(\"P3D\")", '{受理日: date("2026-11-20"), "其他 名称": 1}')
    assert value_of(answer) == "2026-11-23"
    odd = tried(township["procadmin"], "收费-标准 * 2", '{"收费-标准": 4}')
    assert value_of(odd) == "8"


def test_a_cell_of_a_table_is_tried_with_the_value_that_it_tests(township: Township) -> None:
    admin = township["procadmin"]
    assert value_of(tried(admin, "[1..5), > 100", language="unary", tested="3")) == "true"
    assert value_of(tried(admin, "[1..5), > 100", language="unary", tested="5")) == "false"
    assert "要判断的值无法读取" in tried(admin, "> 1", language="unary", tested="1 +").text


def test_juel_is_recognised_and_has_parts_and_our_functions(township: Township) -> None:
    answer = tried(township["procadmin"], "  ${empty unit ? days + 1 : unit}", '{"unit": "", "days": 2}')
    assert 'data-language="juel"' in answer.text
    assert value_of(answer) == "3"
    assert parts_of(answer)["days + 1"] == "3"
    assert parts_of(answer)["empty unit"] == "true"
    due = tried(township["procadmin"], "${working_due(2, '工作日')}")
    assert value_of(due).startswith("2026-11-24T")
    assert "working_due" in plain(tried(township["procadmin"], "${working_due('x', '工作日')}"))


def test_what_is_typed_is_only_ever_sent_in_a_body_and_never_kept(township: Township) -> None:
    admin = township["procadmin"]
    page = admin.get(f"{EXPRESSION}?expression=1%2B1&context=%7B%7D").text
    assert 'name="expression"' in page and "1+1" not in page
    assert 'hx-post="/processes/playground"' in page and "hx-get" not in page


def test_what_is_typed_is_never_taken_for_markup(township: Township) -> None:
    answer = tried(township["procadmin"], '"<b>x</b>" + "<script>" + nothing', "{}")
    assert "<b>x" not in answer.text and "<script" not in answer.text
    assert "&lt;b&gt;" in answer.text


def test_without_scripts_the_page_comes_back_whole_with_what_was_typed(township: Township) -> None:
    answer = township["procadmin"].post(EXPRESSION, {"expression": "6 * 7", "context": '{"a": "甲"}'})
    assert "<html" in answer.text
    assert value_of(answer) == "42"
    assert '{"a": "甲"}' in unescape(answer.text)


@pytest.mark.parametrize("field", MOST_TYPED)
def test_what_is_too_long_is_said_to_be(township: Township, field: str) -> None:
    fields = {"expression": "1", field: "1" * (MOST_TYPED[field] + 1)}
    answer = township["procadmin"].post(EXPRESSION, fields, headers=HTMX)
    assert "内容过长" in answer.text
    assert str(MOST_TYPED[field]) in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_examples_come_filled_in_and_tried(township: Township, language: str) -> None:
    admin = township["procadmin"]
    admin.language = language
    page = admin.get(EXPRESSION).text
    links = re.findall(r'href="(/processes/playground\?example=\w+)"', page)
    assert len(links) >= 5
    for link in links:
        answer = admin.get(link)
        assert answer.status_code == 200
        assert "play-parts" in answer.text or "hand-stop" in answer.text, link
        assert "This is no expression" not in answer.text and "这不是表达式" not in answer.text


def test_the_list_of_functions_is_the_language_s_own() -> None:
    listed = [name for _, functions in GROUPS for name in functions]
    assert len(listed) == len(set(listed))
    assert set(listed) == BUILTINS.keys() | FUNCTIONS.keys(), "app/playground/functions.py says what each one does"


RAISED = {"NoValue", "Unfit", "Refused", "Unknown", "EvaluationLimit", "ExpressionSyntaxError", "null", "_error"}
JAVA = "format: "  # messages about Java's own patterns stay as Java has them


def messages() -> Iterator[str]:
    """Yield what the language may say, with a sign where a value stands."""
    for path in sorted((ROOT / "engine" / "feel").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                match node.args[0]:
                    case ast.Constant(value=str() as text) if name in RAISED:
                        yield text
                    case ast.JoinedStr(values=values) if name in RAISED:
                        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in values)


def test_what_the_language_says_is_said_in_chinese_too(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        english = [text for text in messages() if not text.startswith(JAVA) and told(text) == text]
    assert set(english) <= {"; or "}, "app/playground/words.py and the catalogue know what the language says"


def test_functions_are_explained_in_both_languages(township: Township) -> None:
    admin = township["procadmin"]
    page = plain(admin.get(EXPRESSION))
    assert "string join 把列表中的文本连起来，中间可加分隔" in page
    assert "string join(list, [delimiter])" in page
    assert "Camunda 增加的函数" in page
    admin.language = "en"
    page = plain(admin.get(EXPRESSION))
    assert "Camunda's additions" in page
    assert "get or else the value, or another instead of nothing" in page


def test_deployed_tables_are_listed_and_a_process_leads_to_its_own(township: Township) -> None:
    admin = township["procadmin"]
    page = admin.get(f"{EXPRESSION}/tables")
    links = re.findall(r'href="/processes/playground/tables/([^"]+)"', page.text)
    shipped = sorted(path.stem for path in (DIAGRAMS / "tables").glob("*.dmn"))
    assert sorted(link.partition("/")[2] for link in links) == shipped, "each once"
    assert "便民服务热线闭环办理" in page.text
    page = admin.get("/processes/hotline_closed_loop")
    assert f'href="{LIMITS}?version=1"' in page.text
    assert "用于：" in plain(page)


def test_a_table_shows_which_rule_hits_and_which_cells_pass(township: Township) -> None:
    admin = township["procadmin"]
    page = admin.get(LIMITS)
    assert '<option value="求助">求助</option>' in page.text
    assert rules_of(page) == {}
    answer = admin.post(LIMITS, {"tried": "1", "in:kind": "求助", "in:urgency": "紧急"}, headers=HTMX)
    states = rules_of(answer)
    assert [number for number, state in states.items() if state == "kept"] == [1]
    assert set(states.values()) == {"kept", "miss"}
    assert "命中的规则：1。" in plain(answer)
    row = re.search(r'<tr class="play-miss" data-rule="2".*?</tr>', answer.text, re.DOTALL)
    assert row and re.findall(r"play-cell-(\w+)", row[0]) == ["passed", "failed"]


def test_a_value_that_is_not_allowed_is_told_at_its_column(township: Township) -> None:
    answer = township["procadmin"].post(LIMITS, {"tried": "1", "in:kind": "别的", "in:urgency": "紧急"}, headers=HTMX)
    assert "决策无法得出结果" in answer.text
    assert "输入“类型”只能是" in plain(answer)
    assert rules_of(answer) == {}


def dmn(rules: str, inputs: str, attributes: str = "", more: str = "") -> str:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="t">'
        f'{more}<decision id="fee" name="收费"><decisionTable {attributes}>{inputs}'
        f'<output name="fee" typeRef="number"/>{rules}</decisionTable></decision></definitions>'
    )


def column(text: str, kind: str, label: str = "") -> str:
    return f'<input label="{label}"><inputExpression typeRef="{kind}"><text>{text}</text></inputExpression></input>'


def rule(*cells: str) -> str:
    *tests, output = [f"<text>{cell}</text>" for cell in cells]
    return "<rule>" + "".join(f"<inputEntry>{test}</inputEntry>" for test in tests) + (
        f"<outputEntry>{output}</outputEntry></rule>")


OWN = dmn(
    rule("&lt; 10", "-", "-", "5") + rule("-", "true", "-", "7") + rule("-", "-", '&gt; date("2026-01-01")', "9"),
    column("amount", "number", "数量") + column("urgent", "boolean", "加急") + column("day", "date", "日期"),
)
OWN_PATH = f"{EXPRESSION}/tables"


def test_a_file_of_one_s_own_is_tried_without_being_deployed(township: Township) -> None:
    admin = township["procadmin"]
    page = admin.post(OWN_PATH, {"file": (BytesIO(OWN.encode()), "收费.dmn")})
    assert page.status_code == 200
    assert re.search(r'type="date"[^>]*step|name="in:day"', page.text)
    assert '<option value="true">是</option>' in page.text
    assert "重叠" in plain(page) or "规则 1" in plain(page), "what the check says of it stands beside"
    answer = admin.post(OWN_PATH, {"tried": "1", "xml": OWN, "in:amount": "20", "in:urgent": "true"}, headers=HTMX)
    assert rules_of(answer) == {1: "miss", 2: "kept", 3: "miss"}
    with township.app.app_context(), transaction() as engine:
        assert {record.key for record in engine.store.definitions()} == {path.stem for path in DIAGRAMS.glob("*.bpmn")}


def test_rules_that_violate_the_hit_policy_are_named_and_marked(township: Township) -> None:
    fields = {"tried": "1", "xml": OWN, "in:amount": "3", "in:urgent": "true", "in:day": "2025-12-31"}
    answer = township["procadmin"].post(OWN_PATH, fields, headers=HTMX)
    assert "只能命中一条规则，而规则 1, 2 都命中" in plain(answer)
    assert rules_of(answer) == {1: "clash", 2: "clash", 3: "miss"}


def test_under_first_later_rules_are_told_from_the_one_that_counts(township: Township) -> None:
    first = OWN.replace("<decisionTable ", '<decisionTable hitPolicy="FIRST"')
    fields = {"tried": "1", "xml": first, "in:amount": "3", "in:urgent": "true"}
    answer = township["procadmin"].post(OWN_PATH, fields, headers=HTMX)
    assert rules_of(answer) == {1: "kept", 2: "hit", 3: "miss"}


@pytest.mark.parametrize(("name", "text"), [("in:amount", "viele"), ("in:amount", "NaN"), ("in:day", "2026-02-30")])
def test_an_input_that_cannot_be_read_is_told_beside_its_field(township: Township, name: str, text: str) -> None:
    admin = township["procadmin"]
    answer = admin.post(OWN_PATH, {"tried": "1", "xml": OWN, name: text}, headers=HTMX)
    assert "以下内容无法读取" in answer.text
    whole = admin.post(OWN_PATH, {"tried": "1", "xml": OWN, name: text})
    assert "is-invalid" in whole.text


@pytest.mark.parametrize(
    "xml",
    ["", "no xml", "<a/>", "<!DOCTYPE x [<!ENTITY e 'e'>]><x>&e;</x>", "<" * 2000,
     dmn("", "").replace("<decision ", "<textAnnotation ").replace("</decision>", "</textAnnotation>"),
     dmn(rule("1 +", "2"), column("a", "number")), "x" * 450_000],
    ids=["empty", "text", "other", "doctype", "broken", "no-decision", "bad-cell", "large"],
)  # fmt: skip
def test_a_file_that_is_no_decision_is_refused_with_the_reason(township: Township, xml: str) -> None:
    for data in ({"xml": xml}, {"file": (BytesIO(xml.encode()), "x.dmn")}):
        answer = township["procadmin"].post(OWN_PATH, data)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_decisions_on_the_way_are_shown_with_their_values(township: Township) -> None:
    doubled = "<literalExpression><text>base * 2</text></literalExpression>"
    more = f'<decision id="amount_id" name="amount">{doubled}</decision>'
    xml = dmn(rule("&lt; 10", "5") + rule("&gt;= 10", "7"), column("amount", "number"), more=more).replace(
        '<decision id="fee" name="收费">',
        '<decision id="fee" name="收费"><informationRequirement><requiredDecision href="#amount_id"/>'
        "</informationRequirement>")
    admin = township["procadmin"]
    page = admin.post(OWN_PATH, {"xml": xml})
    assert 'name="in:base"' in page.text and 'name="in:amount"' not in page.text
    answer = admin.post(OWN_PATH, {"tried": "1", "xml": xml, "decision": "fee", "in:base": "6"}, headers=HTMX)
    assert value_of(answer) == "7"
    assert "所依据的决策" in answer.text
    assert "12" in plain(answer)


def test_a_table_of_many_rules_shows_the_first_ones_and_those_that_hit(township: Township) -> None:
    many = "".join(rule(f"[{number}..{number + 1})", str(number)) for number in range(400))
    xml = dmn(many, column("amount", "number"))
    page = township["procadmin"].post(OWN_PATH, {"xml": xml})
    assert "规则过多，此处不检查" in page.text
    answer = township["procadmin"].post(OWN_PATH, {"tried": "1", "xml": xml, "in:amount": "333"}, headers=HTMX)
    states = rules_of(answer)
    assert (len(states), states[334]) == (201, "kept")
    assert "另有 199 条未命中的规则未显示" in plain(answer)


def test_a_decision_or_version_that_is_not_there_is_not_found(township: Township) -> None:
    admin = township["procadmin"]
    assert admin.get(LIMITS.replace("hotline_limits", "nothing")).status_code == 404
    assert admin.get(LIMITS.replace("closed_loop", "open_loop")).status_code == 404
    assert admin.get(f"{LIMITS}?version=99").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("file", sorted(Path(DIAGRAMS).glob("tables/*.dmn")), ids=lambda path: path.stem)
def test_the_tables_of_the_hotline_have_pages_in_both_languages(township: Township, file: Path, language: str) -> None:
    admin = township["procadmin"]
    admin.language = language
    page = admin.get(f"{EXPRESSION}/tables/hotline_closed_loop/{file.stem}")
    assert page.status_code == 200
    words = {"zh": "所需的输入", "en": "What it asks for"}
    assert words[language] in page.text
    assert {"zh": words["en"], "en": words["zh"]}[language] not in page.text


def test_the_page_still_offers_the_interface_s_own_languages(township: Township) -> None:
    page = township["procadmin"].get("/processes/playground").text
    assert "/language/en?" in page and "/language/feel" not in page

"""A process that the application has never heard of: a diagram and two forms, worked in the browser without Python."""

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from playwright.sync_api import Page, expect

from app.db import transaction
from tests.browser.conftest import Site, Someone
from tests.browser.looks import violations

FILES = Path(__file__).parent / "supplies"


def request(someone: Someone, **answers: str) -> None:
    someone.go("/start/supplies_request")
    expect(someone.page.locator("[data-form-submit]")).to_be_enabled()
    someone.fill(**answers)
    someone.hand_in()
    someone.page.wait_for_url("**/started/*")


def shows(page: Page, *titles: str) -> None:
    """Wait until the register lists just these, in this order."""
    expect(page.locator(".register-title")).to_have_text(titles)


def test_a_diagram_and_its_forms_are_a_register_with_all_that_belongs_to_it(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    with site.app.app_context(), transaction() as engine:
        engine.deploy({path.name: path.read_bytes() for path in sorted(FILES.iterdir())}, by="procadmin")

    clerk = sign_in("dispatch1")
    request(clerk, item="防汛沙袋", quantity="200", recipient="王小明", note="主汛期前运到各圩口",
            needed_on="2026-06-01", at_once="yes", supply_kind="防汛物资", unit="水利站")
    request(clerk, item="复印纸", quantity="5", recipient="李四", supply_kind="办公用品", unit="民政办")

    with site.app.app_context(), transaction() as engine:
        assert engine.variables(clerk.page.url.rpartition("/")[2])["recipient"] == "李四"

    leader = sign_in("leader1")
    leader.go("/inbox?filter=groups")
    leader.page.locator("[data-row]", has_text="防汛沙袋").first.click()
    expect(leader.page.locator(".task-title")).to_contain_text("审批领用")
    leader.fill(approval="同意发放", granted="180")
    with leader.page.expect_navigation():
        leader.hand_in()

    page = leader.page
    leader.go("/registers/supplies_request")
    heads = ["编号", "状态", "物资名称", "物资类别", "数量", "使用日期", "领用人", "登记", "到期时间"]
    expect(page.locator("thead th")).to_have_text(heads)
    row = page.locator("tbody tr", has_text="防汛沙袋")
    for text in ("LY-", "已办结", "防汛物资", "200", "2026-06-01", "王**"):
        expect(row).to_contain_text(text)
    assert violations(page) == []
    leader.shot("unknown-register-zh", full=True)

    page.get_by_text("更多筛选").click()
    page.locator("[name='f.quantity.from']").fill("100")
    page.locator("[name='f.note']").fill("圩口")
    assert violations(page) == []
    leader.shot("unknown-register-filters-zh", full=True)
    page.locator(".register-panel[open] button").first.click()
    shows(page, "防汛沙袋")
    page.locator(".register-panel summary", has_text="显示列").click()
    for label in ("领用人", "使用日期"):
        page.locator(".register-panel[open]").get_by_label(label, exact=True).uncheck()
    page.locator(".register-panel[open]").get_by_label("实发数量").check()
    page.locator(".register-panel[open]").get_by_text("显示所选列").click()
    expect(page.locator("thead")).to_contain_text("实发数量")
    expect(page.locator("tbody")).to_contain_text("180")

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    *lines, note = csv.reader(StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig")))
    assert note[0].startswith("# 物资领用 · 分管领导甲 leader1 于 ")
    assert len(lines) == 2 and "实发数量" in lines[0] and "领用人" not in lines[0]
    assert lines[1][lines[0].index("数量")] == "200" and lines[1][lines[0].index("物资类别")] == "防汛物资"

    page.get_by_text("常用筛选").click()
    page.locator("[name=name]").first.fill("大宗")
    page.locator(".register-kept button", has_text="保存").click()
    expect(page.locator(".register-saved a[aria-current]")).to_have_text("大宗")
    leader.go("/registers/supplies_request?q=圩口")
    expect(page.locator(".register-hit mark")).to_have_text("圩口")
    leader.shot("unknown-register-search-zh", full=True)

    leader.go("/statistics/supplies_request")
    expect(page.locator("main")).to_contain_text("水利站")
    page.locator("main tr", has_text="水利站").locator("a").first.click()
    shows(page, "防汛沙袋")

    for width, height in ((1366, 768), (390, 844)):
        reader = sign_in("leader1", width=width, height=height, language="en-GB")
        reader.go("/registers/supplies_request?q=圩口&f.quantity.from=100")
        expect(reader.page.locator("tbody")).to_contain_text("防汛沙袋")
        assert violations(reader.page) == []
        reader.shot(f"unknown-register-en-{width}", full=True)
        reader.page.locator(".register-panel summary").first.click()
        reader.shot(f"unknown-register-filters-en-{width}", full=True)


def with_own_field() -> dict[str, bytes]:
    """Return the files as a process admin changes them in the Modeler: one more field, named in two properties."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(FILES.iterdir())}
    form = json.loads(files["request_supplies.form"])
    values = [{"label": "自取", "value": "fetch"}, {"label": "送达", "value": "bring"}]
    form["components"].append(
        {"type": "select", "id": "delivery", "key": "delivery", "label": "领取方式", "values": values,
         "validate": {"required": True}}
    )  # fmt: skip
    files["request_supplies.form"] = json.dumps(form, ensure_ascii=False)
    for name in ("columns", "filters", "facts"):
        files["supplies_request.bpmn"] = files["supplies_request.bpmn"].replace(
            f'name="case.{name}" value="', f'name="case.{name}" value="delivery,'
        )
    return {name: text.encode() for name, text in files.items()}


def test_a_process_admin_adds_a_field_by_deploying_the_form_and_the_diagram_anew(
    site: Site, sign_in: Callable[..., Someone], tmp_path: Path
) -> None:
    admin = sign_in("procadmin")
    admin.go("/processes")
    for name, content in with_own_field().items():
        (tmp_path / name).write_bytes(content)
    admin.page.locator("input[type=file]").set_input_files([str(path) for path in sorted(tmp_path.iterdir())])
    with admin.page.expect_navigation():
        admin.page.locator("form:has(input[type=file]) button").last.click()
    admin.shot("unknown-process-deployed", full=True)

    clerk = sign_in("dispatch1")
    common = {"recipient": "王小明", "supply_kind": "防汛物资", "unit": "水利站"}
    request(clerk, item="雨衣", quantity="20", delivery="送达", **common)
    request(clerk, item="手电", quantity="8", delivery="自取", **common)
    clerk.go("/registers/supplies_request?sort=-delivery")
    page = clerk.page
    heading = page.locator("thead th", has_text="领取方式")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody tr", has_text="雨衣")).to_contain_text("送达")
    own = page.locator(".register-title", has_text=re.compile("雨衣|手电"))
    expect(own).to_have_text(["手电", "雨衣"])
    for state in ("none", "ascending"):
        heading.locator("a").click()
        expect(heading).to_have_attribute("aria-sort", state)
    expect(own).to_have_text(["雨衣", "手电"])
    page.get_by_text("更多筛选").click()
    page.locator("[name='f.delivery']").select_option(label="自取")
    page.locator(".register-panel[open] button").first.click()
    shows(page, "手电")
    expect(page.locator(".register-chip", has_text="领取方式")).to_contain_text("自取")
    assert violations(page) == []
    clerk.shot("unknown-register-own-field-zh", full=True)
    page.locator("tbody a.number").first.click()
    expect(page.locator("#pane-facts, .card", has_text="领取方式").first).to_contain_text("自取")
    assert violations(page) == []

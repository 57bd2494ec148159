"""A form of fields that stand in a diagram, in a browser: drawn by the same renderer, checked by the same server."""

from collections.abc import Callable

from playwright.sync_api import expect

from app.db import transaction
from tests.browser.conftest import Site, Someone
from tests.engine.diagrams import diagram

LEAVE = diagram(
    """<bpmn:startEvent id="asked"><bpmn:extensionElements><camunda:formData>
      <camunda:formField id="why" label="事由" type="string"><camunda:validation>
        <camunda:constraint name="required"/></camunda:validation></camunda:formField>
      <camunda:formField id="days" label="天数" type="long" defaultValue="1"><camunda:validation>
        <camunda:constraint name="max" config="30"/></camunda:validation></camunda:formField>
      <camunda:formField id="begins" label="开始" type="date" defaultValue="31/12/2026"/>
      <camunda:formField id="sick" label="病假" type="boolean" defaultValue="true"/>
      <camunda:formField id="paid" label="待遇" type="enum" defaultValue="full">
        <camunda:value id="full" name="全薪"/><camunda:value id="half" name="半薪"/></camunda:formField>
    </camunda:formData></bpmn:extensionElements></bpmn:startEvent><bpmn:endEvent id="ended"/>
    flow: asked>ended""",
    key="leave",
)


def test_fields_of_every_type_are_drawn_and_sent(site: Site, sign_in: Callable[..., Someone]) -> None:
    with site.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": LEAVE}, by="procadmin")
    duty = sign_in("duty1")
    duty.go("/start/leave")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    for label in ("事由", "天数", "开始", "病假", "待遇"):
        expect(duty.page.locator(".fjs-container")).to_contain_text(label)
    expect(duty.page.locator('input[id$="-field_2"]')).to_have_value("1")
    duty.page.locator('input[id$="-field_1"]').fill("   ")
    duty.hand_in()
    expect(duty.page.locator("[data-form-notice] .alert")).to_contain_text("请检查以下各项")
    duty.page.locator('input[id$="-field_1"]').fill("感冒")
    duty.hand_in()
    duty.page.wait_for_url("**/started/*")

    with site.app.app_context(), transaction() as engine:
        kept = engine.variables(duty.page.url.rpartition("/")[2])
    assert kept == {"why": "感冒", "days": 1, "begins": "2026-12-31", "sick": True, "paid": "full"}


def test_what_was_typed_last_is_handed_in_by_ctrl_enter(site: Site, sign_in: Callable[..., Someone]) -> None:
    with site.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": LEAVE}, by="procadmin")
    duty = sign_in("duty1")
    duty.go("/start/leave")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    duty.page.locator('input[id$="-field_1"]').press_sequentially("感冒了")
    duty.page.keyboard.press("Control+Enter")
    duty.page.wait_for_url("**/started/*")
    with site.app.app_context(), transaction() as engine:
        assert engine.variables(duty.page.url.rpartition("/")[2])["why"] == "感冒了"


def test_what_is_typed_right_after_a_choice_is_handed_in_whole_at_once(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    with site.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": LEAVE}, by="procadmin")
    duty = sign_in("duty1")
    for how in ("click", "keys"):
        duty.go("/start/leave")
        expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
        why, days = duty.page.locator('input[id$="-field_1"]'), duty.page.locator('input[id$="-field_2"]')
        why.press_sequentially("感")
        duty.fill(field_5="半薪")
        why.press("End")
        why.press_sequentially("冒发烧")
        duty.fill(field_4="no")
        days.fill("")
        days.press_sequentially("12")
        if how == "click":
            duty.hand_in()
        else:
            duty.page.keyboard.press("Control+Enter")
        duty.page.wait_for_url("**/started/*")
        with site.app.app_context(), transaction() as engine:
            kept = engine.variables(duty.page.url.rpartition("/")[2])
        assert kept == {"why": "感冒发烧", "days": 12, "begins": "2026-12-31", "sick": False, "paid": "half"}

"""One call, from the telephone to the archive, by the people whose work it is; pictures are kept on the way."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Someone, register_call


def test_a_call_goes_from_the_telephone_to_a_rated_and_archived_case(sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    duty.go("/inbox")
    expect(duty.page.get_by_text("今天没有待办")).to_be_visible()
    duty.shot("01-empty-inbox")
    duty.go("/start/hotline_closed_loop")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    duty.shot("02-register")
    number = register_call(duty)
    assert number == "HL-2026-000001" or number.endswith("-000001")
    duty.shot("03-number-at-once")

    duty.open_first("受理")
    duty.fill(acceptance="受理，转派单", acceptance_note="属于热线受理范围。")
    duty.shot("04-accept")
    duty.hand_in()
    expect(duty.page.get_by_text(f"已办：受理 · {number}").first).to_be_visible()
    expect(duty.page.get_by_text("下一步：派单 (热线派单)").first).to_be_visible()
    duty.shot("05-accepted")

    dispatcher = sign_in("dispatch1")
    dispatcher.open_first("派单")
    dispatcher.fill(lead_unit="村03", override_reason="路面在村组道路上,由村里办理更快。")
    dispatcher.fill(dispatch_opinion="请先设警示标志。")
    dispatcher.shot("06-dispatch")
    dispatcher.hand_in()
    expect(dispatcher.page.get_by_text("下一步：签收 (村03)").first).to_be_visible()

    village = sign_in("village03", width=390, height=844)
    village.open_first("签收")
    village.shot("07-sign-in-phone")
    village.fill(sign_in_opinion="签收")
    village.hand_in()
    village.page.wait_for_url("**done=*")
    village.open_first("首次联系")
    village.fill(contact="已联系上", contact_note="已电话联系,约定明天上午到现场。")
    village.hand_in()
    village.page.wait_for_url("**done=*")
    village.open_first("办理")
    village.fill(handling="办理完毕", handling_result="已修补路面三米。", public_answer="塌陷路面已修好,可以通行。")
    village.shot("08-handle-phone", full=True)
    village.hand_in()
    village.page.wait_for_url("**done=*")

    leader = sign_in("leader1", width=1920, height=1080)
    leader.open_first("审核")
    leader.page.locator("#tab-diagram").click()
    expect(leader.page.locator(".diagram-badge-current")).to_be_visible()
    leader.shot("09-review-with-diagram")
    leader.fill(review="合格，转回访")
    leader.hand_in()
    leader.page.wait_for_url("**done=*")

    caller_back = sign_in("callback1")
    caller_back.open_first("回访")
    caller_back.fill(reached="是")
    caller_back.fill(contacted_by_handler="是", solved="解决", satisfaction="满意", caller_words="路修好了,谢谢。")
    caller_back.shot("10-call-back")
    caller_back.hand_in()
    expect(caller_back.page.get_by_text("下一步：归档").first).to_be_visible()

    duty.open_first("归档")
    duty.fill(archiving="归档")
    duty.fill(retention="10年")
    duty.hand_in()
    expect(duty.page.get_by_text("案卷已办结").first).to_be_visible()

    leader.go(f"/cases/{number}")
    expect(leader.page.locator(".badge-state")).to_have_text("已归档")
    expect(leader.page.get_by_text("138****1234")).to_be_visible()
    expect(leader.page.locator(".diagram svg .is-done").first).to_be_visible()
    leader.shot("11-case", full=True)
    leader.go("/registers/hotline_closed_loop")
    expect(leader.page.get_by_text(number)).to_be_visible()
    leader.shot("12-register")
    leader.go("/statistics")
    expect(leader.page.locator("canvas").first).to_be_visible()
    leader.shot("13-figures", full=True)

"""Files, doubles and mistakes in a browser: chosen with the form, looked at, pointed out, voided."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.app.pages.letters import LETTER, deploy_letters
from tests.browser.conftest import Site, Someone
from tests.browser.looks import SIZES, fits, violations
from tests.support.files import docx, ofd, pdf, png

LABELS = {"sender": "来文单位", "document_number": "文号", "title": "标题", "secrecy": "密级"}


@pytest.fixture(scope="module")
def letters(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's site with the process of letters, and a folder of files to choose."""
    deploy_letters(site)
    folder = tmp_path_factory.mktemp("files")
    for name, content in {
        "通知.pdf": pdf("关于做好秋收工作的通知", "第二页"), "现场.png": png(), "公文.ofd": ofd(),
        "说明.docx": docx("说明"), "太大.pdf": b"MZ" + bytes(40 * 1024 * 1024),
    }.items():
        (folder / name).write_bytes(content)
    return folder


def fill_letter(clerk: Someone, **changes: str) -> None:
    clerk.go("/start/letter")
    expect(clerk.page.locator("[data-form-submit]")).to_be_enabled()
    for key, value in {**LETTER, **changes}.items():
        clerk.page.get_by_label(LABELS[key], exact=True).fill(value)


def register(clerk: Someone, folder: Path, *names: str, **changes: str) -> str:
    """Register a letter with these files, and return its number."""
    fill_letter(clerk, **changes)
    clerk.page.locator("[data-files]").set_input_files([folder / name for name in names])
    clerk.hand_in()
    clerk.page.wait_for_url("**/started/*")
    return clerk.page.locator(".number").first.inner_text().strip()


def test_files_are_chosen_with_the_form_and_looked_at_one_after_the_other(
    letters: Path, sign_in: Callable[..., Someone]
) -> None:
    clerk = sign_in("dispatch1")
    number = register(clerk, letters, "通知.pdf", "现场.png", "公文.ofd", "说明.docx", document_number="甲〔2026〕1号")
    clerk.go(f"/cases/{number}")
    clerk.page.locator("#pane-attachments").scroll_into_view_if_needed()
    clerk.shot("files-case", full=True)
    assert violations(clerk.page) == []
    answers: list[tuple[str, int]] = []
    clerk.page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    with clerk.page.expect_response("**/content"):
        clerk.page.get_by_role("link", name="通知.pdf", exact=True).click()
    expect(clerk.page.locator("iframe.file-view-pane")).to_be_visible()
    clerk.page.wait_for_timeout(500)  # the viewer draws in a process of its own, and says nothing when it has
    clerk.shot("files-pdf")
    assert {status for url, status in answers if url.endswith("/content")} == {200}
    clerk.page.get_by_role("link", name="下一个").click()
    picture = clerk.page.locator(".file-view-picture img")
    expect(picture).to_have_js_property("naturalWidth", 320)
    clerk.shot("files-picture")
    clerk.page.get_by_role("link", name="下一个").click()
    expect(clerk.page.locator(".empty-title")).to_contain_text("浏览器不能显示")
    clerk.shot("files-ofd")
    with clerk.page.expect_download() as saved:
        clerk.page.get_by_role("link", name="下载").click()
    assert saved.value.suggested_filename == "公文.ofd"
    clerk.page.get_by_role("link", name="返回案卷").click()
    expect(clerk.page.locator(".case-head")).to_be_visible()


def test_a_file_that_is_too_large_is_told_of_before_it_is_sent(letters: Path, sign_in: Callable[..., Someone]) -> None:
    clerk = sign_in("dispatch1")
    fill_letter(clerk, document_number="乙〔2026〕1号")
    clerk.page.locator("[data-files]").set_input_files(letters / "太大.pdf")
    clerk.hand_in()
    alert = clerk.page.locator("[data-form-notice] [role=alert]")
    expect(alert).to_contain_text("太大.pdf")
    expect(alert).to_contain_text("最大 20 MB")
    clerk.shot("files-too-large")
    clerk.page.locator("[data-files]").set_input_files(letters / "通知.pdf")
    clerk.hand_in()
    clerk.page.wait_for_url("**/started/*")


def test_a_double_is_pointed_out_and_nothing_typed_is_lost(letters: Path, sign_in: Callable[..., Someone]) -> None:
    clerk = sign_in("dispatch1")
    first = register(clerk, letters, document_number="丙〔2026〕1号")
    fill_letter(clerk, document_number="丙 [2026] 01号", title="关于秋收的通知（更正）")
    clerk.hand_in()
    alert = clerk.page.locator("[data-form-notice] [role=alert]")
    expect(alert).to_contain_text("已经登记过了")
    expect(alert).to_contain_text(first)
    expect(alert.get_by_role("link")).to_have_attribute("href", f"/cases/{first}")
    expect(clerk.page.get_by_label("标题", exact=True)).to_have_value("关于秋收的通知（更正）")
    clerk.shot("files-double")
    assert violations(clerk.page) == []
    alert.get_by_role("button", name="仍予登记").click()
    expect(alert.get_by_label("仍要登记的理由")).to_be_focused()
    alert.get_by_label("仍要登记的理由").fill("更正后重发")
    alert.get_by_role("button", name="仍予登记").click()
    clerk.page.wait_for_url("**/started/*")
    second = clerk.page.locator(".number").first.inner_text().strip()
    assert second != first
    clerk.go(f"/cases/{second}")
    expect(clerk.page.locator("#pane-comments")).to_contain_text("更正后重发")


def test_a_case_is_voided_after_a_word_of_warning(letters: Path, sign_in: Callable[..., Someone]) -> None:
    clerk = sign_in("dispatch1")
    number = register(clerk, letters, document_number="丁〔2026〕1号")
    clerk.go(f"/cases/{number}")
    clerk.page.get_by_role("button", name="更多").click()
    clerk.shot("voiding-menu")
    clerk.page.get_by_role("link", name="作废").click()
    expect(clerk.page.get_by_text("作废后不能恢复")).to_be_visible()
    assert violations(clerk.page) == []
    clerk.shot("voiding-asked")
    clerk.page.get_by_label("误登的原因").fill("与上一件重复登记")
    clerk.page.get_by_role("button", name="作废").click()
    expect(clerk.page.locator(".badge-state")).to_have_text("已作废")
    clerk.shot("voiding-done")
    assert violations(clerk.page) == []
    clerk.go("/registers/letter")
    row = clerk.page.locator("tr.is-voided").filter(has_text=number)
    expect(row.locator("td").nth(2)).to_have_css("text-decoration-line", "line-through")
    clerk.shot("voiding-register")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_page_of_files_scrolls_sideways_and_axe_finds_nothing(
    letters: Path, sign_in: Callable[..., Someone], size: tuple[int, int], language: str
) -> None:
    clerk = sign_in("dispatch1", width=size[0], height=size[1], language=language)
    number = register(
        clerk, letters, "通知.pdf", "现场.png", "公文.ofd", document_number=f"戊〔2026〕{size[0]}{language}号"
    )
    clerk.go(f"/cases/{number}")
    shown = [str(link.get_attribute("href")) for link in clerk.page.locator("a[href*='/view']").all()]
    pages = {"start": "/start/letter", "pdf": shown[0], "picture": shown[1], "void": f"/cases/{number}/void"}
    for name, path in pages.items():
        clerk.go(path)
        clerk.page.wait_for_timeout(500)
        clerk.shot(f"files-{name}-{size[0]}x{size[1]}-{language}")
        assert fits(clerk.page), name
        assert violations(clerk.page) == [], name

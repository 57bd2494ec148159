"""The interface's languages: Chinese first, English second; texts in code and templates are English."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"
ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "translations" / "zh" / "LC_MESSAGES" / "messages.po"


def N_(text: str) -> str:
    """Mark `text` for the catalogue where it is translated later."""
    return text


class Catalogues(Domain):
    """Reads the catalogue of texts as it is written, so that no compiled copy can be stale."""

    def get_translations(self) -> Translations:
        """Return the reader's translations; English texts are their own."""
        language = language_of_reader()
        if language not in self.cache:
            self.cache[language] = _compiled(catalogue()) if language == "zh" else Translations()
        translations: Translations = self.cache[language]
        return translations


def init_app(app: Flask) -> None:
    """Let pages speak the reader's language, and tell times in the township's time zone."""
    babel = Babel(
        app, default_locale="zh", default_timezone=app.config["TIME_ZONE"], locale_selector=choose_language,
        default_domain="messages",
    )  # fmt: skip
    babel.domain_instance = Catalogues()  # type: ignore[no-untyped-call]
    app.context_processor(lambda: {"language": language_of_reader(), "languages": LANGUAGES})


def choose_language() -> str:
    """Return the language that the person chose, else that of the profile, else the browser's, else Chinese."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(COOKIE) or getattr(current_user, "locale", None)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES, default="zh") or "zh"


def language_of_reader() -> str:
    """Return `zh` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def catalogue() -> Catalog:
    """Return the Chinese texts."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def _compiled(texts: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)

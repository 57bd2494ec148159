"""The interface's languages: Chinese first, English second; `python -m app.i18n` lists what the catalogue lacks."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_login import current_user

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"
ROOT = Path(__file__).parent
CATALOGUE = ROOT / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "N_": None,
}  # fmt: skip


def N_(text: str) -> str:
    """Mark `text` for the catalogue where it is translated later."""
    return text


class Catalogues(Domain):  # type: ignore[misc]
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
    babel.domain_instance = Catalogues()
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


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text that templates and code show, as (where, text); the singular of those that count."""
    for name, line, message, _, _ in extract_from_dir(str(ROOT), _METHODS, keywords=_KEYWORDS):
        yield f"{name}:{line}", message if isinstance(message, str) else message[0]


def missing() -> dict[str, str]:
    """Return the texts without a Chinese translation, each with a place where it is used."""
    known = {_id(message.id) for message in catalogue() if message.string and all(_strings(message.string))}
    return {text: where for where, text in texts() if text not in known}


def duplicates() -> list[str]:
    """Return the texts that stand in the catalogue more than once, where reading it would merge them silently."""
    counts = Counter(re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(text for text, times in counts.items() if times > 1)


def _compiled(texts: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)


def _id(message: str | list[str] | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def _strings(translation: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (translation,) if isinstance(translation, str) else tuple(translation)


def main() -> int:
    """Print the entries that the Chinese catalogue lacks, ready to be filled in and appended."""
    for text, where in sorted(missing().items(), key=lambda item: item[1]):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'#: {where}\nmsgid "{quoted}"\nmsgstr ""\n')
    for text in duplicates():
        print(f"# twice: {text!r}", file=sys.stderr)
    return 1 if missing() or duplicates() else 0


if __name__ == "__main__":
    sys.exit(main())

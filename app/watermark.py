"""The watermark of pages that show a case: who reads it and when, as a picture that lies over the page."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, url_for

from app.auth import actor
from app.db import now
from app.dossier.facts import moment

blueprint = Blueprint("watermark", __name__)
# In the dark a grey that is seen on dark ground, and on the white ground of diagrams as well.
_SHADES = {"light": ("#000", ".07"), "dark": ("#8a8a8a", ".22")}
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%">
<defs><pattern id="mark" width="{across}" height="{down}" patternUnits="userSpaceOnUse" patternTransform="rotate(-22)">
<g fill="{colour}" fill-opacity="{shade}" font-family="PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif" \
font-size="{size}"><text x="0" y="{size}">{text}</text><text x="{half}" y="{second}">{text}</text></g>
</pattern></defs><rect width="100%" height="100%" fill="url(#mark)"/></svg>
"""


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """Give pages the picture's address: another each minute and for each person, so that it may be kept meanwhile."""
    return {"watermark": lambda: url_for("watermark.picture", of=actor().id, at=moment(now()))}


@blueprint.get("/watermark.svg")
def picture() -> Response:
    """Draw name, login and time of whoever asks, in the person's own colours and size; nobody else's can be had."""
    person = actor()
    size = 21 if person.large_text else 15
    text = f"{person.name} {person.id} {moment(now())}"
    # A wide character is as wide as it is high, another about six tenths of that.
    wide = sum(size if ord(character) > 0x2E80 else size * 0.6 for character in text)
    across, down = round(wide * 2 + size * 10), size * 14
    colour, shade = _SHADES.get(person.theme, _SHADES["light"])
    drawn = _SVG.format(
        across=across, down=down, half=across // 2, second=down // 2 + size, size=size, colour=colour, shade=shade,
        text=escape(text),
    )  # fmt: skip
    return Response(
        drawn, mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=60", "Vary": "Cookie"}
    )

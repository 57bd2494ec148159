"""`python -m app.i18n` prints the entries that the Chinese catalogue lacks, ready to be filled in and appended."""

from __future__ import annotations

import sys

from app.i18n.completeness import duplicates, missing


def main() -> int:
    """Print what is missing and what stands there twice; return 1 when there is either."""
    lacking, twice = missing(), duplicates()
    for forms, where in sorted(lacking.items(), key=lambda item: item[1]):
        names = ("msgid", "msgid_plural")
        lines = [f'{name} "{_quoted(text)}"' for name, text in zip(names, forms, strict=False)]
        print(f"#: {where}", *lines, 'msgstr ""' if len(forms) == 1 else 'msgstr[0] ""', "", sep="\n")
    for text in twice:
        print(f"# twice: {text}", file=sys.stderr)
    return 1 if lacking or twice else 0


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


if __name__ == "__main__":
    sys.exit(main())

"""Small files that are what they say: a PDF with Chinese text, a DOCX, an OFD, a picture."""

import io
import struct
import zipfile
import zlib

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*pages: str) -> bytes:
    """Return a PDF whose pages hold these texts, in a font that is not embedded, with a map to Unicode."""
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        "1 beginbfrange <0000> <FFFF> <0000> endbfrange\nendcmap end end"
    )
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /Identity-H /DescendantFonts [4 0 R] "
           b"/ToUnicode 5 0 R >>",
        4: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) "
           b"/Ordering (Identity) /Supplement 0 >> /FontDescriptor 6 0 R /DW 1000 >>",
        5: stream(cmap.encode()),
        6: b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
           b"/Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>",
    }  # fmt: skip
    for number, text in enumerate(pages):
        drawn = f"BT /F1 24 Tf 72 700 Td <{text.encode('utf-16-be').hex()}> Tj ET\n0.2 0.4 0.8 rg 72 500 300 120 re f"
        objects[10 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {11 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        ).encode()
        objects[11 + 2 * number] = stream(drawn.encode())
    return assembled(objects)


def stream(content: bytes) -> bytes:
    """Return the body of a PDF's stream object."""
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def assembled(objects: dict[int, bytes]) -> bytes:
    """Return a PDF of these objects."""
    made, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(made)
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size, begin = max(objects) + 1, len(made)
    rows = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(size)
    )
    return made + b"xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        size, rows, size, begin
    )


def docx(*paragraphs: str, footnote: str = "", head: str = "") -> bytes:
    """Return a DOCX of these paragraphs; `head` stands before the document's root."""
    body = "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in paragraphs)
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": f'{head}<w:d xmlns:w="{WORD}">{body}</w:d>'}
    if footnote:
        parts["word/footnotes.xml"] = f'<w:f xmlns:w="{WORD}"><w:p><w:r><w:t>{footnote}</w:t></w:r></w:p></w:f>'
    return package(parts)


def ofd() -> bytes:
    """Return what is an OFD by the names inside."""
    return package({"OFD.xml": "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'/>", "Doc_0/Document.xml": "<a/>"})


def package(parts: dict[str, str]) -> bytes:
    """Return a zip of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


def png(width: int = 320, height: int = 200, colour: bytes = b"\x30\x80\x50") -> bytes:
    """Return a picture of one colour."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + colour * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

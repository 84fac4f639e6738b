"""PDF files for tests, written byte by byte: honest ones page by page, and ones built to exhaust whoever reads them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence


def pdf(pages: Sequence[str], *, title: str = "", author: str = "", published: str = "", made: str = "") -> bytes:
    """A document with one line of Helvetica for each line of each page."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R" + (b" /Metadata 4 0 R" if published else b"") + b" >>"]
    first = 6
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(stream(_xmp(published), b" /Type /Metadata /Subtype /XML"))
    dates = f" /CreationDate (D:{made})" if made else ""
    objects.append(f"<< /Title ({title}) /Author ({author}){dates} >>".encode("cp1252"))
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {first + 2 * number + 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        lines = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in page.split("\n")]
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        objects.append(stream(f"BT /F1 12 Tf 40 760 Td {shown}ET".encode("cp1252")))
    return document(objects, b"/Root 1 0 R /Info 5 0 R")


def document(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Objects numbered from 1, with a table of where they stand."""
    body, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    start = len(body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
    return bytes(body + b"trailer << /Size %d %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start))


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d%b >>\nstream\n%b\nendstream" % (len(data), more, data)


def _page(contents: bytes, resources: bytes = b"<< >>", *more: bytes) -> bytes:
    return document(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources %b >>" % resources,
            contents,
            *more,
        ]
    )


def hostile() -> dict[str, bytes]:
    """By name: each would cost a plain reader minutes or gigabytes."""
    packed = zlib.compress(b"\0" * 300_000_000, 9)
    twice = zlib.compress(packed, 9)
    font = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    form = b" /Type /XObject /Subtype /Form /Resources << /XObject << /X 5 0 R /Y 5 0 R >> >>"
    words = b"BT /F1 1 Tf " + b"(words and more words) Tj 0 -1 Td " * 100_000 + b"ET"
    return {
        "bomb": _page(stream(packed, b" /Filter /FlateDecode")),
        "bomb in a bomb": _page(stream(twice, b" /Filter [/FlateDecode /FlateDecode]")),
        "run lengths": _page(stream(b"\x81\0" * 1_000_000 + b"\x80", b" /Filter /RunLengthDecode")),
        "many words": _page(stream(words), font),
        "operators": _page(stream(b"q " * 2_000_000)),
        "nested arrays": _page(stream(b"[" * 1_000_000)),
        "nested objects": document([b"[" * 200_000 + b"]" * 200_000]),
        "forms in forms": _page(stream(b"/X Do /Y Do"), b"<< /XObject << /X 5 0 R >> >>", stream(b"/X Do /Y Do", form)),
        "pages in a circle": document(
            [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9999999 >>"]
        ),
        "many pages": document(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [" + b"3 0 R " * 300_000 + b"] /Count 300000 >>",
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
            ]
        ),
        "table in a circle": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer << /Size 9 /Prev 9 >>\nstartxref\n9\n%%EOF",
        "no table": b"%PDF-1.7\n" + b"1 0 obj << /A 1 >> endobj\n" * 150_000,
        "huge numbers": document([b"<< /Type /Catalog /Pages 99999999999999 0 R /Size 999999999999999999999 >>"]),
        "garbage": b"%PDF-1.7\n" + bytes(range(256)) * 4_000,
        "nothing": b"",
    }


def _xmp(published: str) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:date><rdf:Seq><rdf:li>{published}</rdf:li></rdf:Seq></dc:date>"
        "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()

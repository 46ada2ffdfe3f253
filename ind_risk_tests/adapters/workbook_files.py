"""Workbooks made to do harm or damaged, from one that is well: by rewriting its parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

Rewrite = Callable[[str], str]
SHEET = "xl/worksheets/sheet1.xml"


def plain_workbook(name: str = "Outcomes", rows: str | None = None) -> bytes:
    """The smallest workbook with one sheet."""
    given = rows or '<row r="1"><c r="A1" t="inlineStr"><is><t>case</t></is></c></row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    spoken = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return archive({
        "[Content_Types].xml": f'<Types xmlns="{kinds}"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{spoken}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{related}"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet '
        f'name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{related}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        SHEET: f'<worksheet xmlns="{main}"><sheetData>{given}</sheetData></worksheet>',
    })  # fmt: skip


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def changed(content: bytes, parts: Mapping[str, str | bytes | Rewrite | None]) -> bytes:
    """With parts added, replaced, rewritten or (None) left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        all_parts: dict[str, str | bytes] = {n: made.read(n) for n in made.namelist()}
    for name, new in parts.items():
        if new is None:
            del all_parts[name]
        elif callable(new):
            old = all_parts[name]
            all_parts[name] = new(old.decode() if isinstance(old, bytes) else old)
        else:
            all_parts[name] = new
    return archive(all_parts)

"""GX Data Docs as plain files that open without a network."""

from __future__ import annotations

import html
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ind_risk.adapters.home import written_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# GX's pages take styles, scripts and a logo from other people's servers. A page about landing
# tables must not call anyone, and must open on a machine without a network.
_FROM_ELSEWHERE = re.compile(
    r"""<link\b[^>]*href=["'](?:https?:)?//[^>]*>"""
    r"""|<script\b[^>]*src=["'](?:https?:)?//[^>]*>\s*</script>"""
    r"""|<(?:img|source)\b[^>]*src(?:set)?=["'](?:https?:)?//[^>]*>""",
    re.IGNORECASE,
)
_STYLE = """<style>
body{font-family:system-ui,sans-serif;margin:1.5rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #bbb;padding:.3rem .6rem;
text-align:left;vertical-align:top}.badge{border:1px solid #888;border-radius:.3rem;padding:0 .3rem}
nav,.navbar,.modal,.cooltip,button,#ge-cta-footer{display:none}pre{white-space:pre-wrap}
.text-success{color:#176b2c}.text-danger{color:#a11}
</style>"""


def write_docs(results: Mapping[str, Any], rows: Mapping[str, int], docs_dir: Path) -> None:
    """Render one page of validation results a table, and an index; then take the old ones' place.

    Args:
        results: GX's suite validation results by table.
        rows: number of rows by table.
        docs_dir: the folder to replace.
    """
    with written_beside(docs_dir) as draft:
        draft.mkdir()
        for name, result in results.items():
            (draft / f"{name}.html").write_text(_page(name, result), encoding="utf-8")
        (draft / "index.html").write_text(_index(results, rows), encoding="utf-8")


def _page(name: str, result: Any) -> str:
    renderers: Any = import_module("great_expectations.render.renderer.page_renderer")
    views: Any = import_module("great_expectations.render.view")

    result.suite_name = name
    document = renderers.ValidationResultsPageRenderer(run_info_at_end=True).render(result)
    page = _FROM_ELSEWHERE.sub("", str(views.DefaultJinjaPageView().render(document)))
    return page.replace("</head>", f"{_STYLE}</head>", 1)


def _index(results: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    lines = "".join(
        f'<tr><td><a href="{name}.html">{html.escape(name)}</a></td><td>{rows[name]:,}</td>'
        f"<td>{len(result.results)}</td>"
        f"<td>{'all rules hold' if result.success else 'refused'}</td></tr>"
        for name, result in results.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data Docs</title>'
        f"{_STYLE}</head><body><h1>Landing tables against the contract</h1>"
        "<table><tr><th>table</th><th>rows</th><th>rules</th><th>result</th></tr>"
        f"{lines}</table></body></html>\n"
    )

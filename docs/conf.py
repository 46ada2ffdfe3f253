"""How the site is built: `make docs`. Nothing in it is fetched from elsewhere when it is read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx

project = "ind_risk"
author = "the maintainers of ind_risk"
copyright = author
language = "en"

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["images", "from_code"]
nitpicky = True

html_theme = "furo"
html_title = "ind_risk"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "friendly", "monokai"


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill the marks of reference pages; formulas become MathML, which needs no script."""
    app.connect("source-read", _fill)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_app: Sphinx, _page: str, source: list[str]) -> None:
    from docs.from_code import filled

    source[0] = filled(source[0])


def _inline(writer: Any, node: Element) -> None:
    writer.body.append(_mathml(node, as_block=False))
    _nothing_more()


def _block(writer: Any, node: Element) -> None:
    writer.body.append(f'<div class="math">{_mathml(node, as_block=True)}</div>')
    _nothing_more()


def _mathml(node: Element, *, as_block: bool) -> str:
    from docutils.utils.math import MathError
    from docutils.utils.math.latex2mathml import tex2mathml
    from sphinx.errors import SphinxError

    try:
        made: str = tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        raise SphinxError(f"{error} in the formula {node.astext()}") from error
    return made


def _nothing_more() -> None:
    """Docutils' way to say that the node is written, and its children are not visited."""
    from docutils.nodes import SkipNode

    raise SkipNode

"""Server-rendered pages: one base layout, one set of design tokens, one way to show a form and its errors."""

from __future__ import annotations

from shared.web.assets import Asset, Assets
from shared.web.forms import Field, Form, FormErrors
from shared.web.headers import asset_headers, page_headers
from shared.web.pages import Layout, Link, Notice, make_environment, render_form_page, render_notice

__all__ = [
    "Asset",
    "Assets",
    "Field",
    "Form",
    "FormErrors",
    "Layout",
    "Link",
    "Notice",
    "asset_headers",
    "make_environment",
    "page_headers",
    "render_form_page",
    "render_notice",
]

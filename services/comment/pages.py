"""The two pages of the comment form: what was received, and the form again when something is wrong with it."""

from __future__ import annotations

from services.comment.model import Status
from services.comment.posting import COMMENT_LENGTH, NAME_LENGTH, QUOTE_LENGTH, Draft, Posted
from services.comment.store import Thread
from shared.directory import Directory
from shared.errors import Refused
from shared.web import (
    Assets,
    Field,
    Form,
    FormErrors,
    Layout,
    Link,
    Notice,
    make_environment,
    page_headers,
    render_form_page,
    render_notice,
)

MOUNT = "/static/comment"


class Pages:
    """Pages in the clothes of the site an article belongs to."""

    def __init__(self, directory: Directory) -> None:
        self.assets = Assets(MOUNT)
        self._directory, self._environment = directory, make_environment(self.assets)

    @property
    def headers(self) -> dict[str, str]:
        return page_headers(cache="no-store", indexable=False)

    async def received(self, thread: Thread, posted: Posted) -> str:
        """Says what became of the comment. One that is held, or was removed since, reads the same."""
        article = f"/articles/{thread.article_id}"
        if posted.status is Status.PUBLISHED:
            notice = Notice(
                "Thank you. Your comment is published.",
                ("It stands under the article now; readers see it within seconds.",),
                links=(
                    Link("Go to your comment", f"{article}#comment-{posted.comment_id}"),
                    Link("Back to the article", article),
                ),
            )
        else:
            notice = Notice(
                "Thank you. We have your comment.",
                ("Somebody from the newsroom reads it before it appears.", "Nothing more is needed from you."),
                tone="held",
                reference=str(posted.comment_id),
                links=(Link("Back to the article", article),),
            )
        return render_notice(self._environment, await self._layout(thread), notice)

    async def again(self, thread: Thread, draft: Draft, error: Refused) -> str:
        """The form with everything that was typed and what is wrong with it."""
        values = {"name": draft.name, "comment": draft.comment, "quote": draft.quote}
        field = error.field if error.field in values else ""
        # An id used for other words must not be sent again with these.
        request_id = "" if error.field == "request_id" else draft.request_id
        form = _form(f"/articles/{thread.article_id}/comments", draft.parent, request_id)
        form = form.filled(values, FormErrors({field: error.message}))
        return render_form_page(self._environment, await self._layout(thread), "Your comment", form)

    async def _layout(self, thread: Thread) -> Layout:
        site = await self._directory.site(thread.site_id)
        if site is None:
            return Layout("Comments", "", "en", "/")
        tagline = site.mission.partition(". ")[0].rstrip(".")
        language = site.languages[0] if site.languages else "en"
        return Layout(site.name, tagline, language, "/", footer_lines=(site.legal_footer,) if site.legal_footer else ())


def _form(action: str, parent: str, request_id: str) -> Form:
    return Form(
        id="comment",
        action=action,
        submit="Post reply" if parent else "Post comment",
        fields=(
            Field(
                "name",
                "Your name",
                hint="Leave it empty to comment anonymously.",
                max_length=NAME_LENGTH,
                autocomplete="name",
            ),
            Field(
                "comment",
                "Your reply" if parent else "Your comment",
                kind="textarea",
                required=True,
                max_length=COMMENT_LENGTH,
            ),
            Field(
                "quote",
                "Words of the article we should check",
                kind="textarea",
                hint="Copy them from the article, letter for letter.",
                max_length=QUOTE_LENGTH,
                rows=2,
            ),
        ),
        hidden=(("request_id", request_id), ("parent", parent)),
        note="Comments are checked before they appear. We store no e-mail and set no cookie.",
    )

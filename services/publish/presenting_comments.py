"""From the comments publish stores to the thread its page shows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.publish.markup import read_paragraphs
from services.publish.pages import comment_form
from services.publish.presenting import path_of
from services.publish.reading import RootRow
from services.publish.views import CommentsView, CommentView


def comments_view(
    article_id: str,
    roots: Sequence[RootRow],
    count: int,
    *,
    request_id: str,
    notice: str = "",
    withdrawn: bool = False,
    whole: bool = False,
) -> CommentsView:
    """The newest threads with their first replies, and the form to add one."""
    action = f"{path_of(article_id)}/comments"
    shown = sum(1 + len(root.replies) for root in roots)
    return CommentsView(
        count=count,
        roots=tuple(_thread(root, article_id) for root in roots),
        form=None if withdrawn else comment_form(action, request_id=request_id),
        more_url=f"{path_of(article_id)}?comments=all#comments" if count > shown and not whole else "",
        notice=notice,
    )


def _thread(root: RootRow, article_id: str) -> CommentView:
    path = path_of(article_id)
    replies = tuple(
        CommentView(
            comment_id=str(reply.comment_id),
            author_name=reply.author_name,
            written_at=reply.written_at,
            paragraphs=read_paragraphs(reply.body_html),
            permalink=f"{path}#comment-{reply.comment_id}",
            reply_url=f"{path}/reply?to={reply.comment_id}",
        )
        for reply in root.replies
    )
    return CommentView(
        comment_id=str(root.comment_id),
        author_name=root.author_name,
        written_at=root.written_at,
        paragraphs=read_paragraphs(root.body_html),
        permalink=f"{path}#comment-{root.comment_id}",
        reply_url=f"{path}/reply?to={root.comment_id}",
        replies=replies,
        more_replies=max(0, root.replies_count - len(replies)),
        more_url=f"{path}?comments=all#comment-{root.comment_id}",
    )

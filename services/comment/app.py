"""Comment, put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from plumbline.events.v1 import article_pb2, submission_pb2
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.comment.api import Api
from services.comment.contract import ARTICLES, SAYS, SUBMISSIONS, read_article, read_submission
from services.comment.handlers import on_article, on_submission
from services.comment.moderation import Moderation
from services.comment.pages import Pages
from services.comment.posting import Posting
from services.comment.rpc import moderation
from services.comment.telling_again import TELLS_AGAIN
from shared.consumer import Hears
from shared.service import Resources, Service, ServiceSpec
from shared.settings import FromEnvironment
from shared.web.serving import static_route


class Settings(FromEnvironment):
    """How often readers may write. How comments are moderated stands in the database, per site."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_COMMENT_", frozen=True, extra="ignore")

    per_minute: int = Field(default=6, ge=1, description="Comments one reader may post in a minute.")
    network_per_minute: int = Field(default=60, ge=1, description="Comments one network may post in a minute.")


def build(settings: Settings, resources: Resources) -> Service:
    """Comment over its resources."""
    judging = Moderation(resources.telemetry.log)
    posting = Posting(
        resources.outbox,
        judging,
        ids=resources.ids,
        clock=resources.clock,
        per_minute=settings.per_minute,
        network_per_minute=settings.network_per_minute,
    )
    pages = Pages(resources.directory)
    return Service(
        name="comment",
        hears=(
            Hears(ARTICLES, article_pb2.Article, on_article, read_article),
            Hears(
                SUBMISSIONS,
                submission_pb2.CommentSubmission,
                partial(on_submission, moderation=judging),
                read_submission,
            ),
        ),
        says=SAYS,
        routes=(*Api(resources, posting, pages).routes(), static_route(pages.assets)),
        staff=(moderation(resources.outbox, ids=resources.ids, clock=resources.clock),),
    )


SPEC = ServiceSpec("comment", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)

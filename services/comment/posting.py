"""A reader's comment from our own form: checked, judged and kept in one transaction, once, however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.comment import reading, store
from services.comment.engine.words import Words, read_plain
from services.comment.model import Comment, Status, Submission, place_in, reader_comment_id, settle_submission
from services.comment.moderation import Moderation
from services.comment.saying import keep
from shared.clock import Clock
from shared.errors import Conflict, NotFound, Refused
from shared.events import NEVER
from shared.ids import Ids
from shared.outbox import Outbox
from shared.pseudonyms import Reader, ReaderQuota
from shared.sent import check_request_id, check_storable

NAME_LENGTH = 80
COMMENT_LENGTH = 5_000
QUOTE_LENGTH, QUOTE_WORDS = 2_000, 2  # at most, at least: one word alone claims nothing


@dataclass(frozen=True, slots=True)
class Draft:
    """What came in, not yet checked."""

    name: str
    comment: str
    parent: str
    request_id: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of it; `again` when it was taken before."""

    comment_id: UUID
    article_id: UUID
    status: Status
    again: bool


class Posting:
    """Takes readers' comments."""

    def __init__(
        self,
        outbox: Outbox,
        moderation: Moderation,
        *,
        ids: Ids,
        clock: Clock,
        per_minute: int,
        network_per_minute: int,
    ) -> None:
        self._outbox, self._moderation, self._ids, self._clock = outbox, moderation, ids, clock
        self._quota = ReaderQuota(per_minute=per_minute, network_per_minute=network_per_minute)

    async def article(self, article_id: UUID) -> store.Thread:
        """The thread a reader may write under. Raises NotFound, or Refused when comments are closed."""
        thread = await reading.thread(self._outbox.db, article_id)
        if thread is None or not thread.known:
            raise NotFound("article")
        if thread.withdrawn:
            raise Refused("COMMENTS_CLOSED", "Comments on this article are closed.", status=409)
        return thread

    async def post(self, thread: store.Thread, draft: Draft, reader: Reader) -> Posted:
        """Keep a comment durably. Raises Refused naming the field, TooMany, or Conflict for a request id used before."""
        name, words, parent_id = _checked(draft)
        quote = _quoted(draft.quote)
        article_id, site_id = thread.article_id, thread.site_id
        comment_id = reader_comment_id(site_id, article_id, draft.request_id) if draft.request_id else self._ids.new()
        if draft.request_id and (known := await store.find(self._outbox.db, comment_id)):
            return _again(known, words, quote)
        self._quota.take(reader, self._clock.monotonic())
        now = self._clock.now()
        news = Submission(
            comment_id, site_id, article_id, NEVER, parent_id, name, reader.author_key, words.raw, now, quote=quote
        )
        settings, history = await store.context(self._outbox.db, news, words, across_articles=True)
        judgement = await self._moderation.judge(words, name, history, settings)
        async with self._outbox.transaction() as unit:
            locked = await store.lock_thread(unit, article_id, site_id)
            loaded = await store.load(unit, comment_id, parent_id)
            if loaded.known is not None:
                return _again(loaded.known, words, quote)
            if parent_id is not None and not (loaded.parent and loaded.parent.public and _under(loaded, article_id)):
                raise Refused("NO_SUCH_COMMENT", "The comment you answer is not there any more.", field="parent")
            place = place_in(news, None, loaded.parent)
            change = settle_submission(news, words, judgement, place, epoch=self._outbox.epoch)
            assert change is not None
            await keep(unit, locked, place, change)
        return Posted(comment_id, article_id, change.comment.status, again=False)


def _under(loaded: store.Loaded, article_id: UUID) -> bool:
    return loaded.parent is not None and loaded.parent.article_id == article_id


def _again(known: Comment, words: Words, quote: str) -> Posted:
    """The same form twice is one comment; another text under the same id is nobody's comment yet."""
    if known.words.raw != words.raw or known.quote != quote:
        raise Conflict(
            "This form was sent before with other words. Open the page again to write more.", field="request_id"
        )
    return Posted(known.comment_id, known.article_id, known.status, again=True)


def _quoted(given: str) -> str:
    """Words of the article as they were copied. Whether they stand there is seen where its text is."""
    quote = given.strip()
    if len(quote) > QUOTE_LENGTH:
        raise Refused("TOO_LONG", f"At most {QUOTE_LENGTH:,} characters can be pointed at.", field="quote")
    if quote and len(quote.split()) < QUOTE_WORDS:
        raise Refused("TOO_SHORT", "Copy the whole claim: one word alone claims nothing.", field="quote")
    return quote


def _checked(draft: Draft) -> tuple[str, Words, UUID | None]:
    check_storable(name=draft.name, comment=draft.comment, quote=draft.quote, request_id=draft.request_id)
    name = " ".join(draft.name.split())
    if len(name) > NAME_LENGTH:
        raise Refused("TOO_LONG", f"A name has at most {NAME_LENGTH} characters.", field="name")
    words = read_plain(draft.comment)
    if not words.raw:
        raise Refused("MISSING", "Write something first.", field="comment")
    if len(words.raw) > COMMENT_LENGTH:
        raise Refused("TOO_LONG", f"A comment has at most {COMMENT_LENGTH:,} characters.", field="comment")
    check_request_id(draft.request_id)
    try:
        parent = UUID(draft.parent) if draft.parent else None
    except ValueError:
        raise Refused("INVALID_ID", "This is no comment's id.", field="parent") from None
    return name, words, parent

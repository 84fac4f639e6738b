"""Comments under articles, put into the comment service's database as if readers had written them long ago."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from shared.ids import DEFAULT_SITE, derived_id

STORIES = 20
_THREADS = """
INSERT INTO thread (article_id, site_id, article_epoch, article_counter, published, epoch, counter)
SELECT unnest($1::uuid[]), $2, 1, 1, $3, 1, 1
"""
# One comment in four is a root; the others answer the root before them.
_COMMENTS = """
INSERT INTO comment (comment_id, site_id, article_id, epoch, counter, heard_epoch, heard_counter, parent_id, root_id,
                     author_name, author_key, raw, html, text, links, digest, cleaner, status, decided_by, reasons,
                     written_at)
SELECT gen.id, $2::uuid, $1::uuid, 1, 1, 0, 0, CASE WHEN gen.n % 4 = 0 THEN NULL ELSE gen.root END, gen.root,
       'Reader ' || gen.n % 977, '', gen.words, '<p>' || gen.words || '</p>', gen.words, 0,
       sha256(convert_to(gen.words, 'UTF8')), 1, 'published', 'rules', '[]',
       timestamptz '2026-01-01' + gen.n * interval '7 seconds'
FROM (SELECT n, md5($1::uuid::text || n)::uuid AS id, md5($1::uuid::text || n - n % 4)::uuid AS root,
             'Comment ' || n || ' says that ' || repeat('the pier was better lit in those days ', 1 + n % 5) AS words
      FROM generate_series(0, $3::integer - 1) AS n) AS gen
"""


async def fill_threads(dsn: str, comments: int) -> UUID:
    """Put `comments` comments under twenty articles; returns the first of these."""
    articles = [derived_id("bench-thread", str(number)) for number in range(STORIES)]
    each = comments // STORIES
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_THREADS, articles, DEFAULT_SITE, each)
        for article_id in articles:
            await connection.execute(_COMMENTS, article_id, DEFAULT_SITE, each, timeout=300)
        await connection.execute("VACUUM ANALYZE comment")
    finally:
        await connection.close()
    return articles[0]

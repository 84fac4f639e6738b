-- The id of an article is made of its site, source and external id: a second unique key says nothing new. Two first
-- versions arriving together pass the look for a conflict on the primary key and then fail on this one.
ALTER TABLE article DROP CONSTRAINT article_site_id_source_id_external_id_key;

-- Token buckets of rate limits (fluxrate/models/token_bucket.py). A crash may empty the
-- table. It has no index on full_at, so that taking tokens changes no index (a HOT
-- update), for which half of every page stays free.
ALTER TABLE fluxrate_tokenbucket SET UNLOGGED, SET (fillfactor = 50);

-- The position of an event among all events is its transaction, then its id.

-- What is added to transaction numbers. A server that was restored or promoted may count
-- transactions again that events have; fluxrate/postgres/event_base.py then replaces this
-- function by one with a higher base. It is STABLE, not IMMUTABLE: the cached plans of
-- other sessions must see the new base.
CREATE FUNCTION event_base() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 0::bigint';

-- The position of the events that the current transaction writes.
CREATE FUNCTION event_position() RETURNS bigint LANGUAGE sql STABLE AS
'SELECT pg_current_xact_id()::text::bigint + event_base()';

-- The position of the oldest transaction that still runs: no event can be inserted
-- before it any more.
CREATE FUNCTION event_horizon() RETURNS bigint LANGUAGE sql STABLE AS
'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_base()';

-- The events that a statement sees now, for event_is_seen().
CREATE FUNCTION event_snapshot() RETURNS text LANGUAGE sql STABLE AS
'SELECT pg_current_snapshot()::text';

-- Whether a snapshot had the event with this position.
CREATE FUNCTION event_is_seen(event_transaction bigint, snapshot text) RETURNS boolean
LANGUAGE sql STABLE AS
'SELECT pg_visible_in_snapshot(
    (event_transaction - event_base())::text::xid8, snapshot::pg_snapshot)';

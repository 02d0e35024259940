-- Row counts by organization and status, and by intervals of ids
-- (fluxrate/models/row_count.py, row_interval.py).

-- Few rows that change all the time: pages keep room for their new versions.
ALTER TABLE fluxrate_rowcount SET (
    fillfactor = 40, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- The first characters of an id (UUID version 7) that is an hour old. Intervals contain
-- only older ids, so an INSERT of a new row does not look for its interval.
CREATE FUNCTION hour_old_id() RETURNS text LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN lpad(to_hex(
    ((extract(epoch FROM clock_timestamp()) * 1000)::bigint - 3600000) >> 16), 8, '0');

-- Add rows' changes to their intervals, if they have one. The order of the intervals is
-- the order of their locks.
CREATE FUNCTION add_to_intervals(
    table_name text, organizations uuid[], ids uuid[], changes bigint[])
RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO fluxrate_rowinterval AS intervals
        (organization_id, model, below, rows, is_counted)
    SELECT owner, table_name, below, sum(change), false
    FROM unnest(organizations, ids, changes) AS changed (owner, row_id, change)
    CROSS JOIN LATERAL (
        SELECT below FROM fluxrate_rowinterval AS later
        WHERE later.organization_id = owner AND model = table_name AND below > row_id
        ORDER BY below LIMIT 1) AS interval
    GROUP BY owner, below ORDER BY owner, below
    ON CONFLICT (organization_id, model, below)
    DO UPDATE SET rows = intervals.rows + excluded.rows;
END $$;

-- AFTER INSERT, UPDATE, DELETE or TRUNCATE, once for a statement: add the difference to
-- the counts of the table. The order of the rows is the order of their locks, so that
-- statements at the same time cannot deadlock. A count is updated before it is inserted:
-- INSERT … ON CONFLICT would lock the row first, for more than twice the cost.
-- Argument: the number of slots.
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    own_slot CONSTANT smallint := pg_backend_pid() % TG_ARGV[0]::integer;
    difference fluxrate_rowcount;
    changes fluxrate_rowcount[];
    oldest text;
    organizations uuid[];
    ids uuid[];
    steps bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT coalesce(array_agg(row), '{}'), min(first) INTO changes, oldest
        FROM (SELECT (organization_id, TG_TABLE_NAME, status, own_slot, count(*))
                  ::fluxrate_rowcount AS row, min(id::text COLLATE "C") AS first
              FROM new_rows GROUP BY organization_id, status
              ORDER BY organization_id, status) AS _;
        IF oldest COLLATE "C" < hour_old_id() THEN
            PERFORM add_to_intervals(TG_TABLE_NAME, array_agg(organization_id),
                array_agg(id), array_agg(1::bigint)) FROM new_rows;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        changes := ARRAY(
            SELECT (organization_id, TG_TABLE_NAME, status, own_slot, sum(step))
                ::fluxrate_rowcount
            FROM (SELECT organization_id, status, 1 AS step FROM new_rows
                  UNION ALL SELECT organization_id, status, -1 FROM old_rows) AS _
            GROUP BY organization_id, status HAVING sum(step) <> 0
            ORDER BY organization_id, status);
        -- The organization or the status of a row has changed.
        IF cardinality(changes) > 0 THEN
            SELECT array_agg(organization_id), array_agg(id), array_agg(step)
            INTO organizations, ids, steps
            FROM (SELECT organization_id, id, sum(step)::bigint AS step
                  FROM (SELECT organization_id, id, 1 AS step FROM new_rows
                        UNION ALL SELECT organization_id, id, -1 FROM old_rows) AS moves
                  GROUP BY organization_id, id HAVING sum(step) <> 0) AS moved;
            IF ids IS NOT NULL THEN
                PERFORM add_to_intervals(TG_TABLE_NAME, organizations, ids, steps);
            END IF;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(
            SELECT (organization_id, TG_TABLE_NAME, status, own_slot, -count(*))
                ::fluxrate_rowcount
            FROM old_rows GROUP BY organization_id, status
            ORDER BY organization_id, status);
        PERFORM add_to_intervals(TG_TABLE_NAME, array_agg(organization_id),
            array_agg(id), array_agg(-1::bigint)) FROM old_rows;
    ELSE
        DELETE FROM fluxrate_rowcount WHERE model = TG_TABLE_NAME;
        DELETE FROM fluxrate_rowinterval WHERE model = TG_TABLE_NAME;
        RETURN NULL;
    END IF;
    FOREACH difference IN ARRAY changes LOOP
        UPDATE fluxrate_rowcount SET rows = rows + difference.rows
        WHERE organization_id = difference.organization_id
            AND model = difference.model AND status = difference.status
            AND slot = difference.slot;
        IF NOT FOUND THEN
            INSERT INTO fluxrate_rowcount AS counts VALUES (difference.*)
            ON CONFLICT (organization_id, model, status, slot)
            DO UPDATE SET rows = counts.rows + excluded.rows;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Row counts by organization and status (fluxrate/models/row_count.py).

-- Few rows that change all the time: pages keep room for their new versions.
ALTER TABLE fluxrate_rowcount SET (
    fillfactor = 40, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- AFTER INSERT, UPDATE, DELETE or TRUNCATE, once for a statement: add the difference to
-- the counts of the table. The order of the rows is the order of their locks, so that
-- statements at the same time cannot deadlock.
-- Argument: the number of slots.
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    own_slot CONSTANT integer :=
        CASE TG_OP WHEN 'TRUNCATE' THEN 0 ELSE pg_backend_pid() % TG_ARGV[0]::integer END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO fluxrate_rowcount AS counts (organization_id, model, status, slot, rows)
        SELECT organization_id, TG_TABLE_NAME, status, own_slot, count(*)
        FROM new_rows
        GROUP BY organization_id, status
        ORDER BY organization_id, status
        ON CONFLICT (organization_id, model, status, slot)
        DO UPDATE SET rows = counts.rows + excluded.rows;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO fluxrate_rowcount AS counts (organization_id, model, status, slot, rows)
        SELECT organization_id, TG_TABLE_NAME, status, own_slot, sum(change)
        FROM (SELECT organization_id, status, 1 AS change FROM new_rows
              UNION ALL SELECT organization_id, status, -1 FROM old_rows) AS changes
        GROUP BY organization_id, status HAVING sum(change) <> 0
        ORDER BY organization_id, status
        ON CONFLICT (organization_id, model, status, slot)
        DO UPDATE SET rows = counts.rows + excluded.rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO fluxrate_rowcount AS counts (organization_id, model, status, slot, rows)
        SELECT organization_id, TG_TABLE_NAME, status, own_slot, -count(*)
        FROM old_rows
        GROUP BY organization_id, status
        ORDER BY organization_id, status
        ON CONFLICT (organization_id, model, status, slot)
        DO UPDATE SET rows = counts.rows + excluded.rows;
    ELSE
        DELETE FROM fluxrate_rowcount WHERE model = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

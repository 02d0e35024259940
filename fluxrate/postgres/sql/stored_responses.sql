-- Responses that are stored for idempotency keys (fluxrate/models/stored_response.py).

-- AFTER DELETE or BEFORE TRUNCATE, once for a statement: a stored response that mentions
-- a deleted row is emptied; it keeps its key in use. With the argument 'organization'
-- the deleted rows are organizations, and their responses go with them.
CREATE FUNCTION erase_stored_responses() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    deleted CONSTANT text := CASE TG_OP WHEN 'TRUNCATE'
        THEN format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) ELSE 'old_rows' END;
BEGIN
    IF TG_ARGV[0] = 'organization' THEN
        EXECUTE format($sql$
            DELETE FROM fluxrate_storedresponse
            WHERE organization_id IN (SELECT id FROM %s)
        $sql$, deleted);
    ELSIF TG_OP = 'TRUNCATE' THEN
        EXECUTE format($sql$
            UPDATE fluxrate_storedresponse SET status = 0, headers = '{}', body = ''
            WHERE EXISTS (SELECT FROM %s AS row WHERE row.id = ANY(mentions))
        $sql$, deleted);
    ELSE
        UPDATE fluxrate_storedresponse SET status = 0, headers = '{}', body = ''
        WHERE mentions && (SELECT array_agg(id) FROM old_rows);
    END IF;
    RETURN NULL;
END $$;

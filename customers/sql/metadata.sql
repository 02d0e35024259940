-- Whether metadata is a JSON object of at most 50 strings; customers/models/metadata.py
-- says the same. It is IMMUTABLE, so that a CHECK may call it, and uses pg_catalog alone,
-- so that a restore can. PL/pgSQL keeps its plan; an SQL function would be planned for
-- each statement.
CREATE FUNCTION metadata_is_flat(metadata jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF metadata = '{}' OR jsonb_typeof(metadata) <> 'object' THEN
        RETURN metadata = '{}';
    END IF;
    RETURN (
        SELECT count(*) <= 50 AND bool_and(
            jsonb_typeof(value) = 'string'
            AND char_length(key) BETWEEN 1 AND 40
            AND char_length(value #>> '{}') <= 500)
        FROM jsonb_each(metadata));
END $$;

-- Whether metadata is a JSON object of at most 50 strings; customers/models/metadata.py
-- says the same. It is IMMUTABLE, so that a CHECK may call it, and its search path is
-- fixed, so that a restore can.
CREATE FUNCTION metadata_is_flat(metadata jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN jsonb_typeof(metadata) = 'object' THEN (
        SELECT count(*) <= 50 AND coalesce(bool_and(
            jsonb_typeof(value) = 'string'
            AND char_length(key) BETWEEN 1 AND 40
            AND char_length(value #>> '{}') <= 500), true)
        FROM jsonb_each(metadata))
    ELSE false END
$$;

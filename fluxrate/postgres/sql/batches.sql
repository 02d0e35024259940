-- The changed fields of an event's `changes`, with their old and new values, for the
-- revert of a batch (fluxrate/history/revert.py). A field whose values are both objects,
-- such as metadata, has a path for each changed key; a key that one of the objects lacks
-- is null there. Without STRICT, PostgreSQL can inline it.
CREATE FUNCTION changed_paths(changes jsonb, OUT path text[], OUT old jsonb, OUT new jsonb)
RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 3 AS $$
    SELECT ARRAY[key], value -> 0, value -> 1
    FROM jsonb_each(changes)
    WHERE jsonb_typeof(value -> 0) <> 'object' OR jsonb_typeof(value -> 1) <> 'object'
    UNION ALL
    SELECT ARRAY[field.key, pair.key], pair.old, pair.new
    FROM jsonb_each(changes) AS field
    CROSS JOIN LATERAL (
        SELECT coalesce(before.key, after.key), before.value, after.value
        FROM jsonb_each(
            CASE jsonb_typeof(field.value -> 0) WHEN 'object' THEN field.value -> 0 END
        ) AS before
        FULL JOIN jsonb_each(
            CASE jsonb_typeof(field.value -> 1) WHEN 'object' THEN field.value -> 1 END
        ) AS after ON after.key = before.key
        WHERE before.value IS DISTINCT FROM after.value
    ) AS pair (key, old, new)
    WHERE jsonb_typeof(field.value -> 0) = 'object'
        AND jsonb_typeof(field.value -> 1) = 'object'
$$;

"""The statements that put the fields of a batch back; see `revert_sql`."""

# `field`: the values before the batch. `later`: the fields that others changed since.
# Each subquery of `judged` is hashed, whatever PostgreSQL estimates.
_FIELDS = """
    WITH edit AS (
        SELECT event.object_id, event.id, changed.path, changed.old
        FROM fluxrate_event AS event
        CROSS JOIN LATERAL changed_paths(event.changes) AS changed
        WHERE event.organization_id = %(organization)s
            AND event.batch_id = %(batch)s AND event.object_id = ANY(%(ids)s)
    ), field AS (
        SELECT object_id, path, (array_agg(old ORDER BY id))[1] AS old, min(id) AS since
        FROM edit GROUP BY object_id, path
    ), later AS (
        SELECT DISTINCT event.object_id, changed.path
        FROM (SELECT object_id, min(since) AS since FROM field
            WHERE object_id = ANY(%(touched)s) GROUP BY object_id) AS first
        JOIN fluxrate_event AS event
            ON event.object_id = first.object_id AND event.id > first.since
        CROSS JOIN LATERAL changed_paths(event.changes) AS changed
        WHERE event.organization_id = %(organization)s
            AND event.batch_id IS DISTINCT FROM %(batch)s
            AND event.batch_id IS DISTINCT FROM %(own)s
    ), judged AS (
        SELECT field.*, (object_id, path) IN (SELECT object_id, path FROM later)
            OR path[1] = ANY(%(together)s) AND object_id IN (
                SELECT object_id FROM later WHERE path[1] = ANY(%(together)s)
            ) AS is_edited
        FROM field
    )
"""

EDITED = (
    _FIELDS
    + """
    SELECT object_id, array_to_string(path, '.') FROM judged
    WHERE is_edited ORDER BY object_id, path
"""
)

PUT_BACK = (
    _FIELDS
    + """
    , value AS (
        SELECT object_id, path[1] AS name, old AS value FROM judged
        WHERE NOT is_edited AND cardinality(path) = 1
        UNION ALL
        SELECT object_id, map.name,
            ((to_jsonb(row) -> map.name) - keys) || coalesce(old_values, '{{}}')
        FROM (
            SELECT object_id, path[1] AS name, array_agg(path[2]) AS keys,
                jsonb_object_agg(path[2], old)
                    FILTER (WHERE old IS NOT NULL) AS old_values
            FROM judged WHERE NOT is_edited AND cardinality(path) = 2
            GROUP BY object_id, path[1]
        ) AS map JOIN {table} AS row
            ON row.id = object_id AND row.organization_id = %(organization)s
    ), patch AS (
        SELECT object_id, jsonb_object_agg(name, value) AS patch
        FROM value GROUP BY object_id
    )
    UPDATE {table} AS row SET {assignments}
    FROM patch JOIN {table} AS present
        ON present.id = patch.object_id AND present.organization_id = %(organization)s
    CROSS JOIN LATERAL jsonb_populate_record(present, patch.patch) AS before
    WHERE row.id = present.id AND row.organization_id = %(organization)s
"""
)

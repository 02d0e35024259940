-- Trigger functions that count revisions and write events. Models declare the triggers
-- with fluxrate/postgres/triggers.py, which also documents the arguments.
--
-- A function with SET search_path keeps the path of its creation, so that it finds its
-- table whatever path the writer has set.

-- BEFORE INSERT of a row: the revision is 1, whatever the INSERT says. In a transaction
-- that restores rows (fluxrate/history/restore.py), the INSERT names the revision, and
-- record_changes() compares it with the history.
CREATE FUNCTION set_initial_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('fluxrate.restoring', true) = pg_current_xact_id()::text THEN
        NEW.updated_at := greatest(clock_timestamp(), NEW.updated_at);
    ELSE
        NEW.revision := 1;
        NEW.updated_at := statement_timestamp();
    END IF;
    RETURN NEW;
END $$;

-- The type of an update's event by its columns: one that is null no more, or one whose
-- time is later than before. Both maps are from a column to a type.
CREATE FUNCTION event_type(before jsonb, after jsonb, set_types jsonb, later_types jsonb)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    (SELECT min(value) FROM jsonb_each_text(set_types)
     WHERE before ->> key IS NULL AND after ->> key IS NOT NULL),
    (SELECT min(value) FROM jsonb_each_text(later_types)
     WHERE (after ->> key)::timestamptz > (before ->> key)::timestamptz));

-- AFTER INSERT, UPDATE or DELETE, once for a statement: one event for each changed row.
-- Arguments: the object type; the column with the organization's id (a table without
-- that column belongs to the installation, whose id is the nil UUID); the hidden
-- columns; for UPDATE the event types by the column that is null no more, then by the
-- column whose time is later than before.
--
-- Old and new rows meet in a FULL JOIN without a further condition: that is always a
-- hash join, so that a plan which was cached for one row serves a hundred thousand.
-- OFFSET 0 lets each row become JSON once. A hidden column is not in the new row's JSON,
-- so its comparison is null and it is no change. Every subquery is started for each
-- statement even if it never runs: the types of rare columns are a function's.
CREATE FUNCTION record_changes() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    installation CONSTANT text := '00000000-0000-0000-0000-000000000000';
    object CONSTANT text := TG_ARGV[0];
    owner CONSTANT text := TG_ARGV[1];
    hidden CONSTANT text[] := TG_ARGV[2];
    set_types CONSTANT jsonb := coalesce(TG_ARGV[3], '{}');
    later_types CONSTANT jsonb := coalesce(TG_ARGV[4], '{}');
    actor CONSTANT text := coalesce(
        nullif(current_setting('fluxrate.actor', true), ''), 'unattributed');
    request CONSTANT text := coalesce(current_setting('fluxrate.request_id', true), '');
    reason CONSTANT text := coalesce(current_setting('fluxrate.reason', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF current_setting('fluxrate.restoring', true) <> '' THEN
            IF EXISTS (
                SELECT FROM new_rows AS n LEFT JOIN LATERAL (
                    SELECT type, revision FROM fluxrate_event
                    WHERE object_id = n.id AND revision > 0 ORDER BY id DESC LIMIT 1
                ) AS last ON true
                WHERE n.revision <> 1 AND (last.type, last.revision)
                    IS DISTINCT FROM (object || '.deleted', n.revision - 1)
            ) THEN
                RAISE EXCEPTION 'A restored row has the revision after its deletion.'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_follows';
            END IF;
        END IF;
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            revision, actor, request_id, reason, changes, data, created_at)
        SELECT coalesce(row ->> owner, installation)::uuid,
            object || CASE n.revision WHEN 1 THEN '.created' ELSE '.restored' END,
            object, n.id, n.revision, actor, request, reason,
            '{}', row, n.updated_at
        FROM new_rows AS n
        CROSS JOIN LATERAL (SELECT to_jsonb(n) - hidden AS row OFFSET 0) AS _;

    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            revision, actor, request_id, reason, changes, data, created_at)
        SELECT coalesce(after ->> owner, installation)::uuid,
            object || '.' || coalesce(
                CASE WHEN after -> 'status' <> before -> 'status'
                THEN lower(after ->> 'status') END,
                CASE WHEN TG_NARGS > 3
                THEN event_type(before, after, set_types, later_types) END,
                'updated'),
            object, n.id, n.revision, actor, request, reason,
            coalesce((
                SELECT jsonb_object_agg(key, jsonb_build_array(value, after -> key))
                FROM jsonb_each(before)
                WHERE value <> after -> key AND key NOT IN ('revision', 'updated_at')),
                '{}'),
            after, n.updated_at
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id
        CROSS JOIN LATERAL (
            SELECT to_jsonb(o) AS before, to_jsonb(n) - hidden AS after
            OFFSET 0) AS _
        WHERE n.revision IS DISTINCT FROM o.revision;

    ELSE
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            revision, actor, request_id, reason, changes, data, created_at)
        SELECT coalesce(row ->> owner, installation)::uuid,
            object || '.deleted', object, o.id, o.revision + 1, actor, request, reason,
            '{}', row, greatest(clock_timestamp(), o.updated_at)
        FROM old_rows AS o
        CROSS JOIN LATERAL (SELECT to_jsonb(o) - hidden AS row OFFSET 0) AS _;
    END IF;
    RETURN NULL;
END $$;

-- BEFORE TRUNCATE, which has no transition tables: one event for each row.
-- Arguments: as record_changes().
CREATE FUNCTION record_truncation() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format($sql$
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            revision, actor, request_id, reason, changes, data, created_at)
        SELECT coalesce(row ->> $2, '00000000-0000-0000-0000-000000000000')::uuid,
            $1 || '.deleted', $1, o.id, o.revision + 1,
            coalesce(nullif(current_setting('fluxrate.actor', true), ''), 'unattributed'),
            coalesce(current_setting('fluxrate.request_id', true), ''),
            coalesce(current_setting('fluxrate.reason', true), ''),
            '{}', row, greatest(clock_timestamp(), o.updated_at)
        FROM %I.%I AS o
        CROSS JOIN LATERAL (SELECT to_jsonb(o) - $3 AS row OFFSET 0) AS _
    $sql$, TG_TABLE_SCHEMA, TG_TABLE_NAME)
    USING TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]::text[];
    RETURN NULL;
END $$;

-- The object_id of a row's events: its key, and an integer key as a UUID.
CREATE FUNCTION event_object_id(key text) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
CASE WHEN key ~ '^[0-9]+$' THEN lpad(to_hex(key::bigint), 32, '0') ELSE key END::uuid;

-- AFTER INSERT, UPDATE or DELETE, or BEFORE TRUNCATE, of a many-to-many table, once for
-- a statement: its rows are recorded as a field of the objects that they belong to.
-- The event's old and new value are the sorted names of all linked rows.
-- Arguments: the object type; the field; the column of the object; the column of the
-- linked row; a function that names a linked row by its key.
CREATE FUNCTION record_links() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    object CONSTANT text := TG_ARGV[0];
    field CONSTANT text := TG_ARGV[1];
    owner CONSTANT text := TG_ARGV[2];
    reference CONSTANT text := TG_ARGV[3];
    naming CONSTANT text := TG_ARGV[4];
    links CONSTANT text := format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME);
    empty CONSTANT text := format('(SELECT * FROM %s WHERE false)', links);
    removed CONSTANT text := CASE
        WHEN TG_OP = 'TRUNCATE' THEN links
        WHEN TG_OP = 'INSERT' THEN empty ELSE 'old_rows' END;
    added CONSTANT text := CASE
        WHEN TG_OP IN ('INSERT', 'UPDATE') THEN 'new_rows' ELSE empty END;
    remaining CONSTANT text := CASE WHEN TG_OP = 'TRUNCATE' THEN empty ELSE links END;
BEGIN
    EXECUTE format($sql$
        WITH removed AS (SELECT %3$I AS owner, %4$I AS link FROM %5$s AS r),
        added AS (SELECT %3$I AS owner, %4$I AS link FROM %6$s AS a),
        owners AS (SELECT owner FROM removed UNION SELECT owner FROM added),
        after AS (
            SELECT %3$I AS owner, %4$I AS link FROM %7$s AS l
            WHERE %3$I IN (SELECT owner FROM owners)),
        before AS (
            (SELECT * FROM after EXCEPT SELECT * FROM added)
            UNION SELECT * FROM removed)
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            actor, request_id, reason, changes, data, created_at)
        SELECT '00000000-0000-0000-0000-000000000000', %1$L || '.updated', %1$L,
            event_object_id(o.owner::text),
            coalesce(nullif(current_setting('fluxrate.actor', true), ''), 'unattributed'),
            coalesce(current_setting('fluxrate.request_id', true), ''),
            coalesce(current_setting('fluxrate.reason', true), ''),
            jsonb_build_object(%2$L, jsonb_build_array(old, new)),
            jsonb_build_object(%2$L, new), clock_timestamp()
        FROM owners AS o
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') AS old FROM (
                SELECT %8$I(link) AS name FROM before WHERE owner = o.owner) AS _) AS _
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') AS new FROM (
                SELECT %8$I(link) AS name FROM after WHERE owner = o.owner) AS _) AS __
        WHERE old <> new
        ORDER BY 4
    $sql$, object, field, owner, reference, removed, added, remaining, naming);
    RETURN NULL;
END $$;

-- AFTER INSERT, UPDATE or DELETE, or BEFORE TRUNCATE, of a table of another package, once
-- for a statement: one event for each changed row. The row's key is an integer; it has
-- neither a revision nor an organization, and so its events have none.
-- Argument: the object type.
CREATE FUNCTION record_unversioned() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    removed CONSTANT text := CASE TG_OP WHEN 'TRUNCATE'
        THEN format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) ELSE 'old_rows' END;
    pairs CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN
            'SELECT id, NULL::jsonb AS old, to_jsonb(n) AS new FROM new_rows AS n'
        WHEN 'UPDATE' THEN
            'SELECT n.id, to_jsonb(o) AS old, to_jsonb(n) AS new
             FROM old_rows AS o JOIN new_rows AS n ON n.id = o.id'
        ELSE format('SELECT id, to_jsonb(o) AS old, NULL::jsonb AS new FROM %s AS o',
            removed) END;
BEGIN
    EXECUTE format($sql$
        INSERT INTO fluxrate_event (organization_id, type, object_type, object_id,
            actor, request_id, reason, changes, data, created_at)
        SELECT '00000000-0000-0000-0000-000000000000',
            %1$L || CASE WHEN old IS NULL THEN '.created'
                WHEN new IS NULL THEN '.deleted' ELSE '.updated' END,
            %1$L, event_object_id(id::text),
            coalesce(nullif(current_setting('fluxrate.actor', true), ''), 'unattributed'),
            coalesce(current_setting('fluxrate.request_id', true), ''),
            coalesce(current_setting('fluxrate.reason', true), ''),
            coalesce((
                SELECT jsonb_object_agg(key, jsonb_build_array(value, new -> key))
                FROM jsonb_each(old) WHERE value <> new -> key), '{}'),
            coalesce(new, old), clock_timestamp()
        FROM (%2$s) AS pairs
        WHERE new IS DISTINCT FROM old
    $sql$, TG_ARGV[0], pairs);
    RETURN NULL;
END $$;

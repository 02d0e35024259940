-- Events cannot be changed or removed, except by rewrite_history(), which leaves an event.

-- The application's role reads and inserts events. As the table's owner it could grant
-- itself the other rights again; the triggers below refuse then, and refuse a superuser.
REVOKE UPDATE, DELETE, TRUNCATE ON fluxrate_event FROM PUBLIC, CURRENT_USER;

-- BEFORE UPDATE, DELETE or TRUNCATE of events: refuse, unless rewrite_history() has
-- named the current transaction.
CREATE FUNCTION refuse_event_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('fluxrate.rewriting', true)
        IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'Events are not changed or removed. See docs/security.md.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER event_immutable BEFORE UPDATE OR DELETE ON fluxrate_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_changes();
CREATE TRIGGER event_not_truncated BEFORE TRUNCATE ON fluxrate_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_changes();

-- Empty the events of an object, or remove the events before a time; return how many. An
-- event with the reason says that it was done. As the table's owner the function grants
-- itself the rights for its own transaction.
--
-- Events of rows that PostgreSQL deletes with the object (ON DELETE CASCADE) are emptied
-- with its own: their data names it in the foreign key's column.
CREATE FUNCTION rewrite_history(
    rewritten_organization uuid, rewritten_object uuid,
    remove_before timestamp with time zone, why text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    rows bigint;
    dependent_columns text[];
BEGIN
    IF coalesce(why, '') = '' THEN
        RAISE EXCEPTION 'History is not rewritten without a reason.'
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('rewrite_history', 0));
    PERFORM set_config('fluxrate.rewriting', pg_current_xact_id()::text, true);
    GRANT UPDATE, DELETE ON fluxrate_event TO CURRENT_USER;
    IF rewritten_object IS NOT NULL THEN
        dependent_columns := ARRAY(
            SELECT DISTINCT own.attname::text
            FROM pg_constraint AS key
            CROSS JOIN unnest(key.conkey, key.confkey) AS pair (own, referenced)
            JOIN pg_attribute AS own
                ON own.attrelid = key.conrelid AND own.attnum = pair.own
            JOIN pg_attribute AS referenced
                ON referenced.attrelid = key.confrelid
                AND referenced.attnum = pair.referenced
            WHERE key.contype = 'f' AND key.confdeltype = 'c'
                AND referenced.attname = 'id');
        UPDATE fluxrate_event SET changes = '{}', data = '{}', reason = ''
        WHERE organization_id = rewritten_organization
            AND (object_id = rewritten_object OR EXISTS (
                SELECT FROM unnest(dependent_columns) AS name
                WHERE data ->> name = rewritten_object::text));
    ELSE
        DELETE FROM fluxrate_event
        WHERE created_at < remove_before AND (rewritten_organization IS NULL
            OR organization_id = rewritten_organization);
    END IF;
    GET DIAGNOSTICS rows = ROW_COUNT;
    REVOKE UPDATE, DELETE ON fluxrate_event FROM CURRENT_USER;
    PERFORM set_config('fluxrate.rewriting', '', true);
    INSERT INTO fluxrate_event (organization_id, type, object_type, object_id, actor,
        request_id, reason, changes, data, created_at)
    VALUES (coalesce(rewritten_organization, '00000000-0000-0000-0000-000000000000'),
        CASE WHEN rewritten_object IS NULL THEN 'history.pruned' ELSE 'history.erased' END,
        'history', rewritten_object,
        coalesce(nullif(current_setting('fluxrate.actor', true), ''), 'unattributed'),
        coalesce(current_setting('fluxrate.request_id', true), ''), why, '{}',
        jsonb_build_object('events', rows, 'before', remove_before),
        clock_timestamp());
    RETURN rows;
END $$;

REVOKE EXECUTE ON FUNCTION rewrite_history(
    uuid, uuid, timestamp with time zone, text) FROM PUBLIC;

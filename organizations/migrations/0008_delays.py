from django.db import migrations

# As in 0003_events, but for `delays`: times whose delay gives the event its name. The
# triggers that do not name any have three arguments, as before.
RECORDING = """
CREATE OR REPLACE FUNCTION record_changes() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
DECLARE
    noun CONSTANT text := TG_ARGV[0];
    hidden CONSTANT text[] := TG_ARGV[1];
    becomes CONSTANT jsonb := TG_ARGV[2];
    delays CONSTANT jsonb := coalesce(TG_ARGV[3], '{}');
    actor CONSTANT text := coalesce(
        nullif(current_setting('fluxrate.actor', true), ''), 'unattributed');
    request CONSTANT text :=
        coalesce(current_setting('fluxrate.request_id', true), '');
    reason CONSTANT text := coalesce(current_setting('fluxrate.reason', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO organizations_event (organization_id, type, object_type,
            object_id, revision, actor, request_id, reason, changes, data,
            created_at)
        SELECT coalesce(row ->> 'organization_id', row ->> 'id')::uuid,
            noun || '.created', noun, n.id, n.revision, actor, request, reason,
            '{}', row, n.updated_at
        FROM new_rows AS n
        CROSS JOIN LATERAL (SELECT to_jsonb(n) - hidden AS row OFFSET 0) AS _;

    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO organizations_event (organization_id, type, object_type,
            object_id, revision, actor, request_id, reason, changes, data,
            created_at)
        SELECT coalesce(after ->> 'organization_id', after ->> 'id')::uuid,
            noun || '.' || coalesce(
                CASE WHEN after -> 'status' <> before -> 'status'
                THEN lower(after ->> 'status') END,
                CASE WHEN becomes <> '{}' THEN (
                    SELECT min(value) FROM jsonb_each_text(becomes)
                    WHERE before ->> key IS NULL AND after ->> key IS NOT NULL) END,
                CASE WHEN delays <> '{}' THEN (
                    SELECT min(value) FROM jsonb_each_text(delays)
                    WHERE (after ->> key)::timestamptz
                        > (before ->> key)::timestamptz) END,
                'updated'),
            noun, n.id, n.revision, actor, request, reason,
            coalesce((
                SELECT jsonb_object_agg(key, jsonb_build_array(value, after -> key))
                FROM jsonb_each(before - '{revision,updated_at}'::text[])
                WHERE value <> after -> key), '{}'),
            after, n.updated_at
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id
        CROSS JOIN LATERAL (
            SELECT to_jsonb(o) - hidden AS before, to_jsonb(n) - hidden AS after
            OFFSET 0) AS _
        WHERE n.revision IS DISTINCT FROM o.revision;

    ELSE
        INSERT INTO organizations_event (organization_id, type, object_type,
            object_id, revision, actor, request_id, reason, changes, data,
            created_at)
        SELECT coalesce(row ->> 'organization_id', row ->> 'id')::uuid,
            noun || '.deleted', noun, o.id, o.revision + 1, actor, request, reason,
            '{}', row, greatest(clock_timestamp(), o.updated_at)
        FROM old_rows AS o
        CROSS JOIN LATERAL (SELECT to_jsonb(o) - hidden AS row OFFSET 0) AS _;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('organizations', '0007_test_clock'),
    ]

    operations = [
        # 0003_events' would do for every trigger but those with `delays`.
        migrations.RunSQL(RECORDING, migrations.RunSQL.noop),
    ]

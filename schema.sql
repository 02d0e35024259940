CREATE EXTENSION btree_gin;
CREATE EXTENSION pg_trgm;

CREATE OR REPLACE FUNCTION add_to_intervals(table_name text, organizations uuid[], ids uuid[], changes bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION api_key_limit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
            BEGIN
                PERFORM FROM organizations_organization
                    WHERE id = NEW.organization_id FOR NO KEY UPDATE;
                IF FOUND AND (100 < (
                    SELECT count(*) FROM organizations_apikey
                    WHERE organization_id = NEW.organization_id
                    AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > clock_timestamp())
                )) THEN
                    RAISE check_violation USING CONSTRAINT = 'api_key_limit';
                END IF;
                RETURN NULL;
            END $function$;

CREATE OR REPLACE FUNCTION billing_boundary(anchor timestamp with time zone, billing_interval text, steps integer)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT (anchor AT TIME ZONE 'UTC' + steps * CASE billing_interval
        WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
        WHEN 'month' THEN interval '1 month' WHEN 'year' THEN interval '12 months'
    END) AT TIME ZONE 'UTC'
$function$;

CREATE OR REPLACE FUNCTION billing_boundary_after(anchor timestamp with time zone, billing_interval text, moment timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (SELECT CASE WHEN (boundary.nearest > billing_boundary_after.moment) THEN boundary.nearest ELSE billing_boundary(billing_boundary_after.anchor, billing_boundary_after.billing_interval, (counted.steps + 1)) END AS billing_boundary FROM ((SELECT billing_steps(billing_boundary_after.anchor, billing_boundary_after.billing_interval, billing_boundary_after.moment) AS steps) counted CROSS JOIN LATERAL (SELECT billing_boundary(billing_boundary_after.anchor, billing_boundary_after.billing_interval, counted.steps) AS nearest) boundary));

CREATE OR REPLACE FUNCTION billing_steps(anchor timestamp with time zone, billing_interval text, boundary timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT CASE WHEN billing_interval IN ('day', 'week') THEN
        floor(extract(epoch FROM boundary - anchor)
            / CASE billing_interval WHEN 'day' THEN 86400 ELSE 604800 END)
    ELSE floor((
        extract(year FROM boundary AT TIME ZONE 'UTC' + interval '15 days'
            - (anchor AT TIME ZONE 'UTC'
                - date_trunc('month', anchor AT TIME ZONE 'UTC'))) * 12
        + extract(month FROM boundary AT TIME ZONE 'UTC' + interval '15 days'
            - (anchor AT TIME ZONE 'UTC'
                - date_trunc('month', anchor AT TIME ZONE 'UTC')))
        - extract(year FROM anchor AT TIME ZONE 'UTC') * 12
        - extract(month FROM anchor AT TIME ZONE 'UTC')
    ) / CASE billing_interval WHEN 'month' THEN 1 ELSE 12 END)
    END::integer
$function$;

CREATE OR REPLACE FUNCTION changed_paths(changes jsonb, OUT path text[], OUT old jsonb, OUT new jsonb)
 RETURNS SETOF record
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE ROWS 3
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION count_rows()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION customer_fold(value text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT COST 5
AS $function$
BEGIN
    IF octet_length(value) = char_length(value) THEN
        RETURN lower(translate(value, '`', ''''));
    END IF;
    DECLARE
        marks CONSTANT text := '['
            || '\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5'
            || '\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7'
            || '\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u0818\u0819'
            || '\u081c-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u08d4-\u08e1'
            || '\u08e3-\u0902\u093c\u0951-\u0954\u0981\u09bc\u0a01\u0a02\u0a3c\u0a70'
            || '\u0a71\u0a81\u0a82\u0abc\u0b01\u0b3c\u0b82\u0c00\u0c81\u0cbc\u0d01'
            || '\u0e47-\u0e4e\u0ec8-\u0ecd\u0f18\u0f19\u0f35\u0f37\u0f39\u0f7e\u0f82'
            || '\u0f83\u0f86\u0f87\u0fc6\u1036\u1037\u135d-\u135f\u17b4\u17b5\u17c6'
            || '\u17c9-\u17d1\u17d3\u17dd\u180b-\u180d\u1939-\u193b\u1ab0-\u1abe'
            || '\u1dc0-\u1dff\u20d0-\u20f0\u2d7f\u302a-\u302d\u3099\u309a\ua66f-\ua672'
            || '\ua67c\ua67d\ua6f0\ua6f1\ua8e0-\ua8f1\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f'
            || '\U000e0100-\U000e01ef\u00ad\u061c\u0640\u180e\u200c-\u200f'
            || '\u202a-\u202e\u2060-\u206f\ufeff]';
        letters CONSTANT text := U&'\00f8\0142\0111\00f0\0127\0167\0131\03c2'
            || U&'\2018\2019\201a\201b\2032\2035\2039\203a\02b9\02bb\02bc\02bd\02be\02bf'
            || U&'\055a\05f3\a78c\00ab\00bb\201c\201d\201e\201f\05f4\301d\301e\301f'
            || U&'\2010\2012\2013\2014\2015\2212\058a\05be\1806`';
        plain CONSTANT text := U&'olddhti\03c3' || repeat('''', 17) || repeat('"', 10)
            || repeat('-', 9) || '''';
        zeros CONSTANT text := U&'\0660\06f0\07c0\0966\09e6\0a66\0ae6\0b66\0be6\0c66'
            || U&'\0ce6\0d66\0de6\0e50\0ed0\0f20\1040\1090\17e0\1810';
        folded text;
    BEGIN
        folded := normalize(replace(value, U&'\00b4', ''''), NFKD);
        folded := lower(regexp_replace(folded, marks, '', 'g'));
        folded := translate(folded, letters, plain);
        folded := replace(replace(folded, U&'\00df', 'ss'), U&'\00e6', 'ae');
        folded := replace(replace(folded, U&'\0153', 'oe'), U&'\00fe', 'th');
        IF folded ~ ('[\u0660-\u0669\u06f0-\u06f9\u07c0-\u07c9\u0966-\u096f\u09e6-\u09ef'
            || '\u0a66-\u0a6f\u0ae6-\u0aef\u0b66-\u0b6f\u0be6-\u0bef\u0c66-\u0c6f'
            || '\u0ce6-\u0cef\u0d66-\u0d6f\u0de6-\u0def\u0e50-\u0e59\u0ed0-\u0ed9'
            || '\u0f20-\u0f29\u1040-\u1049\u1090-\u1099\u17e0-\u17e9\u1810-\u1819]') THEN
            FOR zero IN 1 .. char_length(zeros) LOOP
                FOR digit IN 0 .. 9 LOOP
                    folded := replace(
                        folded, chr(ascii(substr(zeros, zero, 1)) + digit), digit::text);
                END LOOP;
            END LOOP;
        END IF;
        RETURN folded;
    END;
END
$function$;

CREATE OR REPLACE FUNCTION customer_missing(external_id text, phone text, line1 text, line2 text, city text, state text, country text, postal_code text)
 RETURNS text[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
BEGIN
    RETURN array_remove(ARRAY[
        CASE WHEN external_id IS NULL THEN 'external_id' END,
        CASE WHEN phone IS NULL THEN 'phone' END,
        CASE WHEN line1 IS NULL THEN 'billing_address_line1' END,
        CASE WHEN line2 IS NULL THEN 'billing_address_line2' END,
        CASE WHEN city IS NULL THEN 'billing_address_city' END,
        CASE WHEN state IS NULL THEN 'billing_address_state' END,
        CASE WHEN country IS NULL THEN 'billing_address_country' END,
        CASE WHEN postal_code IS NULL THEN 'billing_address_postal_code' END], NULL);
END
$function$;

CREATE OR REPLACE FUNCTION customer_search_everywhere(text text)
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT COST 500
AS $function$
DECLARE
    lines text := substr(split_part(text, E'\n ', 1), 2);
    parted text := split_part(text, E'\n ', -1);
    phone text := split_part(parted, E' \n', 2);
    total integer := char_length(lines);
    size integer := total;
    name integer;
    half integer;
    keys text := '';
    word text;
BEGIN
    IF phone <> '' THEN
        size := size - char_length(split_part(lines, E'\n', -1)) - 1;
        IF char_length(phone) >= 4 THEN
            keys := E'\n#' || right(phone, 4);
        END IF;
    END IF;
    name := strpos(lines, E'\n');
    keys := keys || E'\n=' || replace(left(lines, size), E'\n', E'\n=');
    FOREACH word IN ARRAY string_to_array(
        left(parted, size) || substr(split_part(parted, E' \n', 1), total + 1), ' ')
    LOOP
        IF word <> '' THEN
            keys := keys || E'\n^' || left(word, 3);
            IF word < ':' THEN keys := keys || E'\n^' || left(word, 5); END IF;
            IF name > 0 THEN
                CASE char_length(word)
                WHEN 1, 2, 3 THEN NULL;
                WHEN 4, 5 THEN
                    keys := concat(
                        keys, E'\n~', word, E'\n~', substr(word, 2),
                        E'\n~', left(word, 1), substr(word, 3),
                        E'\n~', left(word, 2), substr(word, 4),
                        E'\n~', left(word, 3), substr(word, 5), E'\n~', left(word, 4));
                ELSE
                    half := char_length(word) / 2;
                    keys := concat(
                        keys, E'\n~', char_length(word), '<', left(word, half),
                        E'\n~', char_length(word), '>', substr(word, half + 1));
                END CASE;
            END IF;
        END IF;
        name := name - char_length(word) - 1;
    END LOOP;
    RETURN ARRAY(
        SELECT hashtextextended(key, 0) FROM string_to_table(substr(keys, 2), E'\n') AS key);
END
$function$;

CREATE OR REPLACE FUNCTION customer_search_hashes(texts text[])
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN (SELECT array_agg(hashtextextended(text.text, (0)::bigint)) AS array_agg FROM unnest(customer_search_hashes.texts) text(text));

CREATE OR REPLACE FUNCTION customer_search_keys(organization uuid, text text)
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT COST 500
 SET search_path TO '$user', 'public'
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT hashtextextended(gram, uuid_hash_extended(organization, 0))
        FROM unnest(show_trgm(split_part(text, E'\n ', -1))) AS gram);
END
$function$;

CREATE OR REPLACE FUNCTION customer_search_lines(name text, email text, external_id text, phone text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
DECLARE
    signs text := E'\t\n\r-_.,@+\'"()/&%#:;!?*=|\\<>[]{}~^$`';
    lines text := concat_ws(E'\n', name, email, external_id, phone);
    further text := '';
    digits text := coalesce(phone, '');
    run text;
BEGIN
    IF octet_length(lines) <> char_length(lines) THEN
        signs := signs || U&'\00a1\00a2\00a3\00a5\00a6\00a7\00a9\00ac\00ae\00b0\00b1'
            || U&'\00b6\00b7\00bf\00d7\00f7\200b\2020\2021\2022\2027\2028\2029\2030'
            || U&'\2043\2044\20ac\2116\2190\2192\2215\2219\2605\2606\3001\3002'
            || U&'\3008\3009\300a\300b\300c\300d\300e\300f\3010\3011\30fb';
        FOR run IN SELECT match[1] FROM regexp_matches(lines,
            '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30fa'
            || '\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+', 'g') AS match
        LOOP
            FOR start IN 1 .. char_length(run) LOOP
                further := further || ' ' || substr(run, start, 2);
            END LOOP;
        END LOOP;
    END IF;
    IF strpos(lines, '''') > 0 THEN
        FOR run IN SELECT match[1] FROM regexp_matches(
            lines, '[[:alnum:]]+(?:''[[:alnum:]]+)+', 'g') AS match
        LOOP
            further := further || ' ' || replace(run, '''', '');
        END LOOP;
    END IF;
    IF strpos(digits, '(0') > 0 THEN
        digits := regexp_replace(digits, '^(.*[1-9].*)[(]0+[)]', '\1');
    END IF;
    RETURN E'\n' || lines || E'\n '
        || translate(lines, signs, repeat(' ', length(signs))) || further || E' \n'
        || ltrim(translate(digits, translate(digits, '0123456789', ''), ''), '0');
END
$function$;

CREATE OR REPLACE FUNCTION customer_search_terms(organization uuid, texts text[])
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE STRICT
RETURN (SELECT COALESCE(array_agg(hashtextextended(common.gram, uuid_hash_extended(customer_search_terms.organization, (0)::bigint))), '{}'::bigint[]) AS "coalesce" FROM (SELECT gram.gram FROM unnest(customer_search_terms.texts) term(text), LATERAL unnest(show_trgm(term.text)) gram(gram) GROUP BY gram.gram HAVING (count(*) = cardinality(customer_search_terms.texts))) common);

CREATE OR REPLACE FUNCTION customer_search_text(name text, email text, external_id text, phone text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN customer_search_lines(customer_fold(name), customer_fold(email), customer_fold(external_id), customer_fold(phone));

CREATE OR REPLACE FUNCTION erase_stored_responses()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION event_base()
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$SELECT 0::bigint$function$;

CREATE OR REPLACE FUNCTION event_horizon()
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_base()$function$;

CREATE OR REPLACE FUNCTION event_is_seen(event_transaction bigint, snapshot text)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$SELECT pg_visible_in_snapshot(
    (event_transaction - event_base())::text::xid8, snapshot::pg_snapshot)$function$;

CREATE OR REPLACE FUNCTION event_object_id(key text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (CASE WHEN (key ~ '^[0-9]+$'::text) THEN lpad(to_hex((key)::bigint), 32, '0'::text) ELSE key END)::uuid;

CREATE OR REPLACE FUNCTION event_position()
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$SELECT pg_current_xact_id()::text::bigint + event_base()$function$;

CREATE OR REPLACE FUNCTION event_snapshot()
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$SELECT pg_current_snapshot()::text$function$;

CREATE OR REPLACE FUNCTION event_type(before jsonb, after jsonb, set_types jsonb, later_types jsonb)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN COALESCE((SELECT min(jsonb_each_text.value) AS min FROM jsonb_each_text(event_type.set_types) jsonb_each_text(key, value) WHERE (((event_type.before ->> jsonb_each_text.key) IS NULL) AND ((event_type.after ->> jsonb_each_text.key) IS NOT NULL))), (SELECT min(jsonb_each_text.value) AS min FROM jsonb_each_text(event_type.later_types) jsonb_each_text(key, value) WHERE (((event_type.after ->> jsonb_each_text.key))::timestamp with time zone > ((event_type.before ->> jsonb_each_text.key))::timestamp with time zone)));

CREATE OR REPLACE FUNCTION group_name(number bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO '$user', 'public'
AS $function$
    SELECT coalesce((SELECT name FROM auth_group WHERE id = number), number::text)
$function$;

CREATE OR REPLACE FUNCTION has_visible_character(value text)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
BEGIN
    RETURN ascii(value) BETWEEN 33 AND 126 OR value ~ (
            '[^\U00000001-\U00000020\U0000007F-\U000000A0\U000000AD-\U000000AD'
            || '\U0000034F-\U0000034F\U00000600-\U00000605\U0000061C-\U0000061C'
            || '\U000006DD-\U000006DD\U0000070F-\U0000070F\U00000890-\U00000891'
            || '\U000008E2-\U000008E2\U0000115F-\U00001160\U00001680-\U00001680'
            || '\U000017B4-\U000017B5\U0000180B-\U0000180F\U00002000-\U0000200F'
            || '\U00002028-\U0000202F\U0000205F-\U0000206F\U00002800-\U00002800'
            || '\U00003000-\U00003000\U00003164-\U00003164\U0000E000-\U0000F8FF'
            || '\U0000FE00-\U0000FE0F\U0000FEFF-\U0000FEFF\U0000FFA0-\U0000FFA0'
            || '\U0000FFF0-\U0000FFFB\U000110BD-\U000110BD\U000110CD-\U000110CD'
            || '\U00013430-\U00013438\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A'
            || '\U000E0000-\U000E0FFF\U000F0000-\U000FFFFD\U00100000-\U0010FFFD]');
END $function$;

CREATE OR REPLACE FUNCTION hour_old_id()
 RETURNS text
 LANGUAGE sql
 PARALLEL SAFE
RETURN lpad(to_hex(((((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint - 3600000) >> 16)), 8, '0'::text);

CREATE OR REPLACE FUNCTION invitation_limit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
            BEGIN
                PERFORM FROM organizations_organization
                    WHERE id = NEW.organization_id FOR NO KEY UPDATE;
                IF FOUND AND (100 < (
                    SELECT count(*) FROM organizations_invitation
                    WHERE organization_id = NEW.organization_id
                )) THEN
                    RAISE check_violation USING CONSTRAINT = 'invitation_limit';
                END IF;
                RETURN NULL;
            END $function$;

CREATE OR REPLACE FUNCTION is_country(code text)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
BEGIN
    RETURN length(code) = 2 AND strpos(
            'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM '
            || 'BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX '
            || 'CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG '
            || 'GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR '
            || 'IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV '
            || 'LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE '
            || 'NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO '
            || 'RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF '
            || 'TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF '
            || 'WS XK YE YT ZA ZM ZW ', code) % 3 = 1;
END $function$;

CREATE OR REPLACE FUNCTION is_email_address(value text)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
BEGIN
    RETURN value ~ ('^[^[:cntrl:]]+@(localhost|\[[0-9A-Fa-f:.]+\]'
        || '|([^@[:space:][:cntrl:].]+\.)+[^@[:space:][:cntrl:].]+)$');
END $function$;

CREATE OR REPLACE FUNCTION membership_keeps_an_owner()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
            BEGIN
                PERFORM FROM organizations_organization
                    WHERE id = OLD.organization_id FOR NO KEY UPDATE;
                IF FOUND AND (NOT EXISTS (
                    SELECT FROM organizations_membership
                    WHERE organization_id = OLD.organization_id AND role = 'OWNER'
                )) THEN
                    RAISE check_violation USING CONSTRAINT = 'membership_keeps_an_owner';
                END IF;
                RETURN NULL;
            END $function$;

CREATE OR REPLACE FUNCTION metadata_is_flat(metadata jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION organization_name(key uuid)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO '$user', 'public'
AS $function$
BEGIN
    RETURN coalesce((
        SELECT name || ' (' || id || ')' FROM organizations_organization WHERE id = key),
        key::text);
END
$function$;

CREATE OR REPLACE FUNCTION organization_test_for_good()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
            BEGIN
                PERFORM FROM organizations_organization
                    WHERE id = NEW.id FOR NO KEY UPDATE;
                IF FOUND AND (true) THEN
                    RAISE check_violation USING CONSTRAINT = 'organization_test_for_good';
                END IF;
                RETURN NULL;
            END $function$;

CREATE OR REPLACE FUNCTION organization_test_from_the_start()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
            BEGIN
                PERFORM FROM organizations_organization
                    WHERE id = NEW.id FOR NO KEY UPDATE;
                IF FOUND AND (EXISTS (SELECT FROM customers_subscription WHERE organization_id = NEW.id)) THEN
                    RAISE check_violation USING CONSTRAINT = 'organization_test_from_the_start';
                END IF;
                RETURN NULL;
            END $function$;

CREATE OR REPLACE FUNCTION permission_name(number bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO '$user', 'public'
AS $function$
    SELECT coalesce((
        SELECT app_label || '.' || codename
        FROM auth_permission JOIN django_content_type AS type ON type.id = content_type_id
        WHERE auth_permission.id = number), number::text)
$function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_07c26()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_08a93()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_35721()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
DECLARE
    written CONSTANT record := NEW;
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    NEW.last_login := OLD.last_login;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    NEW.last_login := written.last_login;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_81e90()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_9a8ab()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_bd8ea()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    NEW.due_at := OLD.due_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_f43ed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    NEW.search_text := OLD.search_text;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION pgtrigger_bump_revision_f9ff2()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ 
DECLARE
    written CONSTANT record := NEW;
BEGIN
    NEW.revision := OLD.revision;
    NEW.updated_at := OLD.updated_at;
    NEW.last_used_at := OLD.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        IF NEW.id <> OLD.id THEN
            RAISE EXCEPTION 'The id of a row cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'id_is_fixed';
        END IF;
        NEW.revision := OLD.revision + 1;
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at);
    END IF;
    NEW.last_used_at := written.last_used_at;
    RETURN NEW;
END
 $function$;

CREATE OR REPLACE FUNCTION record_changes()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION record_links()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION record_truncation()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION record_unversioned()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION refuse_event_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF current_setting('fluxrate.rewriting', true)
        IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'Events are not changed or removed. See docs/security.md.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION rewrite_history(rewritten_organization uuid, rewritten_object uuid, remove_before timestamp with time zone, why text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO '$user', 'public'
AS $function$
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
END $function$;

CREATE OR REPLACE FUNCTION set_initial_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF current_setting('fluxrate.restoring', true) = pg_current_xact_id()::text THEN
        NEW.updated_at := greatest(clock_timestamp(), NEW.updated_at);
    ELSE
        NEW.revision := 1;
        NEW.updated_at := statement_timestamp();
    END IF;
    RETURN NEW;
END $function$;

CREATE TABLE customers_customer (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    name character varying(255) NOT NULL,
    email character varying(254) NOT NULL,
    external_id character varying(255),
    phone character varying(50),
    billing_address_line1 character varying(255),
    billing_address_line2 character varying(255),
    billing_address_city character varying(255),
    billing_address_state character varying(255),
    billing_address_country character varying(2),
    billing_address_postal_code character varying(50),
    status character varying(8) NOT NULL,
    metadata jsonb NOT NULL,
    search_text text GENERATED ALWAYS AS (customer_search_text((name)::text, (email)::text, (external_id)::text, (phone)::text)) STORED,
    organization_id uuid NOT NULL
);

CREATE TABLE customers_plan (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    name character varying(255) NOT NULL,
    lookup_id character varying(255),
    type character varying(6) NOT NULL,
    billing_interval character varying(5) NOT NULL,
    currency character varying(3) NOT NULL,
    trial_days smallint NOT NULL,
    description text,
    is_active boolean NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE customers_subscription (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    plan_name character varying(255) NOT NULL,
    external_id character varying(255),
    status character varying(8) NOT NULL,
    billing_interval character varying(5) NOT NULL,
    start_date timestamp with time zone NOT NULL,
    billing_anchor timestamp with time zone NOT NULL,
    current_period_start timestamp with time zone NOT NULL,
    current_period_end timestamp with time zone NOT NULL,
    trial_end_date timestamp with time zone,
    cancel_at_period_end boolean NOT NULL,
    canceled_at timestamp with time zone,
    cancel_reason character varying(500),
    ended_at timestamp with time zone,
    paused_at timestamp with time zone,
    resumes_at timestamp with time zone,
    scheduled_billing_interval character varying(5),
    due_at timestamp with time zone GENERATED ALWAYS AS (
CASE
    WHEN ((status)::text = 'CANCELED'::text) THEN NULL::timestamp with time zone
    WHEN ((status)::text = 'PAUSED'::text) THEN resumes_at
    ELSE current_period_end
END) STORED,
    metadata jsonb NOT NULL,
    customer_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    plan_id uuid,
    scheduled_plan_id uuid
);

CREATE TABLE fluxrate_bulkaction (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    model text NOT NULL,
    action text NOT NULL,
    status character varying(8) NOT NULL,
    total integer NOT NULL,
    form_data text NOT NULL,
    errors jsonb NOT NULL,
    reason text NOT NULL,
    request_id text NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    reverts_id uuid
);

CREATE TABLE fluxrate_bulkactionchunk (
    id uuid NOT NULL,
    number integer NOT NULL,
    ids text[] NOT NULL,
    total integer NOT NULL,
    changed integer DEFAULT 0 NOT NULL,
    refused jsonb DEFAULT '[]'::jsonb NOT NULL,
    refused_count integer DEFAULT 0 NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    bulk_action_id uuid NOT NULL
);

CREATE TABLE fluxrate_event (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    transaction bigint DEFAULT event_position() NOT NULL,
    organization_id uuid NOT NULL,
    type text NOT NULL,
    object_type text NOT NULL,
    object_id uuid,
    revision integer,
    actor text DEFAULT COALESCE(NULLIF(current_setting('fluxrate.actor'::text, true), ''::text), 'unattributed'::text) NOT NULL,
    request_id text NOT NULL,
    reason text NOT NULL,
    batch_id uuid DEFAULT (NULLIF(current_setting('fluxrate.batch'::text, true), ''::text))::uuid,
    changes jsonb NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

CREATE TABLE fluxrate_heartbeat (
    id uuid NOT NULL,
    worker uuid NOT NULL,
    lane character varying(20) NOT NULL,
    beat_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

CREATE TABLE fluxrate_rowcount (
    organization_id uuid NOT NULL,
    model character varying(63) NOT NULL,
    status character varying(8) NOT NULL,
    slot smallint NOT NULL,
    rows bigint NOT NULL
) WITH (fillfactor=40, autovacuum_vacuum_threshold=200, autovacuum_vacuum_scale_factor=0);

CREATE TABLE fluxrate_rowinterval (
    organization_id uuid NOT NULL,
    model character varying(63) NOT NULL,
    below uuid NOT NULL,
    rows bigint NOT NULL,
    is_counted boolean NOT NULL
);

CREATE TABLE fluxrate_storedresponse (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    mentions uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);

CREATE UNLOGGED TABLE fluxrate_tokenbucket (
    key uuid NOT NULL,
    full_at timestamp with time zone NOT NULL,
    granted boolean NOT NULL
) WITH (fillfactor=50);

CREATE TABLE organizations_apikey (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    name character varying(255) NOT NULL,
    prefix character varying(17) NOT NULL,
    key_hash bytea NOT NULL,
    scopes character varying(32)[] NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    replaces_id uuid,
    organization_id uuid NOT NULL
);

CREATE TABLE organizations_email (
    id uuid NOT NULL,
    purpose character varying(20) NOT NULL,
    status character varying(13) NOT NULL,
    address character varying(254),
    attempts smallint NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    invitation_id uuid,
    user_id uuid
);

CREATE TABLE organizations_invitation (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(10) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    invited_by_id uuid,
    organization_id uuid NOT NULL
);

CREATE TABLE organizations_membership (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    role character varying(10) NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE organizations_organization (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    name character varying(255) NOT NULL,
    is_test boolean NOT NULL,
    clock_at timestamp with time zone,
    require_deletion_preview boolean NOT NULL,
    restore_days smallint NOT NULL
);

CREATE TABLE organizations_savedview (
    id uuid NOT NULL,
    model character varying(100) NOT NULL,
    name character varying(80) NOT NULL,
    query text NOT NULL,
    is_shared boolean NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE organizations_session (
    id uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    previous_hash bytea,
    refreshed_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE organizations_ticket (
    id uuid NOT NULL,
    purpose character varying(20) NOT NULL,
    token_hash bytea NOT NULL,
    email character varying(254) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    invitation_id uuid,
    user_id uuid
);

CREATE TABLE organizations_user (
    id uuid NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(255),
    email_confirmed_at timestamp with time zone,
    is_active boolean NOT NULL,
    is_staff boolean NOT NULL,
    is_limited boolean DEFAULT false NOT NULL,
    time_zone character varying(64) DEFAULT 'UTC'::character varying NOT NULL,
    language character varying(8) DEFAULT ''::character varying NOT NULL,
    sessions_ended_at timestamp with time zone
);

CREATE TABLE organizations_user_groups (
    id integer GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    user_id uuid NOT NULL,
    group_id integer NOT NULL
);

CREATE TABLE organizations_user_staff_organizations (
    id integer GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE organizations_user_user_permissions (
    id integer GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    user_id uuid NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE customers_customer ADD CONSTRAINT customer_in_organization PRIMARY KEY (organization_id, id);
ALTER TABLE customers_customer ADD CONSTRAINT customer_country_known CHECK (is_country((billing_address_country)::text));
ALTER TABLE customers_customer ADD CONSTRAINT customer_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_customer ADD CONSTRAINT customer_email_valid CHECK (is_email_address((email)::text));
ALTER TABLE customers_customer ADD CONSTRAINT customer_external_id_not_empty CHECK (has_visible_character((external_id)::text));
ALTER TABLE customers_customer ADD CONSTRAINT customer_external_id_taken UNIQUE (organization_id, external_id);
ALTER TABLE customers_customer ADD CONSTRAINT customer_has_a_name CHECK (has_visible_character((name)::text));
ALTER TABLE customers_customer ADD CONSTRAINT customer_metadata_is_flat CHECK (metadata_is_flat(metadata));
ALTER TABLE customers_customer ADD CONSTRAINT customer_status_known CHECK (((status)::text = ANY ((ARRAY['ACTIVE'::character varying, 'INACTIVE'::character varying])::text[])));
ALTER TABLE customers_customer ADD CONSTRAINT customer_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_customer ADD CONSTRAINT customers_customer_organization_id_dc486906_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers_customer ADD CONSTRAINT customers_customer_revision_check CHECK ((revision >= 0));
ALTER TABLE customers_plan ADD CONSTRAINT plan_in_organization PRIMARY KEY (organization_id, id);
ALTER TABLE customers_plan ADD CONSTRAINT customers_plan_organization_id_04a02dbc_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers_plan ADD CONSTRAINT customers_plan_revision_check CHECK ((revision >= 0));
ALTER TABLE customers_plan ADD CONSTRAINT customers_plan_trial_days_check CHECK ((trial_days >= 0));
ALTER TABLE customers_plan ADD CONSTRAINT plan_billing_interval_known CHECK (((billing_interval)::text = ANY ((ARRAY['day'::character varying, 'week'::character varying, 'month'::character varying, 'year'::character varying])::text[])));
ALTER TABLE customers_plan ADD CONSTRAINT plan_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_plan ADD CONSTRAINT plan_currency_is_code CHECK (((currency)::text ~ '^[A-Z]{3}$'::text));
ALTER TABLE customers_plan ADD CONSTRAINT plan_has_a_name CHECK (has_visible_character((name)::text));
ALTER TABLE customers_plan ADD CONSTRAINT plan_lookup_id_not_empty CHECK (has_visible_character((lookup_id)::text));
ALTER TABLE customers_plan ADD CONSTRAINT plan_lookup_id_taken UNIQUE (organization_id, lookup_id);
ALTER TABLE customers_plan ADD CONSTRAINT plan_trial_days_bounded CHECK (((trial_days >= 0) AND (trial_days <= 3650)));
ALTER TABLE customers_plan ADD CONSTRAINT plan_type_known CHECK (((type)::text = ANY ((ARRAY['FIXED'::character varying, 'USAGE'::character varying, 'HYBRID'::character varying])::text[])));
ALTER TABLE customers_plan ADD CONSTRAINT plan_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_in_organization PRIMARY KEY (organization_id, id);
ALTER TABLE customers_subscription ADD CONSTRAINT customers_subscripti_organization_id_ffa54646_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE customers_subscription ADD CONSTRAINT customers_subscription_revision_check CHECK ((revision >= 0));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_billing_anchor_in_range CHECK (((billing_anchor >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (billing_anchor < '5000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_billing_interval_known CHECK (((billing_interval)::text = ANY ((ARRAY['day'::character varying, 'week'::character varying, 'month'::character varying, 'year'::character varying])::text[])));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_canceled_at_in_range CHECK (((canceled_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (canceled_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_canceled_at_when_asked CHECK ((((canceled_at IS NOT NULL) AND (((status)::text = 'CANCELED'::text) OR cancel_at_period_end)) OR ((NOT (canceled_at IS NOT NULL)) AND (NOT (((status)::text = 'CANCELED'::text) OR cancel_at_period_end)))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_cancels_only_what_runs CHECK ((NOT (cancel_at_period_end AND (((status)::text = 'CANCELED'::text) OR ((status)::text = 'PAUSED'::text)))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_changes_only_what_goes_on CHECK (((NOT (scheduled_billing_interval IS NOT NULL)) OR ((NOT ((status)::text = 'CANCELED'::text)) AND (NOT cancel_at_period_end))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_current_period_end_in_range CHECK (((current_period_end >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (current_period_end < '5000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_current_period_start_in_range CHECK (((current_period_start >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (current_period_start < '5000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_customer_in_organization FOREIGN KEY (organization_id, customer_id) REFERENCES customers_customer(organization_id, id) ON DELETE CASCADE;
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_ended_at_in_range CHECK (((ended_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (ended_at < '5000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_ended_when_canceled CHECK (((((status)::text = 'CANCELED'::text) AND (ended_at IS NOT NULL)) OR ((NOT ((status)::text = 'CANCELED'::text)) AND (NOT (ended_at IS NOT NULL)))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_external_id_not_empty CHECK (has_visible_character((external_id)::text));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_external_id_taken UNIQUE (organization_id, external_id);
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_live_has_a_plan CHECK (((plan_id IS NOT NULL) OR ((status)::text = 'CANCELED'::text)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_metadata_is_flat CHECK (metadata_is_flat(metadata));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_paused_at_in_range CHECK (((paused_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (paused_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_paused_at_when_paused CHECK (((((status)::text = 'PAUSED'::text) AND (paused_at IS NOT NULL)) OR ((NOT ((status)::text = 'PAUSED'::text)) AND (NOT (paused_at IS NOT NULL)))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_period_has_a_length CHECK ((current_period_end > current_period_start));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_plan_in_organization FOREIGN KEY (organization_id, plan_id) REFERENCES customers_plan(organization_id, id) ON DELETE SET NULL (plan_id);
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_resumes_at_in_range CHECK (((resumes_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (resumes_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_resumes_only_if_paused CHECK (((resumes_at IS NULL) OR (((status)::text = 'PAUSED'::text) AND (resumes_at > paused_at) AND (resumes_at < '3000-01-01 00:00:00+00'::timestamp with time zone))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_scheduled_change_has_a_plan CHECK ((((scheduled_plan_id IS NOT NULL) AND (scheduled_billing_interval IS NOT NULL)) OR ((NOT (scheduled_plan_id IS NOT NULL)) AND (NOT (scheduled_billing_interval IS NOT NULL)))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_scheduled_plan_in_organization FOREIGN KEY (organization_id, scheduled_plan_id) REFERENCES customers_plan(organization_id, id) ON DELETE SET NULL (scheduled_plan_id);
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_start_date_in_range CHECK (((start_date >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (start_date < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_status_known CHECK (((status)::text = ANY ((ARRAY['TRIAL'::character varying, 'ACTIVE'::character varying, 'PAST_DUE'::character varying, 'PAUSED'::character varying, 'CANCELED'::character varying])::text[])));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_trial_end_date_bounded CHECK (((NOT (trial_end_date IS NOT NULL)) OR ((trial_end_date >= start_date) AND (trial_end_date < '3000-01-01 00:00:00+00'::timestamp with time zone))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_trial_end_date_in_range CHECK (((trial_end_date >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (trial_end_date < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_trial_ends_with_its_period CHECK (((NOT ((status)::text = 'TRIAL'::text)) OR ((trial_end_date = current_period_end) AND (trial_end_date IS NOT NULL))));
ALTER TABLE customers_subscription ADD CONSTRAINT subscription_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT fluxrate_bulkaction_pkey PRIMARY KEY (id);
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT bulk_action_status_known CHECK (((status)::text = ANY ((ARRAY['SELECTED'::character varying, 'WAITING'::character varying, 'STOPPED'::character varying, 'DONE'::character varying])::text[])));
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT bulkaction_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT bulkaction_finished_at_in_range CHECK (((finished_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (finished_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT fluxrate_bulkaction_reverts_id_c8f212a1_fk_fluxrate_ FOREIGN KEY (reverts_id) REFERENCES fluxrate_bulkaction(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE fluxrate_bulkaction ADD CONSTRAINT fluxrate_bulkaction_total_check CHECK ((total >= 0));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_pkey PRIMARY KEY (id);
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT bulk_action_chunk_number UNIQUE (bulk_action_id, number);
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT bulkactionchunk_done_at_in_range CHECK (((done_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (done_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionc_bulk_action_id_de465d9c_fk_fluxrate_ FOREIGN KEY (bulk_action_id) REFERENCES fluxrate_bulkaction(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_attempts_check CHECK ((attempts >= 0));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_changed_check CHECK ((changed >= 0));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_number_check CHECK ((number >= 0));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_refused_count_check CHECK ((refused_count >= 0));
ALTER TABLE fluxrate_bulkactionchunk ADD CONSTRAINT fluxrate_bulkactionchunk_total_check CHECK ((total >= 0));
ALTER TABLE fluxrate_event ADD CONSTRAINT event_feed PRIMARY KEY (organization_id, transaction, id);
ALTER TABLE fluxrate_event ADD CONSTRAINT event_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE fluxrate_event ADD CONSTRAINT fluxrate_event_revision_check CHECK ((revision >= 0));
ALTER TABLE fluxrate_heartbeat ADD CONSTRAINT fluxrate_heartbeat_pkey PRIMARY KEY (id);
ALTER TABLE fluxrate_rowcount ADD CONSTRAINT fluxrate_rowcount_pkey PRIMARY KEY (organization_id, model, status, slot);
ALTER TABLE fluxrate_rowinterval ADD CONSTRAINT fluxrate_rowinterval_pkey PRIMARY KEY (organization_id, model, below);
ALTER TABLE fluxrate_storedresponse ADD CONSTRAINT fluxrate_storedresponse_pkey PRIMARY KEY (id);
ALTER TABLE fluxrate_storedresponse ADD CONSTRAINT fluxrate_storedresponse_status_check CHECK ((status >= 0));
ALTER TABLE fluxrate_tokenbucket ADD CONSTRAINT fluxrate_tokenbucket_pkey PRIMARY KEY (key);
ALTER TABLE organizations_apikey ADD CONSTRAINT organizations_apikey_pkey PRIMARY KEY (id);
ALTER TABLE organizations_apikey ADD CONSTRAINT api_key_expires_later CHECK ((expires_at > created_at));
ALTER TABLE organizations_apikey ADD CONSTRAINT api_key_has_a_name CHECK (has_visible_character((name)::text));
ALTER TABLE organizations_apikey ADD CONSTRAINT api_key_hash UNIQUE (key_hash);
ALTER TABLE organizations_apikey ADD CONSTRAINT api_key_scopes_known CHECK (((scopes <@ ARRAY['customers.read'::character varying(32), 'customers.write'::character varying(32), 'subscriptions.read'::character varying(32), 'subscriptions.write'::character varying(32), 'events.read'::character varying(32), 'usage.read'::character varying(32), 'usage.write'::character varying(32)]) AND (
CASE
    WHEN (scopes IS NULL) THEN NULL::integer
    ELSE COALESCE(array_length(scopes, 1), 0)
END > 0)));
ALTER TABLE organizations_apikey ADD CONSTRAINT apikey_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_apikey ADD CONSTRAINT apikey_expires_at_in_range CHECK (((expires_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_apikey ADD CONSTRAINT apikey_last_used_at_in_range CHECK (((last_used_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (last_used_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_apikey ADD CONSTRAINT apikey_revoked_at_in_range CHECK (((revoked_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (revoked_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_apikey ADD CONSTRAINT apikey_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_apikey ADD CONSTRAINT organizations_apikey_organization_id_e33ee6c9_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_apikey ADD CONSTRAINT organizations_apikey_replaces_id_c15abdf2_fk_organizat FOREIGN KEY (replaces_id) REFERENCES organizations_apikey(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_apikey ADD CONSTRAINT organizations_apikey_replaces_id_key UNIQUE (replaces_id);
ALTER TABLE organizations_apikey ADD CONSTRAINT organizations_apikey_revision_check CHECK ((revision >= 0));
ALTER TABLE organizations_email ADD CONSTRAINT organizations_email_pkey PRIMARY KEY (id);
ALTER TABLE organizations_email ADD CONSTRAINT email_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_email ADD CONSTRAINT email_due_at_in_range CHECK (((due_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (due_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_email ADD CONSTRAINT email_for_one CHECK ((((invitation_id IS NOT NULL) AND ((purpose)::text = 'INVITATION'::text) AND (user_id IS NULL)) OR ((invitation_id IS NULL) AND ((purpose)::text = 'EMAIL_CONFIRMATION'::text) AND (user_id IS NOT NULL)) OR ((invitation_id IS NULL) AND ((purpose)::text = 'PASSWORD_RESET'::text) AND (user_id IS NULL))));
ALTER TABLE organizations_email ADD CONSTRAINT email_status_known CHECK (((status)::text = ANY ((ARRAY['WAITING'::character varying, 'SENT'::character varying, 'DISCARDED'::character varying, 'UNDELIVERABLE'::character varying])::text[])));
ALTER TABLE organizations_email ADD CONSTRAINT organizations_email_attempts_check CHECK ((attempts >= 0));
ALTER TABLE organizations_email ADD CONSTRAINT organizations_email_invitation_id_388be4a5_fk_organizat FOREIGN KEY (invitation_id) REFERENCES organizations_invitation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_email ADD CONSTRAINT organizations_email_user_id_0f28ef34_fk_organizations_user_id FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_invitation ADD CONSTRAINT organizations_invitation_pkey PRIMARY KEY (id);
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_email_lower_case CHECK (((email)::text = lower((email)::text)));
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_email_valid CHECK (is_email_address((email)::text));
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_expires_at_in_range CHECK (((expires_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_once UNIQUE (organization_id, email);
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_role_known CHECK (((role)::text = ANY ((ARRAY['OWNER'::character varying, 'ADMIN'::character varying, 'MEMBER'::character varying, 'VIEWER'::character varying])::text[])));
ALTER TABLE organizations_invitation ADD CONSTRAINT invitation_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_invitation ADD CONSTRAINT organizations_invita_invited_by_id_ded3e551_fk_organizat FOREIGN KEY (invited_by_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_invitation ADD CONSTRAINT organizations_invita_organization_id_67732aa0_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_invitation ADD CONSTRAINT organizations_invitation_revision_check CHECK ((revision >= 0));
ALTER TABLE organizations_membership ADD CONSTRAINT organizations_membership_pkey PRIMARY KEY (id);
ALTER TABLE organizations_membership ADD CONSTRAINT membership_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_membership ADD CONSTRAINT membership_once UNIQUE (organization_id, user_id);
ALTER TABLE organizations_membership ADD CONSTRAINT membership_role_known CHECK (((role)::text = ANY ((ARRAY['OWNER'::character varying, 'ADMIN'::character varying, 'MEMBER'::character varying, 'VIEWER'::character varying])::text[])));
ALTER TABLE organizations_membership ADD CONSTRAINT membership_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_membership ADD CONSTRAINT organizations_member_organization_id_6889aa64_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_membership ADD CONSTRAINT organizations_member_user_id_a8e72055_fk_organizat FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_membership ADD CONSTRAINT organizations_membership_revision_check CHECK ((revision >= 0));
ALTER TABLE organizations_organization ADD CONSTRAINT organizations_organization_pkey PRIMARY KEY (id);
ALTER TABLE organizations_organization ADD CONSTRAINT organization_clock_at_in_range CHECK (((clock_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (clock_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_organization ADD CONSTRAINT organization_clock_if_test CHECK ((((clock_at IS NOT NULL) AND is_test) OR ((clock_at IS NULL) AND (NOT is_test))));
ALTER TABLE organizations_organization ADD CONSTRAINT organization_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_organization ADD CONSTRAINT organization_restore_days_bounded CHECK (((restore_days >= 0) AND (restore_days <= 365)));
ALTER TABLE organizations_organization ADD CONSTRAINT organization_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_organization ADD CONSTRAINT organizations_organization_restore_days_check CHECK ((restore_days >= 0));
ALTER TABLE organizations_organization ADD CONSTRAINT organizations_organization_revision_check CHECK ((revision >= 0));
ALTER TABLE organizations_savedview ADD CONSTRAINT organizations_savedview_pkey PRIMARY KEY (id);
ALTER TABLE organizations_savedview ADD CONSTRAINT organizations_savedv_user_id_626f03ac_fk_organizat FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_savedview ADD CONSTRAINT saved_view_name_taken UNIQUE (model, user_id, name);
ALTER TABLE organizations_session ADD CONSTRAINT organizations_session_pkey PRIMARY KEY (id);
ALTER TABLE organizations_session ADD CONSTRAINT organizations_sessio_organization_id_b885fab2_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_session ADD CONSTRAINT organizations_session_user_id_649a923a_fk_organizations_user_id FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_session ADD CONSTRAINT session_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_session ADD CONSTRAINT session_ended_at_in_range CHECK (((ended_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (ended_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_session ADD CONSTRAINT session_expires_at_in_range CHECK (((expires_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_session ADD CONSTRAINT session_refreshed_at_in_range CHECK (((refreshed_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (refreshed_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_ticket ADD CONSTRAINT organizations_ticket_pkey PRIMARY KEY (id);
ALTER TABLE organizations_ticket ADD CONSTRAINT organizations_ticket_invitation_id_f6da84fa_fk_organizat FOREIGN KEY (invitation_id) REFERENCES organizations_invitation(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_ticket ADD CONSTRAINT organizations_ticket_user_id_584eaa43_fk_organizations_user_id FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_ticket ADD CONSTRAINT ticket_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_ticket ADD CONSTRAINT ticket_expires_at_in_range CHECK (((expires_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (expires_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_ticket ADD CONSTRAINT ticket_for_one CHECK ((((invitation_id IS NOT NULL) AND ((purpose)::text = 'INVITATION'::text) AND (user_id IS NULL)) OR ((invitation_id IS NULL) AND ((purpose)::text = ANY ((ARRAY['PASSWORD_RESET'::character varying, 'EMAIL_CONFIRMATION'::character varying])::text[])) AND (user_id IS NOT NULL))));
ALTER TABLE organizations_ticket ADD CONSTRAINT ticket_hash UNIQUE (token_hash);
ALTER TABLE organizations_ticket ADD CONSTRAINT ticket_newest_only UNIQUE NULLS NOT DISTINCT (purpose, user_id, invitation_id);
ALTER TABLE organizations_user ADD CONSTRAINT organizations_user_pkey PRIMARY KEY (id);
ALTER TABLE organizations_user ADD CONSTRAINT organizations_user_revision_check CHECK ((revision >= 0));
ALTER TABLE organizations_user ADD CONSTRAINT user_created_at_in_range CHECK (((created_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (created_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_user ADD CONSTRAINT user_email_confirmed_at_in_range CHECK (((email_confirmed_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (email_confirmed_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_user ADD CONSTRAINT user_email_lower_case CHECK (((email)::text = lower((email)::text)));
ALTER TABLE organizations_user ADD CONSTRAINT user_email_taken UNIQUE (email);
ALTER TABLE organizations_user ADD CONSTRAINT user_email_valid CHECK (is_email_address((email)::text));
ALTER TABLE organizations_user ADD CONSTRAINT user_last_login_in_range CHECK (((last_login >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (last_login < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_user ADD CONSTRAINT user_limited_no_superuser CHECK (((NOT is_limited) OR (NOT is_superuser)));
ALTER TABLE organizations_user ADD CONSTRAINT user_sessions_ended_at_in_range CHECK (((sessions_ended_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (sessions_ended_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_user ADD CONSTRAINT user_updated_at_in_range CHECK (((updated_at >= '1900-01-01 00:00:00+00'::timestamp with time zone) AND (updated_at < '3000-01-01 00:00:00+00'::timestamp with time zone)));
ALTER TABLE organizations_user_groups ADD CONSTRAINT organizations_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE organizations_user_groups ADD CONSTRAINT organizations_user_g_user_id_044f09bb_fk_organizat FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_groups ADD CONSTRAINT organizations_user_groups_group_id_196e7adc_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_groups ADD CONSTRAINT organizations_user_groups_user_id_group_id_bad6e63f_uniq UNIQUE (user_id, group_id);
ALTER TABLE organizations_user_staff_organizations ADD CONSTRAINT organizations_user_staff_organizations_pkey PRIMARY KEY (id);
ALTER TABLE organizations_user_staff_organizations ADD CONSTRAINT organizations_user_s_organization_id_22ba1f8a_fk_organizat FOREIGN KEY (organization_id) REFERENCES organizations_organization(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_staff_organizations ADD CONSTRAINT organizations_user_s_user_id_a05c9b66_fk_organizat FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_staff_organizations ADD CONSTRAINT organizations_user_staff_user_id_organization_id_55225693_uniq UNIQUE (user_id, organization_id);
ALTER TABLE organizations_user_user_permissions ADD CONSTRAINT organizations_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE organizations_user_user_permissions ADD CONSTRAINT organizations_user_u_permission_id_646e2ebf_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_user_permissions ADD CONSTRAINT organizations_user_u_user_id_5d8131fb_fk_organizat FOREIGN KEY (user_id) REFERENCES organizations_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE organizations_user_user_permissions ADD CONSTRAINT organizations_user_user__user_id_permission_id_26386aa2_uniq UNIQUE (user_id, permission_id);

CREATE INDEX customer_city ON customers_customer USING btree (organization_id, billing_address_city, id) INCLUDE (status);
CREATE INDEX customer_country ON customers_customer USING btree (organization_id, billing_address_country, id) INCLUDE (status);
CREATE INDEX customer_created ON customers_customer USING btree (organization_id, created_at, id);
CREATE INDEX customer_filters ON customers_customer USING gin (organization_id, status, phone, billing_address_state, billing_address_postal_code, metadata jsonb_path_ops, customer_missing((external_id)::text, (phone)::text, (billing_address_line1)::text, (billing_address_line2)::text, (billing_address_city)::text, (billing_address_state)::text, (billing_address_country)::text, (billing_address_postal_code)::text)) WITH (gin_pending_list_limit='1024');
CREATE INDEX customer_id ON customers_customer USING btree (id);
CREATE INDEX customer_inactive ON customers_customer USING btree (id) WHERE ((status)::text = 'INACTIVE'::text);
CREATE INDEX customer_search ON customers_customer USING gin (customer_search_keys(organization_id, search_text), customer_search_everywhere(search_text)) WITH (gin_pending_list_limit='1024');
CREATE INDEX customer_sorted_email ON customers_customer USING btree (organization_id, upper((email)::text), id) INCLUDE (email);
CREATE INDEX customer_sorted_name ON customers_customer USING btree (organization_id, "left"(customer_fold((name)::text), 100) COLLATE "C", id) INCLUDE (name, email);
CREATE INDEX customer_updated ON customers_customer USING btree (organization_id, updated_at, id);
CREATE INDEX plan_id ON customers_plan USING btree (id);
CREATE INDEX plan_name ON customers_plan USING btree (organization_id, name, id);
CREATE INDEX customers_subscription_plan_id_03e35e5a ON customers_subscription USING btree (plan_id);
CREATE INDEX subscription_customer ON customers_subscription USING btree (customer_id, id) INCLUDE (status);
CREATE INDEX subscription_due ON customers_subscription USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX subscription_external_id ON customers_subscription USING btree (external_id) WHERE (external_id IS NOT NULL);
CREATE INDEX subscription_id ON customers_subscription USING btree (id);
CREATE INDEX subscription_period_end ON customers_subscription USING btree (organization_id, current_period_end, id);
CREATE INDEX subscription_scheduled_plan ON customers_subscription USING btree (scheduled_plan_id) WHERE (scheduled_plan_id IS NOT NULL);
CREATE INDEX subscription_status ON customers_subscription USING btree (organization_id, status, id) INCLUDE (customer_id);
CREATE INDEX subscription_trial_end ON customers_subscription USING btree (due_at) WHERE ((status)::text = 'TRIAL'::text);
CREATE INDEX subscription_updated ON customers_subscription USING btree (organization_id, updated_at, id);
CREATE INDEX bulk_action_of_user ON fluxrate_bulkaction USING btree (user_id, id DESC);
CREATE INDEX bulk_action_waiting ON fluxrate_bulkaction USING btree (created_at) WHERE ((status)::text = 'WAITING'::text);
CREATE INDEX fluxrate_bulkaction_reverts_id_c8f212a1 ON fluxrate_bulkaction USING btree (reverts_id);
CREATE INDEX event_batch ON fluxrate_event USING btree (batch_id, id) WHERE (batch_id IS NOT NULL);
CREATE INDEX event_batches ON fluxrate_event USING btree (organization_id, transaction, id) WHERE (type = 'batch.created'::text);
CREATE INDEX event_by_staff ON fluxrate_event USING btree (id DESC) WHERE ((actor ~~ 'staff:%'::text) AND (revision IS NOT NULL));
CREATE INDEX event_deletions ON fluxrate_event USING btree (organization_id, transaction, id) WHERE (type ~~ '%.deleted'::text);
CREATE INDEX event_id ON fluxrate_event USING btree (id);
CREATE INDEX event_object ON fluxrate_event USING btree (object_id, id);
CREATE INDEX event_of_customer ON fluxrate_event USING btree ((((data ->> 'customer_id'::text))::uuid), id) WHERE (object_type = 'subscription'::text);
CREATE INDEX event_of_deleted_customer ON fluxrate_event USING gin (customer_search_text((data ->> 'name'::text), (data ->> 'email'::text), (data ->> 'external_id'::text), (data ->> 'phone'::text)) gin_trgm_ops) WHERE (type = 'customer.deleted'::text);
CREATE INDEX stored_response_created ON fluxrate_storedresponse USING btree (created_at);
CREATE INDEX stored_response_mentions ON fluxrate_storedresponse USING gin (mentions) WITH (fastupdate=off);
CREATE INDEX api_key_expiry ON organizations_apikey USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (revoked_at IS NULL));
CREATE INDEX api_key_organization ON organizations_apikey USING btree (organization_id, id);
CREATE INDEX email_due ON organizations_email USING btree (due_at) WHERE ((status)::text = 'WAITING'::text);
CREATE INDEX organizations_email_invitation_id_388be4a5 ON organizations_email USING btree (invitation_id);
CREATE INDEX organizations_email_user_id_0f28ef34 ON organizations_email USING btree (user_id);
CREATE INDEX organizations_invitation_invited_by_id_ded3e551 ON organizations_invitation USING btree (invited_by_id);
CREATE INDEX organizations_membership_user_id_a8e72055 ON organizations_membership USING btree (user_id);
CREATE INDEX organizations_savedview_user_id_626f03ac ON organizations_savedview USING btree (user_id);
CREATE INDEX organizations_session_organization_id_b885fab2 ON organizations_session USING btree (organization_id);
CREATE INDEX organizations_session_user_id_649a923a ON organizations_session USING btree (user_id);
CREATE INDEX session_expires_at ON organizations_session USING btree (expires_at);
CREATE INDEX organizations_ticket_invitation_id_f6da84fa ON organizations_ticket USING btree (invitation_id);
CREATE INDEX organizations_ticket_user_id_584eaa43 ON organizations_ticket USING btree (user_id);
CREATE INDEX organizations_user_groups_group_id_196e7adc ON organizations_user_groups USING btree (group_id);
CREATE INDEX organizations_user_groups_user_id_044f09bb ON organizations_user_groups USING btree (user_id);
CREATE INDEX organizations_user_staff_organizations_organization_id_22ba1f8a ON organizations_user_staff_organizations USING btree (organization_id);
CREATE INDEX organizations_user_staff_organizations_user_id_a05c9b66 ON organizations_user_staff_organizations USING btree (user_id);
CREATE INDEX organizations_user_user_permissions_permission_id_646e2ebf ON organizations_user_user_permissions USING btree (permission_id);
CREATE INDEX organizations_user_user_permissions_user_id_5d8131fb ON organizations_user_user_permissions USING btree (user_id);

CREATE TRIGGER pgtrigger_record_delete_1eebd AFTER DELETE ON auth_group REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_unversioned('group');
CREATE TRIGGER pgtrigger_record_insert_c3d71 AFTER INSERT ON auth_group REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_unversioned('group');
CREATE TRIGGER pgtrigger_record_truncate_34e21 BEFORE TRUNCATE ON auth_group FOR EACH STATEMENT EXECUTE FUNCTION record_unversioned('group');
CREATE TRIGGER pgtrigger_record_update_f3129 AFTER UPDATE ON auth_group REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_unversioned('group');
CREATE TRIGGER pgtrigger_link_delete_83baf AFTER DELETE ON auth_group_permissions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('group', 'permissions', 'group_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_insert_24bde AFTER INSERT ON auth_group_permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('group', 'permissions', 'group_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_truncate_5261a BEFORE TRUNCATE ON auth_group_permissions FOR EACH STATEMENT EXECUTE FUNCTION record_links('group', 'permissions', 'group_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_update_e08bb AFTER UPDATE ON auth_group_permissions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('group', 'permissions', 'group_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_bump_revision_f43ed BEFORE UPDATE ON customers_customer FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_f43ed();
CREATE TRIGGER pgtrigger_erase_stored_responses_9e485 AFTER DELETE ON customers_customer REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_erase_stored_responses_truncate_361d1 BEFORE TRUNCATE ON customers_customer FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_initial_revision_77c6b BEFORE INSERT ON customers_customer FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_8e8d5 AFTER DELETE ON customers_customer REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('customer', 'organization_id', '{search_text}');
CREATE TRIGGER pgtrigger_record_insert_a1ac2 AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('customer', 'organization_id', '{search_text}');
CREATE TRIGGER pgtrigger_record_truncate_8d069 BEFORE TRUNCATE ON customers_customer FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('customer', 'organization_id', '{search_text}');
CREATE TRIGGER pgtrigger_record_update_04219 AFTER UPDATE ON customers_customer REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('customer', 'organization_id', '{search_text}');
CREATE TRIGGER pgtrigger_row_count_delete_82775 AFTER DELETE ON customers_customer REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_insert_fa68a AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_truncate_ab045 AFTER TRUNCATE ON customers_customer FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_update_661dd AFTER UPDATE ON customers_customer REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_bump_revision_9a8ab BEFORE UPDATE ON customers_plan FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_9a8ab();
CREATE TRIGGER pgtrigger_initial_revision_df792 BEFORE INSERT ON customers_plan FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_0a88d AFTER DELETE ON customers_plan REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('plan', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_insert_3dfb1 AFTER INSERT ON customers_plan REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('plan', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_truncate_10323 BEFORE TRUNCATE ON customers_plan FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('plan', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_update_37bc8 AFTER UPDATE ON customers_plan REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('plan', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_bump_revision_bd8ea BEFORE UPDATE ON customers_subscription FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_bd8ea();
CREATE TRIGGER pgtrigger_initial_revision_5698d BEFORE INSERT ON customers_subscription FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_a40db AFTER DELETE ON customers_subscription REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('subscription', 'organization_id', '{due_at}');
CREATE TRIGGER pgtrigger_record_insert_7a541 AFTER INSERT ON customers_subscription REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('subscription', 'organization_id', '{due_at}');
CREATE TRIGGER pgtrigger_record_truncate_dd96b BEFORE TRUNCATE ON customers_subscription FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('subscription', 'organization_id', '{due_at}');
CREATE TRIGGER pgtrigger_record_update_47368 AFTER UPDATE ON customers_subscription REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('subscription', 'organization_id', '{due_at}', '{}', '{"trial_end_date": "trial_extended"}');
CREATE TRIGGER pgtrigger_row_count_delete_96485 AFTER DELETE ON customers_subscription REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_insert_d442d AFTER INSERT ON customers_subscription REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_truncate_fe6cd AFTER TRUNCATE ON customers_subscription FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER pgtrigger_row_count_update_54846 AFTER UPDATE ON customers_subscription REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows('16');
CREATE TRIGGER event_immutable BEFORE DELETE OR UPDATE ON fluxrate_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_changes();
CREATE TRIGGER event_not_truncated BEFORE TRUNCATE ON fluxrate_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_changes();
CREATE CONSTRAINT TRIGGER api_key_limit AFTER INSERT OR UPDATE OF organization_id, revoked_at, expires_at ON organizations_apikey DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN ((new.revoked_at IS NULL)) EXECUTE FUNCTION api_key_limit();
CREATE TRIGGER pgtrigger_bump_revision_f9ff2 BEFORE UPDATE ON organizations_apikey FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_f9ff2();
CREATE TRIGGER pgtrigger_initial_revision_01ab3 BEFORE INSERT ON organizations_apikey FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_4760d AFTER DELETE ON organizations_apikey REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('api_key', 'organization_id', '{key_hash,last_used_at}');
CREATE TRIGGER pgtrigger_record_insert_a9f9d AFTER INSERT ON organizations_apikey REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('api_key', 'organization_id', '{key_hash,last_used_at}');
CREATE TRIGGER pgtrigger_record_truncate_617aa BEFORE TRUNCATE ON organizations_apikey FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('api_key', 'organization_id', '{key_hash,last_used_at}');
CREATE TRIGGER pgtrigger_record_update_95e18 AFTER UPDATE ON organizations_apikey REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('api_key', 'organization_id', '{key_hash,last_used_at}', '{"revoked_at": "revoked"}');
CREATE CONSTRAINT TRIGGER invitation_limit AFTER INSERT ON organizations_invitation DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN (true) EXECUTE FUNCTION invitation_limit();
CREATE TRIGGER pgtrigger_bump_revision_81e90 BEFORE UPDATE ON organizations_invitation FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_81e90();
CREATE TRIGGER pgtrigger_erase_stored_responses_9c1e3 AFTER DELETE ON organizations_invitation REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_erase_stored_responses_truncate_6f432 BEFORE TRUNCATE ON organizations_invitation FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_initial_revision_8c17c BEFORE INSERT ON organizations_invitation FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_b72d0 AFTER DELETE ON organizations_invitation REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('invitation', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_insert_b6a73 AFTER INSERT ON organizations_invitation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('invitation', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_truncate_fec0a BEFORE TRUNCATE ON organizations_invitation FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('invitation', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_update_ccc48 AFTER UPDATE ON organizations_invitation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('invitation', 'organization_id', '{}');
CREATE CONSTRAINT TRIGGER membership_keeps_an_owner AFTER DELETE OR UPDATE OF role, organization_id ON organizations_membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.role)::text = 'OWNER'::text)) EXECUTE FUNCTION membership_keeps_an_owner();
CREATE TRIGGER pgtrigger_bump_revision_07c26 BEFORE UPDATE ON organizations_membership FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_07c26();
CREATE TRIGGER pgtrigger_erase_stored_responses_a9869 AFTER DELETE ON organizations_membership REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_erase_stored_responses_truncate_a050a BEFORE TRUNCATE ON organizations_membership FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_initial_revision_79d12 BEFORE INSERT ON organizations_membership FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_3c9c9 AFTER DELETE ON organizations_membership REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('member', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_insert_69c40 AFTER INSERT ON organizations_membership REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('member', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_truncate_6bb4f BEFORE TRUNCATE ON organizations_membership FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('member', 'organization_id', '{}');
CREATE TRIGGER pgtrigger_record_update_f6ae8 AFTER UPDATE ON organizations_membership REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('member', 'organization_id', '{}');
CREATE CONSTRAINT TRIGGER organization_test_for_good AFTER UPDATE OF is_test ON organizations_organization DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN ((old.is_test AND (NOT new.is_test))) EXECUTE FUNCTION organization_test_for_good();
CREATE CONSTRAINT TRIGGER organization_test_from_the_start AFTER UPDATE OF is_test ON organizations_organization DEFERRABLE INITIALLY IMMEDIATE FOR EACH ROW WHEN ((new.is_test AND (NOT old.is_test))) EXECUTE FUNCTION organization_test_from_the_start();
CREATE TRIGGER pgtrigger_bump_revision_08a93 BEFORE UPDATE ON organizations_organization FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_08a93();
CREATE TRIGGER pgtrigger_erase_stored_responses_98e56 AFTER DELETE ON organizations_organization REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses('organization');
CREATE TRIGGER pgtrigger_erase_stored_responses_truncate_e3bf8 BEFORE TRUNCATE ON organizations_organization FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses('organization');
CREATE TRIGGER pgtrigger_initial_revision_342db BEFORE INSERT ON organizations_organization FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_3b15a AFTER DELETE ON organizations_organization REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('organization', 'id', '{}');
CREATE TRIGGER pgtrigger_record_insert_ad569 AFTER INSERT ON organizations_organization REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('organization', 'id', '{}');
CREATE TRIGGER pgtrigger_record_truncate_8e09f BEFORE TRUNCATE ON organizations_organization FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('organization', 'id', '{}');
CREATE TRIGGER pgtrigger_record_update_16d73 AFTER UPDATE ON organizations_organization REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('organization', 'id', '{}');
CREATE TRIGGER pgtrigger_bump_revision_35721 BEFORE UPDATE ON organizations_user FOR EACH ROW EXECUTE FUNCTION pgtrigger_bump_revision_35721();
CREATE TRIGGER pgtrigger_erase_stored_responses_8b20b AFTER DELETE ON organizations_user REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_erase_stored_responses_truncate_6da59 BEFORE TRUNCATE ON organizations_user FOR EACH STATEMENT EXECUTE FUNCTION erase_stored_responses();
CREATE TRIGGER pgtrigger_initial_revision_1490d BEFORE INSERT ON organizations_user FOR EACH ROW WHEN (((new.revision <> 1) OR (new.updated_at <> statement_timestamp()))) EXECUTE FUNCTION set_initial_revision();
CREATE TRIGGER pgtrigger_record_delete_8483e AFTER DELETE ON organizations_user REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('user', 'organization_id', '{last_login,password}');
CREATE TRIGGER pgtrigger_record_insert_e7e73 AFTER INSERT ON organizations_user REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('user', 'organization_id', '{last_login,password}');
CREATE TRIGGER pgtrigger_record_truncate_a408a BEFORE TRUNCATE ON organizations_user FOR EACH STATEMENT EXECUTE FUNCTION record_truncation('user', 'organization_id', '{last_login,password}');
CREATE TRIGGER pgtrigger_record_update_71b3a AFTER UPDATE ON organizations_user REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_changes('user', 'organization_id', '{last_login,password}');
CREATE TRIGGER pgtrigger_link_delete_c63a2 AFTER DELETE ON organizations_user_groups REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'groups', 'user_id', 'group_id', 'group_name');
CREATE TRIGGER pgtrigger_link_insert_8b6be AFTER INSERT ON organizations_user_groups REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'groups', 'user_id', 'group_id', 'group_name');
CREATE TRIGGER pgtrigger_link_truncate_d8462 BEFORE TRUNCATE ON organizations_user_groups FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'groups', 'user_id', 'group_id', 'group_name');
CREATE TRIGGER pgtrigger_link_update_0f252 AFTER UPDATE ON organizations_user_groups REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'groups', 'user_id', 'group_id', 'group_name');
CREATE TRIGGER pgtrigger_link_delete_67fb9 AFTER DELETE ON organizations_user_staff_organizations REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'staff_organizations', 'user_id', 'organization_id', 'organization_name');
CREATE TRIGGER pgtrigger_link_insert_53109 AFTER INSERT ON organizations_user_staff_organizations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'staff_organizations', 'user_id', 'organization_id', 'organization_name');
CREATE TRIGGER pgtrigger_link_truncate_0c928 BEFORE TRUNCATE ON organizations_user_staff_organizations FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'staff_organizations', 'user_id', 'organization_id', 'organization_name');
CREATE TRIGGER pgtrigger_link_update_861f6 AFTER UPDATE ON organizations_user_staff_organizations REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'staff_organizations', 'user_id', 'organization_id', 'organization_name');
CREATE TRIGGER pgtrigger_link_delete_1d9fb AFTER DELETE ON organizations_user_user_permissions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'user_permissions', 'user_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_insert_555eb AFTER INSERT ON organizations_user_user_permissions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'user_permissions', 'user_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_truncate_fbe0c BEFORE TRUNCATE ON organizations_user_user_permissions FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'user_permissions', 'user_id', 'permission_id', 'permission_name');
CREATE TRIGGER pgtrigger_link_update_77202 AFTER UPDATE ON organizations_user_user_permissions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_links('user', 'user_permissions', 'user_id', 'permission_id', 'permission_name');

REVOKE DELETE, TRUNCATE, UPDATE ON fluxrate_event FROM CURRENT_USER;
REVOKE EXECUTE ON FUNCTION rewrite_history(uuid,uuid,timestamp with time zone,text) FROM PUBLIC;

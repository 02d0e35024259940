-- The search's functions. They are IMMUTABLE, so that indexes and generated columns may
-- hold their results. They call only functions of pg_catalog, or have a bound body or a
-- search path, so that a restore finds what they call.

-- Text without case, marks and styles of quotes, as customers/search/normalization.py folds it.
-- With a higher COST the planner would start workers to read names in order, though an
-- index has them folded.
CREATE FUNCTION customer_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS $$
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
$$;

-- The text that the search reads, from folded fields: each field on a line; then their
-- words between spaces; then the digits of the phone. The words include pairs of adjacent
-- letters in scripts without spaces, and words without their apostrophes. The digits leave
-- out the zeros that only dialling needs.
CREATE FUNCTION customer_search_lines(
    name text, email text, external_id text, phone text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- customers_customer.search_text.
CREATE FUNCTION customer_search_text(
    name text, email text, external_id text, phone text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN customer_search_lines(customer_fold(name), customer_fold(email),
                             customer_fold(external_id), customer_fold(phone));

-- A row's keys for a search over all organizations; customers/search/everywhere.py
-- describes them. A phone has one for its end and none for its words. COST is the time
-- that they take to compute, beside reading a page.
CREATE FUNCTION customer_search_everywhere(text text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
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
$$;

-- The hashes of keys to search for. PARALLEL UNSAFE keeps the search in one process: the
-- planner would start workers even for parts that seldom run.
CREATE FUNCTION customer_search_hashes(texts text[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL UNSAFE
RETURN (SELECT array_agg(hashtextextended(text, 0)) FROM unnest(texts) AS text);

-- A row's keys for a search in its organization, as customers/search/terms.py describes
-- them: the hashed trigrams of its words and digits, which are those of the whole text.
-- COST is the time that they take to compute (20 microseconds), beside reading a page.
--
-- PL/pgSQL, with the search path of its creation for pg_trgm: an SQL function would be read
-- for each statement that writes, before PostgreSQL sees that it cannot inline it.
CREATE FUNCTION customer_search_keys(organization uuid, text text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500
SET search_path FROM CURRENT AS $$
BEGIN
    RETURN ARRAY(
        SELECT hashtextextended(gram, uuid_hash_extended(organization, 0))
        FROM unnest(show_trgm(split_part(text, E'\n ', -1))) AS gram);
END
$$;

-- The keys that all the texts have in common. PARALLEL UNSAFE: as customer_search_hashes.
CREATE FUNCTION customer_search_terms(organization uuid, texts text[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL UNSAFE
RETURN (
    SELECT coalesce(array_agg(hashtextextended(
        gram, uuid_hash_extended(organization, 0))), '{}')
    FROM (SELECT gram FROM unnest(texts) AS term (text), unnest(show_trgm(text)) AS gram
          GROUP BY gram HAVING count(*) = cardinality(texts)) AS common
);

-- The names of the optional fields that a customer does not have, for `missing=` filters.
-- PL/pgSQL: an SQL function would be read and planned for each statement that writes.
CREATE FUNCTION customer_missing(
    external_id text, phone text, line1 text, line2 text,
    city text, state text, country text, postal_code text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

from django.db import migrations

# As in 0005_search, but for the signs between words: there are more of them, and where
# all letters are ASCII, only those that are ASCII are looked for. Full-width digits of a
# phone are digits.
FUNCTION = r"""
CREATE OR REPLACE FUNCTION customer_search_text(
    name text, email text, external_id text, phone text)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    signs text := E'\t\n\r-_.,@+\'"()/&%#:;!?*=|\\<>[]{}~^$`';
    folded text := concat_ws(E'\n', name, email, external_id, phone);
    digits text := coalesce(phone, '');
BEGIN
    IF octet_length(folded) = char_length(folded) THEN
        folded := lower(folded);
    ELSE
        signs := signs || U&'\00a1\00a2\00a3\00a5\00a6\00a7\00a9\00ab\00ac\00ae\00b0\00b1'
            || U&'\00b6\00b7\00bb\00bf\00d7\00f7\200b\200c\200d\200e\200f\2010\2012\2013'
            || U&'\2014\2015\2018\2019\201a\201b\201c\201d\201e\201f\2020\2021\2022\2027'
            || U&'\2028\2029\2030\2032\2033\2039\203a\2043\2044\20ac\2116\2190\2192\2212'
            || U&'\2215\2219\2605\2606\3001\3002\3008\3009\300a\300b\300c\300d\300e\300f'
            || U&'\3010\3011\30fb\feff';
        folded := regexp_replace(normalize(folded, NFKD), '[\u0300-\u036f]', '', 'g');
        folded := regexp_replace(lower(folded), '[\u0300-\u036f]', '', 'g');
        folded := translate(folded, U&'\00f8\0142\0111\00f0\0127\0167\0131\03c2',
                            U&'olddhti\03c3');
        folded := replace(replace(replace(folded, U&'\00df', 'ss'), U&'\00e6', 'ae'),
                          U&'\0153', 'oe');
        digits := normalize(digits, NFKD);
    END IF;
    RETURN E'\n' || folded || E'\n '
        || translate(folded, signs, repeat(' ', length(signs))) || E' \n'
        || regexp_replace(digits, '[^0-9]', '', 'g');
END
$$;
"""
# What is kept is computed anew where it is another now: no change, and so no event.
AGAIN = """
UPDATE customers_customer SET name = name
WHERE search_text <> customer_search_text(name, email, external_id, phone);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_search_keys'),
    ]

    operations = [
        # 0005_search's would find less, and no customer is lost by keeping this one.
        migrations.RunSQL(FUNCTION + AGAIN, migrations.RunSQL.noop),
    ]

-- Whether a text has a visible character; fluxrate/invisible.py has the same pattern.
--
-- PostgreSQL reads the expressions of all constraints for each statement that writes. A
-- pattern of this length costs more to read than to apply; PL/pgSQL reads it once. Nearly
-- every text begins with visible ASCII, which is asked first.
CREATE FUNCTION has_visible_character(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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
END $$;

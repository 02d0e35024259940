-- Whether a text can be an email address: something, an @, and a domain. It accepts all that
-- `validate_email` in fluxrate/text.py accepts, and refuses what no address looks like.
-- PL/pgSQL keeps its plan; an SQL function would be planned for each statement.
CREATE FUNCTION is_email_address(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN value ~ ('^[^[:cntrl:]]+@(localhost|\[[0-9A-Fa-f:.]+\]'
        || '|([^@[:space:][:cntrl:].]+\.)+[^@[:space:][:cntrl:].]+)$');
END $$;

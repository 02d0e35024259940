-- Names for the rows of Django's groups and permissions in events. record_links() calls
-- them; events must not depend on numbers that other installations do not share.

-- The name of a group.
CREATE FUNCTION group_name(number bigint) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce((SELECT name FROM auth_group WHERE id = number), number::text)
$$;

-- A permission as app_label.codename.
CREATE FUNCTION permission_name(number bigint) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT coalesce((
        SELECT app_label || '.' || codename
        FROM auth_permission JOIN django_content_type AS type ON type.id = content_type_id
        WHERE auth_permission.id = number), number::text)
$$;

-- An organization's name and id: names are not unique. Its table is created later.
CREATE FUNCTION organization_name(key uuid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN coalesce((
        SELECT name || ' (' || id || ')' FROM organizations_organization WHERE id = key),
        key::text);
END
$$;

-- Billing periods, as customers/billing_periods.py computes them. They compute in UTC, so
-- that no session's time zone matters, and are plain SQL, which PostgreSQL inlines.

-- The start of the period that begins `steps` intervals after the anchor.
CREATE FUNCTION billing_boundary(
    anchor timestamptz, billing_interval text, steps integer
) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (anchor AT TIME ZONE 'UTC' + steps * CASE billing_interval
        WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
        WHEN 'month' THEN interval '1 month' WHEN 'year' THEN interval '12 months'
    END) AT TIME ZONE 'UTC'
$$;

-- The number of intervals from the anchor to the boundary that is nearest to a time: a
-- pause may leave a period's end some days beside its boundary.
CREATE FUNCTION billing_steps(
    anchor timestamptz, billing_interval text, boundary timestamptz
) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- The first boundary after a time.
CREATE FUNCTION billing_boundary_after(
    anchor timestamptz, billing_interval text, moment timestamptz
) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE WHEN nearest > moment THEN nearest
        ELSE billing_boundary(anchor, billing_interval, steps + 1) END
    FROM (SELECT billing_steps(anchor, billing_interval, moment) AS steps) AS counted
    CROSS JOIN LATERAL (
        SELECT billing_boundary(anchor, billing_interval, steps) AS nearest) AS boundary
);

-- Whether a route's years are full: {start_lo} to {start_hi} is when they begin, ready_lo to ready_hi the day from which they are full.
SELECT *, {tenure_not_met} AS tenure_not_met, {tenure_unknown} AS tenure_unknown
FROM (
    -- the first and the last day of the interval are one where the date is a whole one
    SELECT *, CASE WHEN {ready_from_lo} = {ready_from_hi} THEN ready_hi ELSE ({ready_from_lo} + to_months({months}))::DATE END AS ready_lo
    FROM (
        SELECT *, ({ready_from_hi} + to_months({months}))::DATE AS ready_hi
        FROM (
            SELECT *, {start_lo} AS start_lo, {start_hi} AS start_hi
            FROM (SELECT *, {credential_lo} AS credential_lo, {credential_hi} AS credential_hi FROM in_play)
        )
    )
)

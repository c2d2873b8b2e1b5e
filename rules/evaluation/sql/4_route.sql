-- The verdicts of one route: a row for each person who holds, or may hold, what it needs. rules/evaluation/routes.py puts the route's own in.
-- {clause}
SELECT
    pid, {route} AS route, target,
    {outcome} AS outcome,
    {told}
FROM (
    SELECT *, {tenure} AS tenure
    FROM (
        SELECT *, {ready_on} AS ready_on, {ready_first} AS ready_first
        FROM (
            SELECT
                pid, as_of,
                {target} AS target,
                {held} AS held,
                {columns},
                {years}
            FROM {standing}
            WHERE {in_play}
        )
    )
)

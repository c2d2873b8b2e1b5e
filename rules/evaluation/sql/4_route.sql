-- The verdicts of one route: a row for each person who holds what it needs. Masks and dates only; the words are joined on at export.
-- rules/evaluation/routes.py puts the route's own figures in: {need_rank}, {aim} and so on; {tenure} is 4_years.sql where the route asks for years,
-- {outcome} 4_outcome.sql, {told} 4_told.sql or what else is asked for.
(WITH in_play AS (SELECT *, {aim} AS aim FROM standing_{table} WHERE {in_play})
SELECT pid, {route_no} AS route_no, aim AS target_rank, {outcome} AS outcome{told}
FROM ({tenure}))

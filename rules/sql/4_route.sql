-- The verdicts of one route: a row for each person who holds what it needs. Masks and dates only; the words are joined on at export.
-- rules/routes.py puts the route's own figures in: {need_rank}, {aim} and so on; {tenure} is 4_years.sql where the route asks for years.
(WITH in_play AS (
    SELECT
        *, {aim} AS aim, {months} AS months,
        failing_{group_no} AS failing, lacking_{group_no} AS lacking, settled_{group_no} AS settled
    FROM standing_{table} WHERE {in_play}
)
SELECT
    pid, {route_no} AS route_no, aim AS target_rank, '{direction}' AS direction,
    CASE
        WHEN held_rank >= aim THEN 4
        WHEN settled = 5 THEN 5
        WHEN tenure_not_met <> 0 THEN 3
        WHEN tenure_unknown & {fail_unknown} <> 0 THEN 5
        WHEN settled = 2 THEN 2
        WHEN tenure_unknown & {verify_unknown} <> 0 THEN 2
        ELSE {good}
    END::UTINYINT AS outcome,
    {ready_on} AS ready_on,
    (failing | tenure_not_met)::USMALLINT AS not_met,
    (lacking | tenure_unknown)::USMALLINT AS unknown,
    (((lacking | tenure_unknown) & {review_unknown})
        | CASE WHEN aim IS NOT NULL AND held_rank IS NULL THEN 1024 ELSE 0 END | {notes})::USMALLINT AS review,
    ({settings} | {tenure_settings} | {no_title_settings}
        | CASE WHEN own_rank > {need_rank_or_none} THEN 1 ELSE 0 END)::UINTEGER AS settings,
    months, failing::INTEGER AS failing, lacking::INTEGER AS lacking, tenure_unknown, {rule_no} AS rule_no
FROM ({tenure}))

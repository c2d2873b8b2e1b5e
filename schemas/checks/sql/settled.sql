-- rows_raw with the facts that are in conflict as unknown (unsettled). A level is then anything up to the highest that is told, and held by nobody for
-- sure (state either; one undated credential from rank 0), and all honours told are in doubt: their routes are in play. Where files say different
-- things 岗位类别, which all routes ask, is unknown too, so that none is more than unverified: which of the files is the unit's own nobody knows.
SELECT r.* REPLACE (
    CASE WHEN NOT coalesce(u.of_several_files OR list_contains(u.fields, 'post'), false) THEN r.post END AS post,
    {words},
    {days},
    CASE WHEN list_contains(u.fields, 'away_months') THEN NULL ELSE r.away_months END AS away_months,
    CASE WHEN list_contains(u.fields, 'away_months') THEN 'unknown' ELSE r.away_months_state END AS away_months_state,
    {levels},
    CASE WHEN u.pid IS NULL THEN r.credentials ELSE nullif({credentials}, []) END AS credentials,
    CASE WHEN u.unread IS NULL THEN r.unread ELSE list_sort(list_distinct(coalesce(r.unread, []) || u.unread)) END AS unread,
    CASE WHEN u.pid IS NULL THEN r.assessments
        ELSE list_filter(r.assessments, lambda a: NOT list_has_any(u.fields, ['assessment_' || a.year, 'recent_grades'])) END AS assessments,
    CASE WHEN list_contains(u.fields, 'honours') THEN NULL ELSE r.honours END AS honours,
    CASE WHEN list_contains(u.fields, 'honours') THEN u.honours ELSE r.honours_in_doubt END AS honours_in_doubt)
FROM rows_raw AS r LEFT JOIN unsettled AS u USING (pid)

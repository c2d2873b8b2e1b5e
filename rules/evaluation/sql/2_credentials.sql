-- What each person holds on the as-of day: a row for each certificate and each title, as the lists in the roster's rows tell them.
-- Of what is dated wholly after the day something below may be held then, for levels are reached in order, or nothing; undated.
-- In: facts.
CREATE OR REPLACE TABLE credentials AS
SELECT
    pid, told.track AS track, dated_later,
    CASE WHEN dated_later THEN 0 ELSE told.rank_lo END AS rank_lo,
    CASE WHEN dated_later THEN told.rank_hi - 1 ELSE told.rank_hi END AS rank_hi,
    CASE WHEN NOT dated_later THEN told.day_lo END AS day_lo,
    CASE WHEN NOT dated_later THEN told.day_hi END AS day_hi,
    dated_later OR told.day_lo IS NULL AS untold, dated_later OR told.day_lo IS NULL AS certificate_untold,
    told.occupation AS occupation,
    -- a certificate that names no occupation is one of the present; so are all where the roster does not tell the present one, but where they
    -- are of several occupations: null
    CASE WHEN told.occupation IS NULL OR NOT of_several_occupations
        THEN coalesce(told.occupation = occupation_key, true) END AS of_present_occupation,
    told.series = '工程系列' AS engineering,  -- null where the series is not known
    alone,  -- the only one of its track
    -- what leaves open what is held: a rank in part (初级), what was held before a later date, a series that is not known; beside others
    -- a trade, or another series
    dated_later OR told.rank_lo <> told.rank_hi OR (told.track = 'title' AND told.series IS NULL)
        OR (NOT alone AND (told.occupation IS NOT NULL OR coalesce(told.series <> '工程系列', false))) AS in_doubt
FROM (
    SELECT pid, occupation_key, told, alone, of_several_occupations,
        coalesce(told.day_lo >= CASE told.track WHEN 'skill' THEN skill_counts_before ELSE title_counts_before END, false) AS dated_later
    FROM (
        SELECT pid, skill_counts_before, title_counts_before, occupation_key, of_several_occupations, unnest(credentials) AS told,
            len(credentials) = 1 OR (len(credentials) = 2 AND credentials[1].track <> credentials[2].track) AS alone
        FROM facts
    )
);

CREATE OR REPLACE TABLE doubtful AS SELECT DISTINCT pid, track FROM credentials WHERE in_doubt;

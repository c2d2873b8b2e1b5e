-- What each person holds on the as-of day: a row for each certificate and each title, as the lists in the roster's rows tell them.
-- Of what is dated wholly after the day something below may be held then, for levels are reached in order, or nothing; undated.
-- in_doubt: whether what the person holds on the track may be one thing or another: ranks in part (初级), what was held before a later date, titles of
-- a series that is another or not known beside others, several trades.
-- In: facts.
CREATE OR REPLACE TABLE credentials AS
SELECT
    pid, told.track AS track, dated_later,
    CASE WHEN dated_later THEN 0 ELSE told.rank_lo END AS rank_lo,
    CASE WHEN dated_later THEN told.rank_hi - 1 ELSE told.rank_hi END AS rank_hi,
    CASE WHEN NOT dated_later THEN told.day_lo END AS day_lo,
    CASE WHEN NOT dated_later THEN told.day_hi END AS day_hi,
    told.occupation AS occupation,
    -- a certificate that names no occupation is one of the present; so are all where the roster does not tell the present one
    coalesce(told.occupation = occupation_key, true) AS of_present_occupation,
    told.series = '工程系列' AS engineering,  -- null where the series is not known
    CASE
        WHEN others IS NULL THEN dated_later OR told.rank_lo <> told.rank_hi OR (told.track = 'title' AND told.series IS NULL)
        ELSE len([one FOR one IN others IF one.track = told.track
                AND (coalesce(one.day_lo > as_of, false) OR one.rank_lo <> one.rank_hi OR (one.track = 'title' AND one.series IS NULL))]) > 0
            OR len(list_distinct([coalesce(CASE WHEN one.track = 'skill' THEN one.occupation ELSE (one.series = '工程系列')::VARCHAR END, '')
                FOR one IN others IF one.track = told.track])) > 1
    END AS in_doubt
FROM (
    SELECT pid, as_of, occupation_key, others, told, coalesce(told.day_lo > as_of, false) AS dated_later
    FROM (SELECT pid, as_of, occupation_key, unnest(credentials) AS told, CASE WHEN len(credentials) > 1 THEN credentials END AS others FROM facts)
);

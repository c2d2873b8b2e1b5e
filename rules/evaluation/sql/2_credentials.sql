-- What each person holds on the as-of day: a row for each certificate and each title, as lists in the roster's rows tell them.
-- A level is what it surely is (*_sure) and what it may be (*_possible): 初级 may be 技术员 or 助理工程师. Days are null where none is known.
-- In: facts.
CREATE OR REPLACE TABLE credentials AS
SELECT
    pid,
    -- dated wholly after the as-of day: not held then, but levels are reached in order, so that it is something below, or nothing; undated
    dated_later,
    CASE WHEN NOT dated_later THEN told.day_lo END AS day_lo,
    CASE WHEN NOT dated_later THEN told.day_hi END AS day_hi,
    CASE WHEN track = 'skill' THEN CASE WHEN dated_later THEN '无' ELSE skill_of_rank(told.rank_lo) END END::skill_level AS skill_sure,
    CASE WHEN track = 'skill'
        THEN CASE WHEN dated_later THEN below_skill_level(skill_of_rank(told.rank_hi)) ELSE skill_of_rank(told.rank_hi) END END AS skill_possible,
    CASE WHEN track = 'title' THEN CASE WHEN dated_later THEN '无' ELSE title_of_rank(told.rank_lo) END END::title_level AS title_sure,
    CASE WHEN track = 'title'
        THEN CASE WHEN dated_later THEN below_title_level(title_of_rank(told.rank_hi)) ELSE title_of_rank(told.rank_hi) END END AS title_possible,
    -- a certificate that names no occupation is one of the present; so are all where the roster does not tell the present one
    track = 'skill' AND coalesce(told.occupation = occupation_key, true) AS of_present_occupation,
    -- the highest level that a certificate of another trade may be of: at or below it, this one says nothing of the way there
    CASE WHEN others IS NOT NULL AND told.occupation IS NOT NULL THEN coalesce(skill_of_rank(list_max(
        [other.rank_hi FOR other IN others IF other.track = 'skill' AND other.occupation <> told.occupation])), '无') ELSE '无' END::skill_level
        AS skill_of_another_trade,
    track = 'title' AND coalesce(told.series = '工程系列', false) AS engineering,
    track = 'title' AND coalesce(told.series <> '工程系列', false) AS of_another_series,
    -- of a title of another series, the highest that one may be that can serve: up to there it tells of no years
    CASE WHEN of_another_series AND others IS NOT NULL THEN coalesce(title_of_rank(list_max(
        [other.rank_hi FOR other IN others IF other.track = 'title' AND coalesce(other.series = '工程系列', true)])), '无') ELSE '无' END::title_level
        AS serving_title
FROM (
    SELECT pid, told, told.track AS track, occupation_key, others,
        coalesce(told.day_lo >= CASE told.track WHEN 'skill' THEN skill_counts_before ELSE title_counts_before END, false) AS dated_later
    FROM (
        SELECT pid, skill_counts_before, title_counts_before, occupation_key, unnest(credentials) AS told, CASE WHEN len(credentials) > 1 THEN credentials END AS others FROM facts
    )
);

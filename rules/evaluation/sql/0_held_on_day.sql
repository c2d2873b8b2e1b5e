-- The people of each award as they stood on its day: what was held before it, and what was awarded.
-- In: rows, award_days; readings, of each policy_no: same_day, whether a credential dated on the day itself was held, and nothing, what
-- is so where no earlier level is told. Of what rules/evaluation/retrospective.py puts in: {award_title} and {award_skill}, the ranks awarded.
-- Makes rows_on_day: rows as they stood, and as_of, policy_no (null: not judged), cut (fields that do not count as they are filled in),
-- not_known (tracks of which it is not known what was held), rests_on_award_day (whether a credential is of the very day).
CREATE OR REPLACE TEMP TABLE dated_levels AS  -- the earlier of two dates of one level; no level above the present one
SELECT pid, track, rank, min(lo) AS lo, min(hi) AS hi
FROM (SELECT pid, skill_state, skill_rank::INTEGER AS own_skill, title_state, title_rank::INTEGER AS own_title, unnest([
        {'track': 'skill', 'rank': skill_rank::INTEGER, 'lo': skill_date_lo::DATE, 'hi': skill_date_hi::DATE},
        {'track': 'skill', 'rank': 3, 'lo': skill_3_date_lo::DATE, 'hi': skill_3_date_hi::DATE},
        {'track': 'skill', 'rank': 4, 'lo': skill_4_date_lo::DATE, 'hi': skill_4_date_hi::DATE},
        {'track': 'skill', 'rank': 5, 'lo': skill_5_date_lo::DATE, 'hi': skill_5_date_hi::DATE},
        {'track': 'title', 'rank': title_rank::INTEGER, 'lo': title_date_lo::DATE, 'hi': title_date_hi::DATE},
        {'track': 'title', 'rank': 2, 'lo': title_2_date_lo::DATE, 'hi': title_2_date_hi::DATE},
        {'track': 'title', 'rank': 3, 'lo': title_3_date_lo::DATE, 'hi': title_3_date_hi::DATE},
        {'track': 'title', 'rank': 4, 'lo': title_4_date_lo::DATE, 'hi': title_4_date_hi::DATE}
    ], recursive := true) FROM rows WHERE bucket = 'evaluated')
WHERE lo IS NOT NULL AND rank >= 1
    AND CASE track WHEN 'skill' THEN skill_state = 'known' AND rank <= own_skill ELSE title_state = 'known' AND rank <= own_title END
GROUP BY pid, track, rank;

CREATE OR REPLACE TEMP TABLE awards AS  -- what was awarded, by rank; *_given: the level whose certificate is of the day itself
SELECT *, {award_title} AS award_title, {award_skill} AS award_skill
FROM (
    SELECT r.pid, d.day, d.policy_no, r.skill_state, r.skill_rank::INTEGER AS skill_rank, r.title_state, r.title_rank::INTEGER AS title_rank,
        coalesce(r.title_named_series, r.title_series) AS series,
        CASE WHEN r.claimed_title_state = 'known' THEN r.claimed_title_rank::INTEGER END AS claimed_title,
        CASE WHEN r.claimed_skill_state = 'known' THEN r.claimed_skill_rank::INTEGER END AS claimed_skill,
        title_given, skill_given
    FROM rows AS r JOIN award_days AS d USING (pid) LEFT JOIN (
        SELECT pid, max(rank) FILTER (track = 'title') AS title_given, max(rank) FILTER (track = 'skill') AS skill_given
        FROM dated_levels JOIN award_days USING (pid) WHERE lo = day AND hi = day GROUP BY pid
    ) USING (pid)
    WHERE d.problem IS NULL
);

CREATE OR REPLACE TEMP TABLE stood AS  -- a row a person and track: dates before ``edge`` were before the award
WITH tracks AS (
    SELECT pid, 'skill' AS track, CASE WHEN skill_state = 'known' THEN skill_rank END AS own, day, award_skill IS NOT NULL AS awarded,
        policy_no
    FROM awards
    UNION ALL
    SELECT pid, 'title', CASE WHEN title_state = 'known' THEN title_rank END, day, award_title IS NOT NULL, policy_no FROM awards
),
edged AS (SELECT *, day + CASE WHEN same_day AND NOT awarded THEN 1 ELSE 0 END AS edge FROM tracks JOIN readings USING (policy_no)),
dated AS (
    SELECT pid, track, any_value(own) AS own, any_value(edge) AS edge, any_value(nothing) AS nothing,
        coalesce(bool_or(rank = own), false) AS own_dated,
        max(rank) FILTER (hi < edge) AS sure, max(rank) FILTER (lo < edge) AS possible,
        arg_max(lo, rank) FILTER (hi < edge) AS sure_lo, arg_max(hi, rank) FILTER (hi < edge) AS sure_hi,
        coalesce(bool_or((lo = day OR hi = day) AND NOT awarded), false) AS on_the_day
    FROM edged LEFT JOIN dated_levels USING (pid, track)
    GROUP BY pid, track
)
SELECT *,
    CASE
        WHEN own IS NULL OR own = sure THEN 'as_told'
        WHEN NOT own_dated THEN 'unknown'
        WHEN possible IS NULL THEN nothing
        WHEN possible = sure THEN 'lower'
        ELSE 'unknown'
    END AS standing,
    own_dated AND possible IS NULL AS nothing_known
FROM dated;

CREATE OR REPLACE TABLE rows_on_day AS
SELECT r.* REPLACE ({replaced}),
    a.day AS as_of,
    a.policy_no,
    list_filter([{cut}], lambda x: x IS NOT NULL) AS cut,
    list_filter(
        [CASE WHEN s.standing = 'unknown' THEN 'skill' END, CASE WHEN t.standing = 'unknown' THEN 'title' END],
        lambda x: x IS NOT NULL) AS not_known,
    coalesce(s.on_the_day OR t.on_the_day, false) AS rests_on_award_day
FROM rows AS r
LEFT JOIN awards AS a USING (pid)
LEFT JOIN (SELECT * FROM stood WHERE track = 'skill') AS s USING (pid)
LEFT JOIN (SELECT * FROM stood WHERE track = 'title') AS t USING (pid)
ORDER BY as_of, pid;

-- The people of each award as its own day found them: what was awarded, and what then counts as held before it.
-- In: rows, award_days; readings, of each policy_no: same_day, whether a credential dated on the day itself was held.
-- rules/evaluation/retrospective.py puts in the ranks awarded, and the columns of claims that say so.
-- Makes rows_on_day: rows as they stood, and as_of, policy_no (null: not judged), rests_on_award_day (whether a credential is of the very
-- day), skill_counts_before, title_counts_before: what is dated from that day on was not held (rules/evaluation/sql/2_credentials.sql).
CREATE OR REPLACE TEMP TABLE awards AS
WITH given AS (  -- the highest that is dated on the day itself: the award's own certificate
    SELECT pid,
        first(told ORDER BY told.rank_hi DESC, told.rank_lo DESC, coalesce(told.series <> '工程系列', false)) FILTER (told.track = 'title') AS own_title,
        first(told ORDER BY told.rank_hi DESC, told.rank_lo DESC) FILTER (told.track = 'skill') AS own_skill
    FROM (SELECT pid, unnest(credentials) AS told FROM rows) JOIN award_days USING (pid)
    WHERE told.day_lo = day AND told.day_hi = day
    GROUP BY pid
),
told AS (
    SELECT r.pid, d.day, d.policy_no,
        CASE WHEN r.claimed_title_state = 'known' THEN r.claimed_title_rank::INTEGER END AS claimed_title,
        CASE WHEN r.claimed_skill_state = 'known' THEN r.claimed_skill_rank::INTEGER END AS claimed_skill,
        own_title,
        CASE WHEN own_title.rank_lo = own_title.rank_hi THEN own_title.rank_hi::INTEGER END AS title_given,  -- 初级 does not tell which was awarded
        CASE WHEN own_skill.rank_lo = own_skill.rank_hi THEN own_skill.rank_hi::INTEGER END AS skill_given
    FROM rows AS r JOIN award_days AS d USING (pid) LEFT JOIN given USING (pid)
    WHERE d.problem IS NULL
)
SELECT *, {award_title} AS award_title, {award_skill} AS award_skill FROM told;

-- What was awarded was not held before; of the other track that of the day itself counts where the policy says so.
CREATE OR REPLACE TEMP TABLE edges AS
SELECT pid, day,
    day + CASE WHEN same_day AND award_skill IS NULL THEN 1 ELSE 0 END AS skill_counts_before,
    day + CASE WHEN same_day AND award_title IS NULL THEN 1 ELSE 0 END AS title_counts_before
FROM awards JOIN readings USING (policy_no);

CREATE OR REPLACE TABLE rows_on_day AS
SELECT r.* REPLACE (
        {claims},
        -- the roster was written after the day: what has no date, or one that may be later, may not have been held
        [CASE WHEN coalesce(told.day_hi >= CASE told.track WHEN 'skill' THEN skill_counts_before ELSE title_counts_before END, true)
            THEN struct_update(told, rank_lo := 0::TINYINT) ELSE told END FOR told IN r.credentials] AS credentials
    ),
    a.day AS as_of, a.policy_no, skill_counts_before, title_counts_before,
    coalesce(list_bool_or([
        (told.day_lo = a.day OR told.day_hi = a.day) AND CASE told.track WHEN 'skill' THEN award_skill IS NULL ELSE award_title IS NULL END
        FOR told IN r.credentials]), false) AS rests_on_award_day
FROM rows AS r LEFT JOIN awards AS a USING (pid) LEFT JOIN edges USING (pid)
ORDER BY as_of, pid;

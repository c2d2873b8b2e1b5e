-- One row a person and direction: what the person holds on the track that the direction starts from
-- (own_*), what it holds on the track that it leads to (held_rank), and the conditions that are the
-- same on every route of the direction, as bit masks (rules/compile.py: BITS).
-- In: facts, kin (pid, title_relation, study_relation), honours (pid, honour), policy_honours (honour, list), policy_floor (floor_rank).
CREATE OR REPLACE TABLE honour_lists AS
SELECT pid, bit_or(1::INTEGER << list) AS lists
FROM honours JOIN policy_honours USING (honour)
GROUP BY pid;

CREATE OR REPLACE TABLE standing AS
WITH shared AS (
    SELECT
        facts.*,
        coalesce(lists, 0) AS lists,
        title_relation IS NOT NULL AS title_related, study_relation IS NOT NULL AS study_related,
        (integrity IS NULL)::INTEGER * 1 + (in_service IS NULL)::INTEGER * 2 AS unknown_both,
        coalesce(NOT integrity, false)::INTEGER * 1 + coalesce(NOT in_service, false)::INTEGER * 2 AS not_met_both
    FROM facts LEFT JOIN honour_lists USING (pid) LEFT JOIN kin USING (pid)
)
SELECT
    pid, 'skill-to-title' AS direction, lists, person_category, post, major, title_related, study_related,
    work_start_state, work_start_lo, work_start_hi, away_months,
    skill_rank AS own_rank,
    -- 经济师 is no engineering title; a grade of unknown series may be one
    CASE WHEN title_rank = 0 OR title_series = 'other' THEN 0 WHEN title_series = 'engineering' THEN title_rank END AS held_rank,
    skill_lo AS main_lo, skill_hi AS main_hi,
    NULL::DATE AS at_2_lo, NULL::DATE AS at_2_hi,
    skill_3_lo AS at_3_lo, skill_3_hi AS at_3_hi,
    skill_4_lo AS at_4_lo, skill_4_hi AS at_4_hi,
    skill_5_lo AS at_5_lo, skill_5_hi AS at_5_hi,
    NULL::DATE AS certificate_lo, NULL::DATE AS certificate_hi,
    unknown_both + (frontline IS NULL)::INTEGER * 8 + (engineering_field IS NULL)::INTEGER * 16
        + (skill_rank IS NULL)::INTEGER * 32 AS unknown,
    not_met_both + coalesce(NOT frontline, false)::INTEGER * 8 + coalesce(NOT engineering_field, false)::INTEGER * 16
        + coalesce(skill_rank < floor_rank, false)::INTEGER * 32 AS not_met
FROM shared, policy_floor
UNION ALL
SELECT
    pid, 'title-to-skill', lists, person_category, post, major, title_related, study_related,
    work_start_state, work_start_lo, work_start_hi, away_months,
    title_rank,
    CASE WHEN skill_state = 'blank' THEN 0 ELSE skill_rank END,
    title_lo, title_hi,
    title_2_lo, title_2_hi, title_3_lo, title_3_hi, title_4_lo, title_4_hi,
    NULL::DATE, NULL::DATE,
    -- the highest skill certificate's own date: its column, or the history of the same level
    least(skill_lo, CASE skill_rank WHEN 3 THEN skill_3_lo WHEN 4 THEN skill_4_lo WHEN 5 THEN skill_5_lo END),
    least(skill_hi, CASE skill_rank WHEN 3 THEN skill_3_hi WHEN 4 THEN skill_4_hi WHEN 5 THEN skill_5_hi END),
    unknown_both + (title_state = 'known' AND title_series IS NULL)::INTEGER * 128,
    not_met_both + coalesce(title_series = 'other', false)::INTEGER * 128
FROM shared;

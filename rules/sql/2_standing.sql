-- One row a person, for each direction: what the person holds on the track that the direction starts from (own_*), what it holds on
-- the track that it leads to (held_rank), and the conditions that are the same on every route of the direction, as bit masks
-- (rules/compile.py: BITS).
-- In: facts, kin (pid, title_relation, study_relation), honours (pid, honour), policy_honours (honour, list), policy_floor (floor_rank),
-- assessed: of each assessment rule N passed_N and failed_N, put in by rules/evaluate.py; title-to-skill asks for none (四).
CREATE OR REPLACE TABLE honour_lists AS
SELECT pid, bit_or(1::INTEGER << list) AS lists
FROM honours JOIN policy_honours USING (honour)
GROUP BY pid;

CREATE OR REPLACE TABLE standing_skill_to_title AS
SELECT
    pid, coalesce(lists, 0) AS lists, post, work_start_state, work_start_lo, work_start_hi, away_months,
    skill_rank AS own_rank,
    held_title_rank AS held_rank,
    skill_lo AS main_lo, skill_hi AS main_hi,
    NULL::DATE AS at_2_lo, NULL::DATE AS at_2_hi,
    skill_3_lo AS at_3_lo, skill_3_hi AS at_3_hi, skill_4_lo AS at_4_lo, skill_4_hi AS at_4_hi, skill_5_lo AS at_5_lo, skill_5_hi AS at_5_hi,
    {skill_to_title_assessments}
    (integrity IS NULL)::INTEGER * 1 + (in_service IS NULL)::INTEGER * 2 + (frontline IS NULL)::INTEGER * 8
        + (engineering_field IS NULL)::INTEGER * 16 + (skill_rank IS NULL)::INTEGER * 32 AS unknown,
    coalesce(NOT integrity, false)::INTEGER * 1 + coalesce(NOT in_service, false)::INTEGER * 2
        + coalesce(NOT frontline, false)::INTEGER * 8 + coalesce(NOT engineering_field, false)::INTEGER * 16
        + coalesce(skill_rank < floor_rank, false)::INTEGER * 32 AS not_met
FROM facts CROSS JOIN policy_floor LEFT JOIN honour_lists USING (pid) {skill_to_title_joins}
WHERE skill_rank > 0 OR lists > 0;  -- nobody else holds what a route of this direction needs

CREATE OR REPLACE TABLE standing_title_to_skill AS
SELECT
    pid, 0 AS lists, person_category, post, work_start_state, work_start_lo, work_start_hi, away_months,
    title_rank AS own_rank,
    held_skill_rank AS held_rank,
    title_lo AS main_lo, title_hi AS main_hi,
    title_2_lo AS at_2_lo, title_2_hi AS at_2_hi, title_3_lo AS at_3_lo, title_3_hi AS at_3_hi, title_4_lo AS at_4_lo, title_4_hi AS at_4_hi,
    NULL::DATE AS at_5_lo, NULL::DATE AS at_5_hi,
    -- the highest skill certificate's own date: its column, or the history of the same level
    least(skill_lo, CASE skill_rank WHEN 3 THEN skill_3_lo WHEN 4 THEN skill_4_lo WHEN 5 THEN skill_5_lo END) AS certificate_lo,
    least(skill_hi, CASE skill_rank WHEN 3 THEN skill_3_hi WHEN 4 THEN skill_4_hi WHEN 5 THEN skill_5_hi END) AS certificate_hi,
    {title_to_skill_assessments}
    (integrity IS NULL)::INTEGER * 1 + (in_service IS NULL)::INTEGER * 2
        + (title_state = 'known' AND title_series IS NULL)::INTEGER * 128 AS unknown,
    coalesce(NOT integrity, false)::INTEGER * 1 + coalesce(NOT in_service, false)::INTEGER * 2
        + coalesce(title_series = 'other', false)::INTEGER * 128 AS not_met,
    title_relation IS NOT NULL AS title_related,
    CASE WHEN major IS NULL THEN 0 WHEN study_relation IS NOT NULL THEN 4096 ELSE 2048 END AS study_note
FROM facts LEFT JOIN kin USING (pid) {title_to_skill_joins}
WHERE title_rank > 0 OR person_category IS NOT NULL;  -- nobody else holds what a route of this direction needs

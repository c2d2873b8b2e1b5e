-- One row a person, for each direction: what the person holds on the track that the direction starts from (own_*), what it holds on
-- the track that it leads to (held_rank), since when (since_N: the earliest known day of those on which a rank of N or above was
-- reached), and the conditions that are the same on every route of the direction, as bit masks (rules/compile.py: BITS).
-- In: facts, kinships (title_subject, major, occupation, title_relation, study_relation). rules/routes.py puts in who needs to be looked
-- at, the floor, the honour lists, the assessments of each rule N that a route asks for (passed_N, failed_N: how many of its years
-- pass and fail), and of each group of routes that ask the same what 3_conditions.sql says.
CREATE OR REPLACE TABLE standing_skill_to_title AS
SELECT
    pid, own_rank, held_rank, lists, away_months, has_work_start, work_start_lo, work_start_hi, main_lo, main_hi,
    {skill_to_title_conditions}
    least(main_lo, at_3_lo, at_4_lo, at_5_lo) AS since_3_lo, least(main_hi, at_3_hi, at_4_hi, at_5_hi) AS since_3_hi,
    least(main_lo, at_4_lo, at_5_lo) AS since_4_lo, least(main_hi, at_4_hi, at_5_hi) AS since_4_hi,
    least(main_lo, at_5_lo) AS since_5_lo, least(main_hi, at_5_hi) AS since_5_hi,
    least(main_lo, CASE own_rank WHEN 3 THEN at_3_lo WHEN 4 THEN at_4_lo WHEN 5 THEN at_5_lo END) AS certificate_lo,
    least(main_hi, CASE own_rank WHEN 3 THEN at_3_hi WHEN 4 THEN at_4_hi WHEN 5 THEN at_5_hi END) AS certificate_hi
FROM (
    SELECT
        pid, post, away_months, work_start_state <> 'blank' AS has_work_start, work_start_lo, work_start_hi,
        skill_rank AS own_rank, held_title_rank AS held_rank, {lists} AS lists,
        skill_lo AS main_lo, skill_hi AS main_hi,
        -- a date of a level above what is held now does not count
        CASE WHEN skill_rank >= 3 THEN skill_3_lo END AS at_3_lo, CASE WHEN skill_rank >= 3 THEN skill_3_hi END AS at_3_hi,
        CASE WHEN skill_rank >= 4 THEN skill_4_lo END AS at_4_lo, CASE WHEN skill_rank >= 4 THEN skill_4_hi END AS at_4_hi,
        CASE WHEN skill_rank >= 5 THEN skill_5_lo END AS at_5_lo, CASE WHEN skill_rank >= 5 THEN skill_5_hi END AS at_5_hi,
        {skill_to_title_assessments}
        CASE WHEN integrity IS NULL THEN 1 ELSE 0 END | CASE WHEN in_service IS NULL THEN 2 ELSE 0 END
            | CASE WHEN frontline IS NULL THEN 8 ELSE 0 END | CASE WHEN engineering_field IS NULL THEN 16 ELSE 0 END
            | CASE WHEN skill_rank IS NULL THEN 32 ELSE 0 END AS unknown,
        CASE WHEN NOT integrity THEN 1 ELSE 0 END | CASE WHEN NOT in_service THEN 2 ELSE 0 END
            | CASE WHEN NOT frontline THEN 8 ELSE 0 END | CASE WHEN NOT engineering_field THEN 16 ELSE 0 END
            | CASE WHEN skill_rank < {floor_rank} THEN 32 ELSE 0 END AS not_met
    FROM facts WHERE skill_rank > 0 OR honours IS NOT NULL  -- nobody else holds what a route of this direction needs
);

CREATE OR REPLACE TABLE standing_title_to_skill AS
SELECT
    pid, own_rank, held_rank, {professional_columns} away_months, has_work_start, work_start_lo, work_start_hi, main_lo, main_hi,
    title_related, study_note,
    {title_to_skill_conditions}
    least(main_lo, at_2_lo, at_3_lo, at_4_lo) AS since_2_lo, least(main_hi, at_2_hi, at_3_hi, at_4_hi) AS since_2_hi,
    least(main_lo, at_3_lo, at_4_lo) AS since_3_lo, least(main_hi, at_3_hi, at_4_hi) AS since_3_hi,
    least(main_lo, at_4_lo) AS since_4_lo, least(main_hi, at_4_hi) AS since_4_hi,
    certificate_lo, certificate_hi
FROM (
    SELECT
        f.pid, post, away_months, work_start_state <> 'blank' AS has_work_start, work_start_lo, work_start_hi,
        title_rank AS own_rank, held_skill_rank AS held_rank, {professionals}
        title_lo AS main_lo, title_hi AS main_hi,
        CASE WHEN title_rank >= 2 THEN title_2_lo END AS at_2_lo, CASE WHEN title_rank >= 2 THEN title_2_hi END AS at_2_hi,
        CASE WHEN title_rank >= 3 THEN title_3_lo END AS at_3_lo, CASE WHEN title_rank >= 3 THEN title_3_hi END AS at_3_hi,
        CASE WHEN title_rank >= 4 THEN title_4_lo END AS at_4_lo, CASE WHEN title_rank >= 4 THEN title_4_hi END AS at_4_hi,
        -- the highest skill certificate's own date: its column, or the history of the same level
        least(skill_lo, CASE skill_rank WHEN 3 THEN skill_3_lo WHEN 4 THEN skill_4_lo WHEN 5 THEN skill_5_lo END) AS certificate_lo,
        least(skill_hi, CASE skill_rank WHEN 3 THEN skill_3_hi WHEN 4 THEN skill_4_hi WHEN 5 THEN skill_5_hi END) AS certificate_hi,
        {title_to_skill_assessments}
        CASE WHEN integrity IS NULL THEN 1 ELSE 0 END | CASE WHEN in_service IS NULL THEN 2 ELSE 0 END
            | CASE WHEN title_state = 'known' AND title_series IS NULL THEN 128 ELSE 0 END AS unknown,
        CASE WHEN NOT integrity THEN 1 ELSE 0 END | CASE WHEN NOT in_service THEN 2 ELSE 0 END
            | CASE WHEN title_series = 'other' THEN 128 ELSE 0 END AS not_met,
        title_relation IS NOT NULL AS title_related,
        CASE WHEN f.major IS NULL THEN 0 WHEN study_relation IS NOT NULL THEN 4096 ELSE 2048 END AS study_note
    FROM facts AS f LEFT JOIN kinships AS k
        ON k.occupation = f.occupation AND k.title_subject IS NOT DISTINCT FROM f.title_subject AND k.major IS NOT DISTINCT FROM f.major
    WHERE title_rank > 0 OR {professional}  -- nobody else holds what a route of this direction needs
);

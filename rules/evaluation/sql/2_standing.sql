-- One row a person, for each direction: what the person holds on the track that the direction starts from (own_*), what it holds on
-- the track that it leads to (held_rank), the days that the routes' years may run from, and of each group of routes that ask the same
-- what 3_conditions.sql says, as bit masks (rules/evaluation/compile_policy.py: BITS).
-- In: facts, kinships (title_subject, major, occupation, title_relation, study_relation). rules/evaluation/routes.py puts in the floor, the least
-- rank that a route needs, the honour lists, whom or_no_title means, how many of the years of each assessment rule N pass (passed_N),
-- and which columns are asked for.
CREATE OR REPLACE TABLE standing_skill_to_title AS
SELECT
    pid, own_rank, held_rank, lists, {skill_to_title_days} {skill_to_title_conditions}
    away_months, work_start_lo, work_start_hi
FROM (
    SELECT
        *,
        -- the earliest known day of those on which a rank of N or above was reached: least() passes over NULL
        least(main_lo, at_3_lo, at_4_lo, at_5_lo) AS since_3_lo, least(main_hi, at_3_hi, at_4_hi, at_5_hi) AS since_3_hi,
        least(main_lo, at_4_lo, at_5_lo) AS since_4_lo, least(main_hi, at_4_hi, at_5_hi) AS since_4_hi,
        least(main_lo, at_5_lo) AS since_5_lo, least(main_hi, at_5_hi) AS since_5_hi,
        least(main_lo, CASE own_rank WHEN 3 THEN at_3_lo WHEN 4 THEN at_4_lo WHEN 5 THEN at_5_lo END) AS certificate_lo,
        least(main_hi, CASE own_rank WHEN 3 THEN at_3_hi WHEN 4 THEN at_4_hi WHEN 5 THEN at_5_hi END) AS certificate_hi
    FROM (
        SELECT
            pid, skill_rank AS own_rank, held_title_rank AS held_rank, post, assessments,
            {lists} AS lists, {skill_to_title_assessments}
            -- a date of a level above what is held now does not count
            skill_lo AS main_lo, skill_hi AS main_hi,
            CASE WHEN skill_rank >= 3 THEN skill_3_lo END AS at_3_lo, CASE WHEN skill_rank >= 3 THEN skill_3_hi END AS at_3_hi,
            CASE WHEN skill_rank >= 4 THEN skill_4_lo END AS at_4_lo, CASE WHEN skill_rank >= 4 THEN skill_4_hi END AS at_4_hi,
            CASE WHEN skill_rank >= 5 THEN skill_5_lo END AS at_5_lo, CASE WHEN skill_rank >= 5 THEN skill_5_hi END AS at_5_hi,
            away_months,
            -- who gives no start of related work is taken to have always done it
            CASE WHEN work_start_state = 'blank' THEN '-infinity' ELSE work_start_lo END AS work_start_lo,
            CASE WHEN work_start_state = 'blank' THEN '-infinity' ELSE work_start_hi END AS work_start_hi,
            CASE WHEN integrity IS NULL THEN 1 ELSE 0 END | CASE WHEN in_service IS NULL THEN 2 ELSE 0 END
                | CASE WHEN post IS NULL THEN 4 ELSE 0 END | CASE WHEN frontline IS NULL THEN 8 ELSE 0 END
                | CASE WHEN engineering_field IS NULL THEN 16 ELSE 0 END | CASE WHEN skill_rank IS NULL THEN 32 ELSE 0 END AS unknown,
            CASE WHEN NOT integrity THEN 1 ELSE 0 END | CASE WHEN NOT in_service THEN 2 ELSE 0 END
                | CASE WHEN NOT frontline THEN 8 ELSE 0 END | CASE WHEN NOT engineering_field THEN 16 ELSE 0 END
                | CASE WHEN skill_rank < {floor_rank} THEN 32 ELSE 0 END AS not_met
        FROM facts
        WHERE skill_rank >= {skill_to_title_least} OR honours IS NOT NULL  -- nobody else holds what a route of this direction needs
    )
);

CREATE OR REPLACE TABLE standing_title_to_skill AS
SELECT
    pid, own_rank, held_rank, {professional_columns} {title_to_skill_days} {title_to_skill_conditions}
    away_months, work_start_lo, work_start_hi,
    title_relation IS NOT NULL AS title_related,
    CASE WHEN NOT studied THEN 0 WHEN study_relation IS NOT NULL THEN 4096 ELSE 2048 END AS study_note
FROM (
    SELECT
        *,
        least(main_lo, at_2_lo, at_3_lo, at_4_lo) AS since_2_lo, least(main_hi, at_2_hi, at_3_hi, at_4_hi) AS since_2_hi,
        least(main_lo, at_3_lo, at_4_lo) AS since_3_lo, least(main_hi, at_3_hi, at_4_hi) AS since_3_hi,
        least(main_lo, at_4_lo) AS since_4_lo, least(main_hi, at_4_hi) AS since_4_hi
    FROM (
        SELECT
            f.pid, title_rank AS own_rank, held_skill_rank AS held_rank, post, assessments,
            {professionals} {title_to_skill_assessments}
            title_lo AS main_lo, title_hi AS main_hi,
            CASE WHEN title_rank >= 2 THEN title_2_lo END AS at_2_lo, CASE WHEN title_rank >= 2 THEN title_2_hi END AS at_2_hi,
            CASE WHEN title_rank >= 3 THEN title_3_lo END AS at_3_lo, CASE WHEN title_rank >= 3 THEN title_3_hi END AS at_3_hi,
            CASE WHEN title_rank >= 4 THEN title_4_lo END AS at_4_lo, CASE WHEN title_rank >= 4 THEN title_4_hi END AS at_4_hi,
            -- the highest skill certificate's own date: its column, or the history of the same level
            least(skill_lo, CASE skill_rank WHEN 3 THEN skill_3_lo WHEN 4 THEN skill_4_lo WHEN 5 THEN skill_5_lo END) AS certificate_lo,
            least(skill_hi, CASE skill_rank WHEN 3 THEN skill_3_hi WHEN 4 THEN skill_4_hi WHEN 5 THEN skill_5_hi END) AS certificate_hi,
            away_months,
            CASE WHEN work_start_state = 'blank' THEN '-infinity' ELSE work_start_lo END AS work_start_lo,
            CASE WHEN work_start_state = 'blank' THEN '-infinity' ELSE work_start_hi END AS work_start_hi,
            CASE WHEN integrity IS NULL THEN 1 ELSE 0 END | CASE WHEN in_service IS NULL THEN 2 ELSE 0 END
                | CASE WHEN post IS NULL THEN 4 ELSE 0 END
                | CASE WHEN title_state IN ('known', 'either') AND title_series IS NULL THEN 128 ELSE 0 END AS unknown,
            CASE WHEN NOT integrity THEN 1 ELSE 0 END | CASE WHEN NOT in_service THEN 2 ELSE 0 END
                | CASE WHEN title_series = 'other' THEN 128 ELSE 0 END AS not_met,
            title_relation, study_relation, f.major IS NOT NULL AS studied
        FROM facts AS f LEFT JOIN kinships AS k
            ON k.occupation = f.occupation AND k.title_subject IS NOT DISTINCT FROM f.title_subject AND k.major IS NOT DISTINCT FROM f.major
        WHERE title_rank >= {title_to_skill_least} OR {professional}  -- nobody else holds what a route of this direction needs
    )
);

-- What the roster says of each evaluated person, in the words that the rules use.
-- In: rows (one row a person; schemas/batch.py). NULL is unknown throughout.
CREATE OR REPLACE VIEW facts AS
SELECT
    * EXCLUDE (series),
    CASE WHEN series = '工程系列' THEN 'engineering' WHEN series IS NOT NULL THEN 'other' END AS title_series,
    -- what is held on each track, as a target is compared with it: 经济师 is no engineering title; a grade of unknown series may be one
    CASE WHEN title_rank = 0 THEN 0 WHEN series = '工程系列' THEN title_rank WHEN series IS NOT NULL THEN 0 END AS held_title_rank,
    CASE WHEN skill_state = 'blank' THEN 0 WHEN skill_state <> 'either' THEN skill_rank END AS held_skill_rank
FROM (SELECT
    pid,
    person_category,
    post,
    CASE frontline WHEN '是' THEN true WHEN '否' THEN false END AS frontline,
    CASE engineering_field WHEN '是' THEN true WHEN '否' THEN false END AS engineering_field,
    CASE service WHEN '在岗' THEN true WHEN '退休' THEN false WHEN '离职' THEN false END AS in_service,
    CASE integrity WHEN '良好' THEN true WHEN '弄虚作假' THEN false END AS integrity,
    work_start_state, work_start_lo::DATE AS work_start_lo, work_start_hi::DATE AS work_start_hi,
    CASE WHEN away_months_state <> 'unknown' THEN away_months END AS away_months,
    -- rank 0 is «none»; NULL is blank (skill only) or unreadable; of «either» it is the highest that may be held
    CASE WHEN skill_state IN ('none', 'known', 'either') THEN skill_rank END AS skill_rank,
    skill_state,
    CASE WHEN title_state <> 'unknown' THEN title_rank END AS title_rank,
    title_state,
    CASE WHEN title_state = 'known' THEN coalesce(title_named_series, title_series) END AS series,
    major, title_subject, occupation, assessments, honours,
    skill_date_lo::DATE AS skill_lo, skill_date_hi::DATE AS skill_hi,
    skill_3_date_lo::DATE AS skill_3_lo, skill_3_date_hi::DATE AS skill_3_hi,
    skill_4_date_lo::DATE AS skill_4_lo, skill_4_date_hi::DATE AS skill_4_hi,
    skill_5_date_lo::DATE AS skill_5_lo, skill_5_date_hi::DATE AS skill_5_hi,
    title_date_lo::DATE AS title_lo, title_date_hi::DATE AS title_hi,
    title_2_date_lo::DATE AS title_2_lo, title_2_date_hi::DATE AS title_2_hi,
    title_3_date_lo::DATE AS title_3_lo, title_3_date_hi::DATE AS title_3_hi,
    title_4_date_lo::DATE AS title_4_lo, title_4_date_hi::DATE AS title_4_hi
FROM rows
WHERE bucket = 'evaluated');

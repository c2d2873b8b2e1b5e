-- A row a person, for each direction, with all that a route of it asks: of those who hold, or may hold, what the least of them needs.
-- In: facts, held, present, kinships (title_subject, major, occupation, title_relation, study_relation).
-- rules/evaluation/standing.py puts in the needed levels, the lists of honours and the rules of assessments.
CREATE OR REPLACE TABLE standing_skill_to_title AS
SELECT
    pid, as_of, rests_on_award_day,
    coalesce(sure_skill, '无'::skill_level) AS sure_skill, {possible_skill},
    skill_state IN ('blank', 'unknown', 'either') AS skill_not_told,
    coalesce(skill_dated_later, false) AS skill_dated_later,
    -- what is held of what a route leads to; not told where no column of titles is there, or what it says can't be read
    coalesce(sure_engineering, '无'::title_level) AS sure_engineering, {possible_engineering},
    title_state IN ('absent', 'unknown', 'either') AS title_not_told,
    coalesce(title_dated_later, false) AS title_dated_later,
    {honours}{skill_since}{skill_present}
    integrity, service, service_begun, province, post, frontline, engineering_field,
    work_start_lo, work_start_hi, away_months{skill_assessments}{skill_unread}
FROM facts LEFT JOIN held USING (pid){join_skill_present}
WHERE (possible_skill >= {least_skill} OR honours IS NOT NULL OR honours_in_doubt IS NOT NULL){of_policy};

CREATE OR REPLACE TABLE standing_title_to_skill AS
SELECT
    f.pid, as_of, rests_on_award_day,
    coalesce(sure_title, '无'::title_level) AS sure_title, {possible_title},
    coalesce(sure_engineering, '无'::title_level) AS sure_engineering, {possible_engineering}, coalesce(possible_other, '无'::title_level) AS possible_other,
    {untitled},
    coalesce(title_dated_later, false) AS title_dated_later,
    coalesce(sure_certificate, '无'::skill_level) AS sure_certificate, {possible_certificate},
    skill_state IN ('unknown', 'either') AS skill_not_told,
    coalesce(skill_dated_later, false) AS skill_dated_later,
    {title_since}{title_present}
    person_category, integrity, service, service_begun, province, post, frontline, engineering_field,
    work_start_lo, work_start_hi, away_months,
    title_relation IS NOT NULL AS title_related,
    f.major IS NOT NULL AS studied, study_relation IS NOT NULL AS study_related{title_assessments}{title_unread}
FROM facts AS f LEFT JOIN held ON held.pid = f.pid{join_title_present}
LEFT JOIN kinships AS k
    ON k.occupation = f.occupation AND k.title_subject IS NOT DISTINCT FROM f.title_subject AND k.major IS NOT DISTINCT FROM f.major
WHERE (possible_title >= {least_title} OR {professional}){of_policy};

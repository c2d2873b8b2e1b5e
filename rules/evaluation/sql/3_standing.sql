-- A row a person, for each direction, with all that a route of it asks: of those who hold, or may hold, what the least of them needs.
-- In: facts, held_skill, held_title, kinships (title_subject, major, occupation, title_relation, study_relation).
-- rules/evaluation/standing.py puts in what is asked of what is held, the lists of honours and the rules of assessments.

-- facts_and_held: of each person what is told, what is held, and which cells are filled and can't be read
SELECT f.*, held_skill.* EXCLUDE (pid), held_title.* EXCLUDE (pid), title_relation IS NOT NULL AS title_related, study_relation IS NOT NULL AS study_related,
    skill_state IN ('unknown', 'either') OR coalesce(list_contains(unread, 'skill'), false) AS skill_unread,
    title_state IN ('unknown', 'either') OR coalesce(list_contains(unread, 'title'), false) AS title_unread,
    honours IS NOT NULL OR honours_in_doubt IS NOT NULL AS may_be_honoured{asked_of_facts}
FROM {facts} AS f LEFT JOIN held_skill ON held_skill.pid = f.pid LEFT JOIN held_title ON held_title.pid = f.pid
LEFT JOIN kinships AS k
    ON k.occupation = f.occupation AND k.title_subject IS NOT DISTINCT FROM f.title_subject AND k.major IS NOT DISTINCT FROM f.major{of_policy};

-- standing_skill_to_title: from a skill level to a title
SELECT
    pid, as_of, rests_on_award_day,
    {skill_columns},
    -- nothing told of certificates, or nothing that can be read
    skill_unread OR (skill_state = 'blank' AND sure_skill IS NULL) AS skill_not_told,
    {engineering_columns},
    -- no column of titles, or what it says can't be read
    title_state = 'absent' OR title_unread AS title_not_told,
    {honours}integrity, service, service_begun, province, post, frontline, may_be_frontline, engineering_field,
    work_start_lo, work_start_hi, away_months{skill_asked}
FROM facts_and_held
WHERE possible_skill >= {least_skill} OR may_be_honoured;

-- standing_title_to_skill: from a title to a skill level
SELECT
    pid, as_of, rests_on_award_day,
    {title_columns},
    -- whether nothing is held for certain, so that who is a professional may be one without a title (四（一）)
    coalesce(sure_title, '无'::title_level) = '无'::title_level AND title_state <> 'absent' AND NOT title_unread AS may_be_untitled,
    {certificate_columns},
    skill_unread AS skill_not_told,
    person_category, integrity, service, service_begun, province, post, frontline, may_be_frontline, engineering_field,
    work_start_lo, work_start_hi, away_months, title_related,
    major IS NOT NULL AS studied, study_related{title_asked}
FROM facts_and_held
WHERE title_state <> 'absent' AND (possible_title >= {least_title} OR {professional});

-- What the roster says of each evaluated person, in the words that the rules use. NULL is unknown throughout.
-- In: rows (a row a person; schemas/reading/batch.py); of which people and as of which day, rules/evaluation/evaluate.py puts in.
CREATE OR REPLACE VIEW facts AS
SELECT
    pid, file_no, sheet,
    {as_of} AS as_of,
    {policy_no} AS policy_no,  -- the place of the policy that judges the day, where there are several
    {rests_on_award_day} AS rests_on_award_day,  -- whether it matters that a credential is of the very day of an award (回溯审核)
    -- a certificate, a title, counts that is dated before that day: by the day after the as-of day; of what was awarded, by the day itself
    {skill_counts_before} AS skill_counts_before, {title_counts_before} AS title_counts_before,
    person_category,
    CASE integrity WHEN '良好' THEN true WHEN '弄虚作假' THEN false END AS integrity,
    service,  -- the state; service_begun: whether it is so on the as-of day, where the roster tells from when on
    CASE WHEN service_from_hi IS NULL OR as_of >= service_from_hi THEN true WHEN as_of < service_from_lo THEN false END AS service_begun,
    province,
    post,
    CASE frontline WHEN '是' THEN true WHEN '否' THEN false END AS frontline,
    frontline = '是' OR list_contains(unread, 'frontline') AS may_be_frontline,  -- what can't be read may say so
    CASE engineering_field WHEN '是' THEN true WHEN '否' THEN false END AS engineering_field,
    skill_state, title_state,
    credentials, occupation_key,
    -- certificates of several occupations where the roster does not tell the present one: nobody says which of them it is
    CASE WHEN len(credentials) > 1 AND occupation_key IS NULL
        THEN len(list_distinct(list_transform(credentials, lambda c: c.occupation))) > 1 ELSE false END AS of_several_occupations,
    coalesce(skill_date_lo = skill_date_hi, false) AS skill_day_told, coalesce(title_date_lo = title_date_hi, false) AS title_day_told,
    -- where the cell dates one after that day, nobody knows which of them were held: not before its year or month
    CASE WHEN honours_lo::DATE <= as_of OR honours_lo IS NULL THEN honours END AS honours,
    CASE WHEN honours_lo::DATE <= as_of OR honours_lo IS NULL THEN honours_in_doubt
        ELSE nullif(list_sort(list_distinct(coalesce(honours, []) || coalesce(honours_in_doubt, []))), []) END AS honours_in_doubt,
    assessments,  -- by year; recent_grades: of a column for the last years together (近三年年度考核), in their order, or one word for each
    recent_grades,
    post_start_hi::DATE AS post_start_hi,
    -- who gives no start of related work has always done it; one that can't be read may be any day
    CASE WHEN work_start_state IN ('known', 'either') THEN work_start_lo::DATE ELSE DATE '-infinity' END AS work_start_lo,
    CASE WHEN work_start_state = 'blank' THEN DATE '-infinity' ELSE work_start_hi::DATE END AS work_start_hi,
    work_start_state,
    CASE WHEN away_months_state <> 'unknown' THEN away_months END AS away_months,
    unread,  -- the fields that are filled and can't be read
    major, title_subject, occupation
FROM rows
WHERE bucket = 'evaluated'{judged};

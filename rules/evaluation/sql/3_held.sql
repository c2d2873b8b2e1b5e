-- A row for each person who holds anything: what that surely is and may be on each track, and since when each needed level is held.
-- In: credentials. rules/evaluation/standing.py puts in what 3_since.sql asks of each needed level, and what it makes of that.
CREATE OR REPLACE TABLE held AS
SELECT
    pid,
    coalesce(sure_skill, '无'::skill_level) AS sure_skill, coalesce(possible_skill, '无'::skill_level) AS possible_skill,
    coalesce(possible_skill_told, '无'::skill_level) AS possible_skill_told,
    coalesce(sure_certificate, '无'::skill_level) AS sure_certificate, coalesce(possible_certificate, '无'::skill_level) AS possible_certificate,
    coalesce(possible_certificate_told, '无'::skill_level) AS possible_certificate_told,
    coalesce(sure_title, '无'::title_level) AS sure_title, coalesce(possible_title, '无'::title_level) AS possible_title,
    coalesce(possible_title_told, '无'::title_level) AS possible_title_told,
    coalesce(sure_engineering, '无'::title_level) AS sure_engineering, coalesce(possible_engineering, '无'::title_level) AS possible_engineering,
    coalesce(possible_engineering_told, '无'::title_level) AS possible_engineering_told,
    coalesce(possible_other, '无'::title_level) AS possible_other,
    coalesce(skill_dated_later, false) AS skill_dated_later, coalesce(title_dated_later, false) AS title_dated_later{since}
FROM (
    SELECT
        pid,
        -- *_told: but for what is known of a credential that is dated after the as-of day alone
        max(skill_sure) AS sure_skill, max(skill_possible) AS possible_skill, max(skill_possible) FILTER (NOT dated_later) AS possible_skill_told,
        max(skill_sure) FILTER (of_present_occupation) AS sure_certificate,
        max(skill_possible) FILTER (of_present_occupation) AS possible_certificate,
        max(skill_possible) FILTER (of_present_occupation AND NOT dated_later) AS possible_certificate_told,
        max(title_sure) AS sure_title, max(title_possible) AS possible_title, max(title_possible) FILTER (NOT dated_later) AS possible_title_told,
        max(title_sure) FILTER (engineering) AS sure_engineering,
        max(title_possible) FILTER (NOT of_another_series) AS possible_engineering,
        max(title_possible) FILTER (NOT of_another_series AND NOT dated_later) AS possible_engineering_told,
        max(title_possible) FILTER (NOT engineering) AS possible_other,  -- the highest of a series that is another, or not known
        bool_or(dated_later) FILTER (skill_sure IS NOT NULL) AS skill_dated_later,
        bool_or(dated_later) FILTER (title_sure IS NOT NULL) AS title_dated_later{of_levels}
    FROM credentials
    GROUP BY pid
);

-- What certificates a person holds in each world, and the days that the years of each needed level run from there.
-- In: worlds. rules/evaluation/held.py puts in what is asked of each needed level.
CREATE OR REPLACE TABLE worlds_of_skill AS
SELECT
    pid, world,
    max(level) AS skill,
    coalesce(max(level) FILTER (of_present_occupation), '无'::skill_level) AS certificate,
    bool_or(dated_later) AS dated_later,
    bool_or(dated_later AND level > '无'::skill_level) AS rests_on_later{of_levels}
FROM (SELECT *, skill_of_rank(rank) AS level FROM worlds WHERE track = 'skill')
GROUP BY pid, world;

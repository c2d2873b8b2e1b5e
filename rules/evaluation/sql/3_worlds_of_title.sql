-- What titles a person holds in each world, of whatever series and of 工程系列, and the days that the years of each needed title run from there.
-- A title of another series tells of no years where one of 工程系列 is as high as what is needed (serving).
-- In: worlds. rules/evaluation/held.py puts in what is asked of each needed title.
CREATE OR REPLACE TABLE worlds_of_title AS
SELECT
    pid, world,
    max(level) AS title,
    coalesce(max(level) FILTER (engineering), '无'::title_level) AS engineering,
    bool_or(dated_later) AS dated_later,
    bool_or(dated_later AND level > '无'::title_level) AS rests_on_later{of_levels}
FROM (SELECT *, title_of_rank(rank) AS level, title_of_rank(serving_rank) AS serving FROM worlds WHERE track = 'title')
GROUP BY pid, world;

-- What certificates are held, and the days that the years of each needed level run from: a row for each person who holds nothing in doubt, and of the
-- others one for each world. rules/evaluation/held.py puts in whose, and what is asked of each needed level; where each person holds
-- one thing there is nothing to put together: what is asked is asked of that.
SELECT
    {key},
    {max}(level) AS skill,
    coalesce({max}(CASE WHEN of_present_occupation THEN level END), '无'::skill_level) AS certificate,
    {any}(dated_later) AS dated_later,
    {any}(dated_later AND level > '无'::skill_level) AS rests_on_later{of_levels}
FROM (SELECT *, skill_of_rank({rank}) AS level FROM {source})
{together}

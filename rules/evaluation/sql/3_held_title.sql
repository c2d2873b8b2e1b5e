-- What titles are held, of whatever series and of 工程系列, and the days that the years of each needed title run from: rows as in 3_held_skill.sql.
-- A title of another series tells of no years where one of 工程系列 is as high as what is needed (serving), or of the very level (beside_…).
SELECT
    {key},
    {max}(level) AS title,
    coalesce({max}(CASE WHEN engineering THEN level END), '无'::title_level) AS engineering,
    {any}(dated_later) AS dated_later,
    {any}(dated_later AND level > '无'::title_level) AS rests_on_later{of_levels}
FROM (SELECT *, title_of_rank({rank}) AS level, {serving} AS serving{beside} FROM {source})
{together}

-- Since when each person has, in each world, the highest that is held there: the days of the credentials of that level; untold where one has no day.
-- In: worlds, worlds_of_{track}.
CREATE OR REPLACE TABLE {name} AS
SELECT one.pid, one.world, min(day_lo) AS lo, min(day_hi) AS hi, bool_or(day_lo IS NULL) AS untold
FROM worlds AS one JOIN worlds_of_{track} AS held ON held.pid = one.pid AND held.world IS NOT DISTINCT FROM one.world
WHERE one.track = '{track}' AND {track}_of_rank(one.rank) = {highest} AND {highest} > '无'::{track}_level{counts}
GROUP BY one.pid, one.world;

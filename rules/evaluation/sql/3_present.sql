-- Since when each person has the highest that is held (in each world): the days of the credentials of that level; untold where one has no day.
SELECT one.pid, {world}min(day_lo) AS lo, min(day_hi) AS hi, bool_or({untold}) AS untold
FROM {source} AS one JOIN told AS held ON held.pid = one.pid{same_world}
WHERE {is_present}
GROUP BY ALL

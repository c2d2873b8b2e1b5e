-- The most that may be held of who leaves more open than is looked at (too_open): of whatever kind, and of that which counts where one is asked for.
-- ..._told: of what is dated up to the as-of day alone. rules/evaluation/held.py puts in the track.
SELECT
    pid,
    max(level) AS {track},
    coalesce(max(level) FILTER ({of_kind}), '无'::{track}_level) AS {counting},
    coalesce(max(level) FILTER (NOT dated_later), '无'::{track}_level) AS {track}_told,
    coalesce(max(level) FILTER (NOT dated_later AND {of_kind}), '无'::{track}_level) AS {counting}_told,
    bool_or(dated_later) AS dated_later
FROM (SELECT *, {track}_of_rank(rank_hi) AS level FROM told_in_doubt SEMI JOIN too_open USING (pid, track) WHERE track = '{track}')
GROUP BY pid

-- What the alternatives would change. In: profiles (pid, persons); verdicts (pid, route_no, target, outcome) of them, on the routes
-- as they are and on apart (route_no, route, alternative), what an alternative makes of the route as it is; value_of, of a verdict: the
-- outcome before the target, the lower the better; changed, a row for each verdict whose outcome an alternative makes another, with its
-- value as it is and as it would be, null where there is none: here those of the routes apart are added.
-- Out: weights, a row for each alternative that changes anything.
CREATE OR REPLACE VIEW verdicts_now AS
SELECT pid, route_no AS route, value_of(outcome, target) AS value
FROM verdicts ANTI JOIN apart USING (route_no);

INSERT INTO changed
SELECT pid, alternative, route, a.value, b.value
FROM (SELECT pid, alternative, route, value FROM verdicts_now JOIN apart USING (route)) AS a
FULL JOIN (
    SELECT pid, alternative, route, value_of(outcome, target) AS value FROM verdicts JOIN apart USING (route_no)
) AS b USING (pid, alternative, route)
WHERE a.value // 16 IS DISTINCT FROM b.value // 16;

CREATE OR REPLACE TABLE weights AS
WITH results AS (  -- of each profile that an alternative bears on, the best value as it is and as it would be
    SELECT pid, alternative, min(was) AS was, min(now_) AS now_
    FROM (
        SELECT pid, alternative, value AS was, CASE WHEN changed.route IS NULL THEN value ELSE changed.now_ END AS now_
        FROM verdicts_now JOIN (SELECT DISTINCT pid, alternative FROM changed) USING (pid) LEFT JOIN changed USING (pid, alternative, route)
        UNION ALL
        SELECT pid, alternative, NULL, now_ FROM changed WHERE was IS NULL
    ) GROUP BY pid, alternative
)
SELECT alternative, coalesce(persons, 0) AS persons, coalesce(gained, 0) AS gained, coalesce(lost, 0) AS lost, verdicts
FROM (SELECT alternative, sum(len(persons))::BIGINT AS verdicts FROM changed JOIN profiles USING (pid) GROUP BY alternative)
LEFT JOIN (
    SELECT alternative, count(DISTINCT person) AS persons,
        count(DISTINCT person) FILTER (now_ // 16 = 0 AND coalesce(was // 16, 9) <> 0) AS gained,
        count(DISTINCT person) FILTER (was // 16 = 0 AND coalesce(now_ // 16, 9) <> 0) AS lost
    FROM (SELECT alternative, was, now_, unnest(persons) AS person FROM results JOIN profiles USING (pid) WHERE was IS DISTINCT FROM now_)
    GROUP BY alternative
) USING (alternative);

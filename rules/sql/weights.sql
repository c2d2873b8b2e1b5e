-- What one alternative would change. In: told and best (of the audit), verdicts and routes made anew for the people of reached and the
-- routes of reached_routes.
-- altered: a row a person and route whose outcome would be another. weighed: their best result by direction, as told and anew.
CREATE OR REPLACE TABLE anew AS
SELECT v.pid, k.number AS route, v.outcome, v.outcome::INTEGER * 16 + 15 - coalesce(v.target_rank, 0) AS value, v.direction = 'skill-to-title' AS to_title
FROM verdicts AS v JOIN routes AS r USING (route_no) JOIN route_numbers AS k USING (route);

CREATE OR REPLACE TABLE altered AS
SELECT pid, route, coalesce(t.to_title, a.to_title) AS to_title
FROM (SELECT * FROM told SEMI JOIN reached_routes USING (route) SEMI JOIN reached USING (pid)) AS t FULL JOIN anew AS a USING (pid, route)
WHERE t.outcome IS DISTINCT FROM a.outcome;

CREATE OR REPLACE TABLE weighed AS
WITH whose AS (SELECT DISTINCT pid, to_title FROM altered)
SELECT person, was, now_
FROM (
    SELECT pid, to_title, min(value) FILTER (NOT fresh) AS was, min(value) FILTER (counts_now) AS now_
    FROM (
        SELECT pid, to_title, value, false AS fresh, route NOT IN (SELECT route FROM reached_routes) AS counts_now
        FROM told SEMI JOIN whose USING (pid, to_title)
        UNION ALL
        SELECT pid, to_title, value, true, true FROM anew SEMI JOIN whose USING (pid, to_title)
    ) GROUP BY pid, to_title
) JOIN counted USING (pid);

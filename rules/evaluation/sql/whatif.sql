-- Persons before and after a change of the policy.
-- In: stored_persons and stored_verdicts of the audit (rules/evaluation/stored_audit.py), verdict_words and summaries made anew.
-- eligible: a row a person, unit, direction and target, with whether it was and is 符合申报条件.
-- moved: a row a person, unit and direction whose best outcome, or its target, is another now.
CREATE OR REPLACE TABLE named AS  -- a unit by the first name and city that its rows give
SELECT unit_id, first(unit ORDER BY pid) FILTER (unit IS NOT NULL) AS unit, first(city ORDER BY pid) FILTER (city IS NOT NULL) AS unit_city
FROM stored_persons GROUP BY unit_id;

CREATE OR REPLACE TABLE counted AS  -- each person once: not the second row in a unit; and one key over all units
SELECT pid, unit_id, named.unit, unit_city, city, coalesce(person_key, 'row ' || pid) AS person,
    skill_to_title_outcome, skill_to_title_target, title_to_skill_outcome, title_to_skill_target
FROM stored_persons JOIN named USING (unit_id) WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

CREATE OR REPLACE TABLE eligible AS
SELECT unit_id, unit, unit_city, city, person, direction, target, bool_or(NOT anew) AS before, bool_or(anew) AS after
FROM (
    SELECT pid, direction, target, false AS anew FROM stored_verdicts WHERE outcome = 'eligible'
    UNION ALL
    SELECT pid, direction, target, true FROM verdict_words WHERE outcome = 'eligible'
) JOIN counted USING (pid)
GROUP BY ALL;

CREATE OR REPLACE TABLE moved AS
SELECT * FROM (
    SELECT c.person, c.unit_id, c.unit, c.unit_city, c.city, d.direction,
        CASE d.direction WHEN 'skill-to-title' THEN skill_to_title_outcome ELSE title_to_skill_outcome END AS before,
        CASE d.direction WHEN 'skill-to-title' THEN skill_to_title_target ELSE title_to_skill_target END AS before_target,
        coalesce(s.outcome, 'no_route') AS after, s.target AS after_target
    FROM counted AS c
    CROSS JOIN (VALUES ('skill-to-title'), ('title-to-skill')) AS d(direction)
    LEFT JOIN summaries AS s ON s.pid = c.pid AND s.direction = d.direction
) WHERE (before, before_target) IS DISTINCT FROM (after, after_target);

-- Persons before and after a change of the policy.
-- In: stored_persons and stored_verdicts of the audit (rules/stored.py), verdict_words and summaries made anew.
-- eligible: a row a person, unit, direction and target, with whether it was and is 符合申报条件.
-- moved: a row a person and direction whose best outcome is another now.
CREATE OR REPLACE TABLE counted AS  -- each person once: not the second row in a unit; and one key over all units
SELECT pid, unit_id, unit, city, coalesce(person_key, 'row ' || pid) AS person, skill_to_title_outcome, title_to_skill_outcome
FROM stored_persons WHERE bucket = 'evaluated' AND duplicate_of IS NULL;

CREATE OR REPLACE TABLE eligible AS
SELECT unit_id, unit, city, person, direction, target, bool_or(NOT anew) AS before, bool_or(anew) AS after
FROM (
    SELECT pid, direction, target, false AS anew FROM stored_verdicts WHERE outcome = 'eligible'
    UNION ALL
    SELECT pid, direction, target, true FROM verdict_words WHERE outcome = 'eligible'
) JOIN counted USING (pid)
GROUP BY ALL;

CREATE OR REPLACE TABLE moved AS
SELECT * FROM (
    SELECT c.pid, d.direction,
        CASE d.direction WHEN 'skill-to-title' THEN skill_to_title_outcome ELSE title_to_skill_outcome END AS before,
        coalesce(s.outcome, 'no_route') AS after
    FROM counted AS c
    CROSS JOIN (VALUES ('skill-to-title'), ('title-to-skill')) AS d(direction)
    LEFT JOIN summaries AS s ON s.pid = c.pid AND s.direction = d.direction
) WHERE before <> after;

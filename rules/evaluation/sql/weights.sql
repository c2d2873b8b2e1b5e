-- What the alternatives would change. In: moved (alternative, persons: a list of those of one profile; is_other: whether their best result is
-- another, gained, lost: whether it is 符合申报条件 then alone, or now alone; verdicts: of each of them with another outcome).
-- Out: weights, a row for each alternative that changes anything.
CREATE OR REPLACE TABLE weights AS
SELECT alternative, coalesce(persons, 0) AS persons, coalesce(gained, 0) AS gained, coalesce(lost, 0) AS lost, verdicts
FROM (SELECT alternative, sum(verdicts * len(persons))::BIGINT AS verdicts FROM moved GROUP BY alternative)
LEFT JOIN (
    SELECT alternative, count(DISTINCT person) AS persons, count(DISTINCT person) FILTER (gained) AS gained, count(DISTINCT person) FILTER (lost) AS lost
    FROM (SELECT alternative, unnest(persons) AS person, gained, lost FROM moved WHERE is_other)
    GROUP BY alternative
) USING (alternative);

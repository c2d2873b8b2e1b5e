-- Who stands alike in one direction, as far as any route asks, as it is or as an alternative makes it: a profile for all of whom no part tells
-- one from another. They are judged at once, and what any alternative would change of them is added to moved.
-- In: standing_*, counted (pid, person), unread_directions (pid, direction); moved. rules/sensitivity.py puts in {parts}, the query of the parts
-- of the routes by pid; {results}, the columns of what comes of them on each route (null where it is not in play); {best} of those as they are;
-- {alternatives}, a query of profiles_judged for each alternative that bears on the direction.
CREATE OR REPLACE TEMP TABLE profiles AS
SELECT list(person) AS persons, is_unread, parts.* EXCLUDE (pid)
FROM ({parts}) AS parts
JOIN counted USING (pid)
LEFT JOIN (SELECT pid, true AS is_unread FROM unread_directions WHERE direction = '{direction}'::direction) AS unread USING (pid)
GROUP BY ALL;

-- With no route in play it is not known whether one is, where the cell that would tell can't be read.
CREATE OR REPLACE TEMP TABLE profiles_judged AS
SELECT *, coalesce({best}, no_route) AS best
FROM (SELECT persons, CASE WHEN is_unread THEN {unverified} END AS no_route, {results} FROM profiles);

INSERT INTO moved
{alternatives};

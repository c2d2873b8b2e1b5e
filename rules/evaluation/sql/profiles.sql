-- Who stands alike in one direction: a row for all of whom no outcome tells one from another.
-- In: standing_{direction}, counted (pid, person). rules/sensitivity.py puts in {columns}: those of the standing that outcomes depend on,
-- days that no route tells apart as one day.
-- Out: persons_{direction} (pid, the profile's number; persons), standing_{direction} with a profile in the place of a person.
CREATE OR REPLACE TABLE alike AS
SELECT nextval('profile_numbers') AS pid, * FROM (
    SELECT list(person) AS persons, {columns} FROM standing_{direction} JOIN counted USING (pid) GROUP BY ALL
);
CREATE OR REPLACE TABLE persons_{direction} AS SELECT pid, persons FROM alike;
CREATE OR REPLACE TABLE standing_{direction} AS SELECT * EXCLUDE (persons) FROM alike;

-- Since when each person holds the highest that is held: the days of the credentials of that level; untold where one of them has no day.
-- In: credentials, held. rules/evaluation/standing.py puts in which are asked: the certificate of the present occupation, any, the title.
CREATE OR REPLACE TABLE present AS
SELECT pid, {columns}
FROM credentials JOIN held USING (pid)
WHERE {which}
GROUP BY pid;

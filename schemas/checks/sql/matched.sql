-- What only all rosters together tell of each row.
-- In: narrow, unit_rows, speakers, again, stands, opposite.
-- Makes matched (a row a person): pid, unit_id; duplicate_pid and duplicate_of {source_file, sheet, row}: the row that stands for the person
-- in the unit, null for that row itself; opposite: fields of which another row of the person says otherwise; told_as: what the file is
-- called in the unit's workbook, null where by its name. A file's name is kept from a unit that has a file of its own, and from one of
-- which several files tell the same people: either may be another's.
CREATE OR REPLACE TABLE matched AS
WITH owned AS (SELECT unit_id, bool_or(home) AS owned FROM speakers GROUP BY unit_id HAVING count(*) > 1),
shared AS (
    SELECT DISTINCT unit_id FROM (
        SELECT person, unit_id FROM again JOIN owned USING (unit_id) WHERE home = owned GROUP BY ALL HAVING count(DISTINCT file_no) > 1)
),
called AS (
    SELECT unit_id, file_no, CASE
        WHEN home <> owned THEN '另一份名册' || row_number() OVER files
        WHEN shared.unit_id IS NOT NULL THEN '名册' || row_number() OVER files END AS told_as
    FROM speakers JOIN owned USING (unit_id) LEFT JOIN shared USING (unit_id)
    WINDOW files AS (PARTITION BY unit_id, home ORDER BY sha256, file_no)
),
firsts AS (
    SELECT again.pid, first_pid, {'source_file': n.source_file, 'sheet': n.sheet, 'row': n.row::INTEGER} AS first
    FROM again JOIN stands USING (person, unit_id) JOIN narrow AS n ON n.pid = first_pid
    WHERE again.pid <> first_pid
)
SELECT pid, unit_id, first_pid AS duplicate_pid, first AS duplicate_of, fields AS opposite, told_as
FROM unit_rows LEFT JOIN firsts USING (pid) LEFT JOIN opposite USING (pid) LEFT JOIN called USING (unit_id, file_no);

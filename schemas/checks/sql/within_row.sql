-- Plausibility of one person's cells against each other. In: typed, a batch of rows; {columns}, those of its columns that are looked at; {dates}, a list of the
-- dates of levels and titles, each with the rank that it is of, the state and rank of the cell beside, and whether it is of the first credential in the row
-- (plausibility.py). Gives pid, field, code, detail.
-- Nothing here depends on the as-of day. A comparison with an unknown is never a finding.
CREATE TABLE rows AS
SELECT {columns}, coalesce(id_birth, birth_lo)::DATE AS born FROM typed;

WITH dates AS (
    SELECT pid, born, track, state, own_rank, field, rank, lo, hi, of_first
    FROM (SELECT *, unnest([{dates}], recursive := true) FROM rows) WHERE lo IS NOT NULL
)
SELECT pid, field, 'title_before_birth' AS code, '' AS detail FROM dates WHERE hi < born
UNION ALL
SELECT pid, field, 'certificate_before_16', '' FROM dates WHERE hi >= born AND hi < born + INTERVAL 16 YEAR
UNION ALL
SELECT pid, field, 'date_without_level', '' FROM dates WHERE state IN ('blank', 'none', 'absent')
UNION ALL
SELECT pid, field, 'level_below_history', CASE dates.track WHEN 'skill' THEN skill ELSE title END
FROM dates JOIN rows USING (pid) WHERE state = 'known' AND rank > own_rank
UNION ALL
SELECT high.pid, high.field, 'levels_out_of_order', strftime(max(low.lo), '%Y-%m-%d')
FROM dates AS high JOIN dates AS low ON high.pid = low.pid AND high.of_first AND low.of_first AND high.track = low.track AND low.rank > 0 AND high.rank > low.rank AND high.hi < low.lo
GROUP BY high.pid, high.field
UNION ALL
SELECT past.pid, past.field, 'date_conflict', strftime(main.lo, '%Y-%m-%d')
FROM dates AS past JOIN dates AS main ON past.pid = main.pid AND past.track = main.track AND past.rank = main.rank
WHERE past.of_first AND main.field IN ('skill_date', 'title_date') AND past.field <> main.field AND main.state = 'known' AND (past.hi < main.lo OR past.lo > main.hi)
UNION ALL
SELECT pid, 'sex', 'id_number_sex', '' FROM rows WHERE id_sex <> sex
UNION ALL
SELECT pid, 'birth', 'id_number_birth', '' FROM rows WHERE id_birth NOT BETWEEN birth_lo AND birth_hi
UNION ALL
SELECT pid, 'skill_certificate', 'certificate_year', certificate_year::VARCHAR || '年' FROM rows
WHERE certificate_year NOT BETWEEN year(skill_date_lo) AND year(skill_date_hi)
UNION ALL
SELECT pid, 'skill_certificate', 'certificate_level', ['五级', '四级', '三级', '二级', '一级'][certificate_rank] FROM rows
WHERE skill_state = 'known' AND certificate_rank <> skill_rank
UNION ALL
SELECT pid, 'title_series', 'series_conflict', '' FROM rows WHERE title_state = 'known' AND title_named_series <> title_series
ORDER BY ALL

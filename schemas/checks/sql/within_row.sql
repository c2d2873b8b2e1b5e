-- Plausibility of one person's cells against each other. In: typed, a batch of rows. Gives pid, field, code, detail.
-- Nothing here depends on the as-of day. A comparison with an unknown is never a finding.
CREATE TABLE rows AS
SELECT pid, sex, id_sex, birth_lo, birth_hi, id_birth, coalesce(id_birth, birth_lo)::DATE AS born,
    skill, skill_rank, skill_state, title, title_rank, title_state, title_series, title_named_series, certificate_year, certificate_rank,
    skill_date_lo, skill_date_hi, skill_3_date_lo, skill_3_date_hi, skill_4_date_lo, skill_4_date_hi, skill_5_date_lo, skill_5_date_hi,
    title_date_lo, title_date_hi, title_2_date_lo, title_2_date_hi, title_3_date_lo, title_3_date_hi, title_4_date_lo, title_4_date_hi
FROM typed;

WITH dates AS (
    SELECT pid, born, skill_state AS state, skill_rank AS own_rank, track, field, rank, lo, hi FROM (
        SELECT *, unnest([
            {'track': 'skill', 'field': 'skill_date', 'rank': skill_rank::INTEGER, 'lo': skill_date_lo::DATE, 'hi': skill_date_hi::DATE},
            {'track': 'skill', 'field': 'skill_3_date', 'rank': 3, 'lo': skill_3_date_lo::DATE, 'hi': skill_3_date_hi::DATE},
            {'track': 'skill', 'field': 'skill_4_date', 'rank': 4, 'lo': skill_4_date_lo::DATE, 'hi': skill_4_date_hi::DATE},
            {'track': 'skill', 'field': 'skill_5_date', 'rank': 5, 'lo': skill_5_date_lo::DATE, 'hi': skill_5_date_hi::DATE}
        ], recursive := true) FROM rows
    ) WHERE lo IS NOT NULL
    UNION ALL
    SELECT pid, born, title_state, title_rank, track, field, rank, lo, hi FROM (
        SELECT *, unnest([
            {'track': 'title', 'field': 'title_date', 'rank': title_rank::INTEGER, 'lo': title_date_lo::DATE, 'hi': title_date_hi::DATE},
            {'track': 'title', 'field': 'title_2_date', 'rank': 2, 'lo': title_2_date_lo::DATE, 'hi': title_2_date_hi::DATE},
            {'track': 'title', 'field': 'title_3_date', 'rank': 3, 'lo': title_3_date_lo::DATE, 'hi': title_3_date_hi::DATE},
            {'track': 'title', 'field': 'title_4_date', 'rank': 4, 'lo': title_4_date_lo::DATE, 'hi': title_4_date_hi::DATE}
        ], recursive := true) FROM rows
    ) WHERE lo IS NOT NULL
)
SELECT pid, field, 'title_before_birth' AS code, '' AS detail FROM dates WHERE hi < born
UNION ALL
SELECT pid, field, 'certificate_before_16', '' FROM dates WHERE hi >= born AND hi < born + INTERVAL 16 YEAR
UNION ALL
SELECT pid, field, 'date_without_level', '' FROM dates WHERE state IN ('blank', 'none')
UNION ALL
SELECT pid, field, 'level_below_history', CASE dates.track WHEN 'skill' THEN skill ELSE title END
FROM dates JOIN rows USING (pid) WHERE state = 'known' AND rank > own_rank
UNION ALL
SELECT high.pid, high.field, 'levels_out_of_order', strftime(max(low.lo), '%Y-%m-%d')
FROM dates AS high JOIN dates AS low ON high.pid = low.pid AND high.track = low.track AND high.rank > low.rank AND high.hi < low.lo
GROUP BY high.pid, high.field
UNION ALL
SELECT past.pid, past.field, 'date_conflict', strftime(main.lo, '%Y-%m-%d')
FROM dates AS past JOIN dates AS main ON past.pid = main.pid AND past.track = main.track AND past.rank = main.rank
WHERE main.field IN ('skill_date', 'title_date') AND past.field <> main.field AND main.state = 'known' AND (past.hi < main.lo OR past.lo > main.hi)
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

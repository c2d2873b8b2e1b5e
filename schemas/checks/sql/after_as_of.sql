-- Plausibility of dates against the as-of day.
-- In: rows, the variable as_of. Gives pid, field, code, value, detail.
WITH dates AS (
    SELECT pid, unnest([
        {'field': 'birth', 'lo': birth_lo::DATE, 'hi': birth_hi::DATE},
        {'field': 'post_start', 'lo': post_start_lo::DATE, 'hi': post_start_hi::DATE},
        {'field': 'work_start', 'lo': work_start_lo::DATE, 'hi': work_start_hi::DATE},
        {'field': 'skill_date', 'lo': skill_date_lo::DATE, 'hi': skill_date_hi::DATE},
        {'field': 'skill_3_date', 'lo': skill_3_date_lo::DATE, 'hi': skill_3_date_hi::DATE},
        {'field': 'skill_4_date', 'lo': skill_4_date_lo::DATE, 'hi': skill_4_date_hi::DATE},
        {'field': 'skill_5_date', 'lo': skill_5_date_lo::DATE, 'hi': skill_5_date_hi::DATE},
        {'field': 'title_date', 'lo': title_date_lo::DATE, 'hi': title_date_hi::DATE},
        {'field': 'title_2_date', 'lo': title_2_date_lo::DATE, 'hi': title_2_date_hi::DATE},
        {'field': 'title_3_date', 'lo': title_3_date_lo::DATE, 'hi': title_3_date_hi::DATE},
        {'field': 'title_4_date', 'lo': title_4_date_lo::DATE, 'hi': title_4_date_hi::DATE}], recursive := true)
    FROM rows
)
SELECT pid, field, 'date_after_as_of' AS code,
    CASE WHEN lo = hi THEN strftime(lo, '%Y-%m-%d') WHEN hi - lo < 31 THEN strftime(lo, '%Y-%m') ELSE strftime(lo, '%Y') END AS value,
    '（' || strftime(getvariable('as_of'), '%Y-%m-%d') || '）' AS detail
FROM dates WHERE lo > getvariable('as_of')

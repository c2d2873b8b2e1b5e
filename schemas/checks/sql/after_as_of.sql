-- Plausibility of dates against the as-of day.
-- In: rows. {as_of}: the day; {dates} lists the date columns (plausibility.py). Gives pid, field, code, value, detail.
WITH dates AS (
    SELECT pid, unnest([{dates}], recursive := true) FROM rows
    UNION
    SELECT pid, held.date_name, held.day_lo, held.day_hi FROM (SELECT pid, file_no, unnest(credentials) AS held FROM rows) AS h
    WHERE held.day_lo IS NOT NULL  -- of a full second row it is told there
        AND NOT EXISTS (FROM rows AS o WHERE o.file_no = h.file_no AND o.sheet = h.held.sheet AND o.row = h.held.row)
)
SELECT pid, field, 'date_after_as_of' AS code,
    CASE WHEN lo = hi THEN strftime(lo, '%Y-%m-%d') WHEN hi - lo < 31 THEN strftime(lo, '%Y-%m') ELSE strftime(lo, '%Y') END AS value,
    '（' || strftime({as_of}, '%Y-%m-%d') || '）' AS detail
FROM dates WHERE lo > {as_of}

-- An award that no route leads to, where it is not known what was held on the track that a route starts from, is not settled.
-- In: claims (6_claims.sql), rows (rows_on_day).
UPDATE claims SET result = 'unverified', missing = [CASE claim WHEN 'title' THEN '当日已有的技能等级' ELSE '当日已有的职称' END]
FROM rows AS r
WHERE r.pid = claims.pid AND result = 'unsupported' AND route IS NULL
    AND list_contains(r.not_known, CASE claim WHEN 'title' THEN 'skill' ELSE 'title' END)
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

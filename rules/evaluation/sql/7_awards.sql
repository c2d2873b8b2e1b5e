-- An award that no route leads to, where it is not known what was held on the track that a route starts from, is not settled.
-- In: claims (6_claims.sql), rows (rows_on_day); readings, of each policy_no: left_out, what its file leaves out of the document, or ''.
UPDATE claims SET result = 'unverified', missing = [CASE claim WHEN 'title' THEN '当日已有的技能等级' ELSE '当日已有的职称' END]
FROM rows AS r
WHERE r.pid = claims.pid AND result = 'unsupported' AND route IS NULL
    AND list_contains(r.not_known, CASE claim WHEN 'title' THEN 'skill' ELSE 'title' END)
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

-- Nor is one by a policy of whose document the file holds only a part: what it leaves out may lead there, if to no title of another series.
UPDATE claims SET result = 'unverified', missing = list_append(missing, left_out)
FROM rows AS r JOIN readings USING (policy_no)
WHERE r.pid = claims.pid AND result IN ('unsupported', 'unverified') AND route IS NULL AND left_out <> ''
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

-- Words of awards. In: claims, missing, verdicts (6_claims.sql); rows (rows_on_day); readings, of each policy_no: left_out, what its file
-- leaves out of the document, or ''.
-- What was held before the day is asked for as such: the cell itself is filled.
UPDATE missing SET headers = list_transform(headers, lambda header: CASE WHEN header = asked THEN '当日已有的' || asked ELSE header END)
FROM (
    SELECT v.pid, v.route, CASE r.direction WHEN 'skill-to-title'::direction THEN '技能等级' ELSE '职称' END AS asked
    FROM verdicts AS v JOIN routes AS r USING (route) JOIN facts AS f USING (pid)
    WHERE v.credential IS NULL
        AND NOT coalesce(list_contains(f.unread, CASE r.direction WHEN 'skill-to-title'::direction THEN 'skill' ELSE 'title' END), false)
) AS v
WHERE v.pid = missing.pid AND v.route = missing.route;

UPDATE claims SET missing = m.headers FROM missing AS m WHERE m.pid = claims.pid AND m.route = claims.route AND len(claims.missing) > 0;

-- An award that no route leads to is not settled by a policy of whose document the file holds only a part: what it leaves out may lead there,
-- if to no title of another series.
UPDATE claims SET result = 'unverified', missing = list_append(missing, left_out)
FROM rows AS r JOIN readings USING (policy_no)
WHERE r.pid = claims.pid AND result IN ('unsupported', 'unverified') AND route IS NULL AND left_out <> ''
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

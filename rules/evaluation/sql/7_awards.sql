-- Words of awards. In: claims, missing, verdicts (6_claims.sql); rows (rows_on_day); readings, of each policy_no: left_out, what its file
-- leaves out of the document, or ''.
-- What was held before the day is asked for by the date that tells it: of the credential, where no day of it is told; else of the level that the route
-- needs, or of the lowest that has a date of its own.
UPDATE missing SET headers = list_filter(told.headers, lambda header, place: list_position(told.headers, header) = place)
FROM (
    SELECT pid, route, list_transform(m.headers, lambda header: CASE
            WHEN header IN ('技能等级', '技能等级取得时间') AND NOT coalesce(list_contains(f.unread, 'skill'), false) THEN CASE
                WHEN NOT f.skill_day_told THEN '技能等级取得时间'
                WHEN r.direction = 'skill-to-title'::direction AND r.needed_date_header <> r.date_header THEN r.needed_date_header ELSE '高级工取得时间' END
            WHEN header IN ('职称', '职称取得时间') AND NOT coalesce(list_contains(f.unread, 'title'), false) THEN CASE
                WHEN NOT f.title_day_told THEN '职称取得时间'
                WHEN r.direction = 'title-to-skill'::direction AND r.needed_date_header <> r.date_header THEN r.needed_date_header ELSE '助理工程师取得时间' END
            ELSE header END) AS headers
    FROM missing AS m JOIN verdicts AS v USING (pid, route) JOIN routes AS r USING (route) JOIN facts AS f USING (pid)
    WHERE v.credential IS NULL
) AS told
WHERE told.pid = missing.pid AND told.route = missing.route;

UPDATE claims SET missing = m.headers FROM missing AS m WHERE m.pid = claims.pid AND m.route = claims.route AND len(claims.missing) > 0;

-- An award that no route leads to is not settled by a policy of whose document the file holds only a part: what it leaves out may lead there,
-- if to no title of another series.
UPDATE claims SET result = 'unverified', missing = list_append(missing, left_out)
FROM rows AS r JOIN readings USING (policy_no)
WHERE r.pid = claims.pid AND result IN ('unsupported', 'unverified') AND route IS NULL AND left_out <> ''
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

-- An award that no route leads to, where it is not known what was held on the track that a route starts from, is not settled.
-- In: claims (6_claims.sql), rows (rows_on_day), routes (with policy_no).
UPDATE claims SET result = 'unverified', missing = [CASE claim WHEN 'title' THEN '当日已有的技能等级' ELSE '当日已有的职称' END]
FROM rows AS r
WHERE r.pid = claims.pid AND result = 'unsupported' AND route IS NULL
    AND list_contains(r.not_known, CASE claim WHEN 'title' THEN 'skill' ELSE 'title' END)
    AND NOT (claim = 'title' AND coalesce(r.claimed_title_series <> '工程系列', false));

-- Nor is an award in a direction of which the policy that judges it has no route: its file holds another part of the document.
UPDATE claims SET result = 'unverified', missing = ['当日政策中这一方向的条款（政策文件未收录）']
FROM rows AS r
WHERE r.pid = claims.pid AND result = 'unsupported' AND route IS NULL
    AND NOT EXISTS (SELECT 1 FROM routes WHERE routes.policy_no = r.policy_no AND routes.direction = claims.direction);

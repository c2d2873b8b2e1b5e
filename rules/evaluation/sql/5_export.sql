-- The words: verdicts as the contract has them, and what is missing for those that can't be settled.
-- In: verdicts, routes (with policy, clause), words (kind, mask, list), targets (direction, rank, word), people, facts, assessment_rules
-- (rule_no, first_year, last_year, grades).
CREATE OR REPLACE TABLE missing AS
SELECT
    v.pid, v.route_no,
    list_filter(
        list_concat(
            CASE WHEN v.unknown & 4 <> 0 THEN ['岗位类别'] ELSE [] END,
            CASE WHEN v.unknown & 32 <> 0 THEN ['技能等级'] ELSE [] END,
            CASE WHEN v.unknown & 128 <> 0 THEN ['职称系列'] ELSE [] END,
            CASE WHEN v.unknown & 64 <> 0
                THEN list_transform(
                    list_filter(range(w.first_year, w.last_year + 1), lambda y: NOT list_contains(
                        coalesce([a.year FOR a IN f.assessments IF list_contains(w.grades, a.grade)], []), y)),
                    lambda y: y || '年度考核')
                ELSE [] END,
            CASE
                WHEN v.unknown & 256 = 0 THEN []
                WHEN r.own_certificate THEN ['技能等级取得时间']
                ELSE [
                    CASE WHEN f.work_start_state = 'unknown' THEN '从事相关工作起始时间' END,
                    CASE WHEN r.interruptions AND f.away_months IS NULL THEN '中断月数' END,
                    CASE WHEN f.work_start_state <> 'unknown' AND NOT (r.interruptions AND f.away_months IS NULL)
                        THEN CASE WHEN r.direction = 'skill-to-title' THEN '技能等级取得时间' ELSE '职称取得时间' END END]
            END),
        lambda x: x IS NOT NULL) AS headers
FROM verdicts AS v
JOIN routes AS r USING (route_no)
JOIN facts AS f USING (pid)
JOIN assessment_rules AS w ON w.rule_no = v.rule_no
WHERE v.outcome IN (2, 3) AND v.unknown <> 0;

CREATE OR REPLACE VIEW verdict_words AS
SELECT
    p.source_file, p.sheet, p.row, p.unit,
    r.policy,
    r.route, r.clause, r.direction, t.word AS target,
    o.outcome,
    CASE WHEN v.outcome = 3 THEN v.ready_on END AS eligible_on,
    CASE WHEN v.outcome IN (0, 1) THEN v.ready_on END AS since,
    n.list AS not_met, u.list AS unknown, w.list AS review,
    list_concat(s.list, us.list) AS settings,
    v.pid, p.unit_id, p.name, coalesce(m.headers, []) AS missing,
    v.ready_on AS years_full_on, v.route_no
FROM verdicts AS v
JOIN people AS p USING (pid)
JOIN routes AS r USING (route_no)
JOIN outcomes AS o ON o.number = v.outcome
LEFT JOIN targets AS t ON t.direction = r.direction AND t.rank = v.target_rank
JOIN words AS n ON n.kind = 'condition' AND n.mask = v.not_met
JOIN words AS u ON u.kind = 'condition' AND u.mask = v.unknown
JOIN words AS w ON w.kind = 'note' AND w.mask = v.review
JOIN words AS s ON s.kind = 'setting' AND s.mask = v.settings
JOIN words AS us ON us.kind = 'unknown' AND us.mask = v.unknown
LEFT JOIN missing AS m ON m.pid = v.pid AND m.route_no = v.route_no;

-- The best verdict of each person and direction: outcome in order, then the higher target.
CREATE OR REPLACE TABLE summaries AS
SELECT b.pid, b.direction, o.outcome, t.word AS target
FROM (
    SELECT v.pid, r.direction, min(v.outcome::INTEGER * 16 + 15 - coalesce(v.target_rank, 0)) AS best
    FROM verdicts AS v JOIN routes AS r USING (route_no) GROUP BY v.pid, r.direction
) AS b
JOIN outcomes AS o ON o.number = b.best // 16
LEFT JOIN targets AS t ON t.direction = b.direction AND t.rank = 15 - b.best % 16;

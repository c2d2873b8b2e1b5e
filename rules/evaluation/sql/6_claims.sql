-- Each claim (拟申报职称, 拟申报技能等级) against the person's own verdicts: a row a claim that could be read.
-- In: rows (claimed_*), people, facts, verdicts, routes, missing, words, targets, outcomes (5_export.sql).
-- A route whose level is another rule's to say (四（一）) answers for any level claimed.
CREATE OR REPLACE TABLE claims AS
WITH claimed AS (
    SELECT pid, 'title' AS claim, 'skill-to-title' AS direction, claimed_title AS written, claimed_title_rank AS rank,
        coalesce(claimed_title_series <> '工程系列', false) AS foreign_series
    FROM rows WHERE bucket = 'evaluated' AND claimed_title_state = 'known'
    UNION ALL
    SELECT pid, 'skill', 'title-to-skill', claimed_skill, claimed_skill_rank, false
    FROM rows WHERE bucket = 'evaluated' AND claimed_skill_state = 'known'
),
stands AS (
    SELECT claimed.*,
        coalesce(CASE claim WHEN 'title' THEN held_title_rank ELSE held_skill_rank END >= rank AND NOT foreign_series, false) AS held
    FROM claimed JOIN facts USING (pid)
),
theirs AS (  -- the verdicts of who claims, in the claim's direction
    SELECT s.*, v.* EXCLUDE (pid)
    FROM stands AS s JOIN verdicts AS v ON v.pid = s.pid JOIN routes AS r ON r.route_no = v.route_no AND r.direction = s.direction
),
answers AS (  -- of the routes that lead to what is claimed, the best
    SELECT pid, direction, arg_min(
        struct_pack(route_no, outcome, ready_on, not_met, unknown, review),
        (outcome, coalesce(CASE WHEN outcome IN (0, 1, 3) THEN ready_on END, DATE '9999-12-31'), route_no)) AS best
    FROM theirs
    WHERE NOT foreign_series AND coalesce(target_rank, rank) = rank
    GROUP BY ALL
),
highest AS (
    SELECT pid, direction, max(target_rank) AS rank FROM theirs WHERE outcome = 0 GROUP BY ALL
)
SELECT
    p.source_file, p.sheet, p.row::INTEGER AS row, p.unit, c.claim, coalesce(t.word, c.written) AS claimed,
    CASE WHEN c.held THEN 'held' ELSE coalesce(
        ['supported', 'supported', 'unverified', 'too_early', 'held', 'unsupported'][best.outcome + 1],
        'unsupported') END AS result,
    CASE WHEN NOT c.held THEN r.route END AS route,
    CASE WHEN NOT c.held THEN r.clause END AS clause,
    CASE WHEN best.outcome = 3 AND NOT c.held THEN best.ready_on END AS eligible_on,
    CASE WHEN c.held THEN [] ELSE coalesce(n.list, []) END AS not_met,
    CASE WHEN c.held THEN [] ELSE coalesce(u.list, []) END AS unknown,
    h.word AS could_claim,
    c.direction, CASE WHEN NOT c.held THEN o.outcome END AS outcome,
    CASE WHEN c.held THEN [] ELSE coalesce(m.headers, []) END AS missing,
    CASE WHEN result = 'supported' THEN w.list ELSE [] END AS review,
    p.name, p.unit_id, c.pid
FROM stands AS c
JOIN people AS p USING (pid)
LEFT JOIN targets AS t ON t.direction = c.direction AND t.rank = c.rank AND NOT c.foreign_series
LEFT JOIN answers AS a ON a.pid = c.pid AND a.direction = c.direction
LEFT JOIN routes AS r ON r.route_no = best.route_no
LEFT JOIN outcomes AS o ON o.number = best.outcome
LEFT JOIN words AS n ON n.kind = 'condition' AND n.mask = best.not_met
LEFT JOIN words AS u ON u.kind = 'condition' AND u.mask = best.unknown
LEFT JOIN words AS w ON w.kind = 'note' AND w.mask = best.review
LEFT JOIN missing AS m ON m.pid = c.pid AND m.route_no = best.route_no
LEFT JOIN highest ON highest.pid = c.pid AND highest.direction = c.direction
LEFT JOIN targets AS h ON h.direction = c.direction AND h.rank = highest.rank AND h.rank > c.rank;

-- Each claim (拟申报职称, 拟申报技能等级) against the person's own verdicts: a row a claim that could be read.
-- In: rows (claimed_*), people, held, kept_verdicts, routes, missing, told_words, unread_directions (5_export.sql, 1_unread.sql).
-- A route whose level is another rule's to say (四（一）) answers for any level claimed.
CREATE OR REPLACE TABLE claims AS
WITH claimed AS (
    SELECT pid, 'title' AS claim, 'skill-to-title'::direction AS direction, claimed_title AS written,
        title_of_rank(claimed_title_rank)::VARCHAR::target AS aim, coalesce(claimed_title_series <> '工程系列', false) AS foreign_series
    FROM rows WHERE bucket = 'evaluated' AND claimed_title_state = 'known'
    UNION ALL
    SELECT pid, 'skill', 'title-to-skill', claimed_skill, skill_target(skill_of_rank(claimed_skill_rank)), false
    FROM rows WHERE bucket = 'evaluated' AND claimed_skill_state = 'known'
),
stands AS (
    SELECT claimed.*,
        NOT foreign_series AND coalesce(aim <= CASE claim WHEN 'title' THEN nullif(sure_engineering::VARCHAR, '无')::target
            ELSE skill_target(sure_certificate) END, false) AS held
    FROM claimed LEFT JOIN held USING (pid)
),
theirs AS (  -- the verdicts of who claims, in the claim's direction
    SELECT s.claim, s.aim, s.foreign_series, r.place, v.*, s.direction
    FROM stands AS s JOIN kept_verdicts AS v ON v.pid = s.pid JOIN routes AS r ON r.route = v.route AND r.direction = s.direction
),
answers AS (  -- of the routes that lead to what is claimed, the best
    SELECT pid, direction, arg_min(route, (
        outcome,
        coalesce(CASE WHEN outcome IN ('eligible'::outcome, 'refer'::outcome, 'not_yet'::outcome) THEN ready_on END, DATE '9999-12-31'),
        place
    )) AS route
    FROM theirs
    WHERE NOT foreign_series AND coalesce(target, aim) = aim
    GROUP BY ALL
),
answered AS (
    SELECT v.*, a.direction, w.not_met, w.unknown, w.review, r.clause
    FROM answers AS a
    JOIN kept_verdicts AS v USING (pid, route)
    JOIN routes AS r USING (route)
    JOIN told_words AS w ON w.route = v.route AND w.kept = v.kept
),
highest AS (
    SELECT pid, direction, max(target) AS target FROM theirs WHERE outcome = 'eligible'::outcome GROUP BY ALL
)
SELECT
    p.source_file, p.sheet, p.row::INTEGER AS row, p.unit, c.claim,
    CASE WHEN c.foreign_series THEN c.written ELSE coalesce(c.aim::VARCHAR, c.written) END AS claimed,
    CASE WHEN c.held THEN 'held' ELSE CASE best.outcome
        WHEN 'eligible'::outcome THEN 'supported' WHEN 'refer'::outcome THEN 'supported' WHEN 'unverified'::outcome THEN 'unverified'
        WHEN 'not_yet'::outcome THEN 'too_early' WHEN 'held'::outcome THEN 'held' WHEN 'ineligible'::outcome THEN 'unsupported'
        -- no route is in play: nobody knows whether one is where the cell that would tell can't be read
        ELSE CASE WHEN u.pid IS NOT NULL AND NOT c.foreign_series THEN 'unverified' ELSE 'unsupported' END END END AS result,
    CASE WHEN NOT c.held THEN best.route::VARCHAR END AS route,
    CASE WHEN NOT c.held THEN best.clause END AS clause,
    CASE WHEN best.outcome = 'not_yet'::outcome AND NOT c.held THEN best.ready_on END AS eligible_on,
    CASE WHEN c.held THEN [] ELSE coalesce(best.not_met, []) END AS not_met,
    CASE WHEN c.held THEN [] ELSE coalesce(best.unknown, []) END AS unknown,
    CASE WHEN c.foreign_series OR highest.target > c.aim THEN highest.target::VARCHAR END AS could_claim,
    c.direction::VARCHAR AS direction, CASE WHEN NOT c.held THEN best.outcome::VARCHAR END AS outcome,
    CASE WHEN c.held THEN [] WHEN best.outcome IS NULL AND result = 'unverified' THEN u.headers
        ELSE coalesce(m.headers, []) END AS missing,
    CASE WHEN result = 'supported' THEN best.review ELSE [] END AS review,
    p.name, p.unit_id, c.pid
FROM stands AS c
JOIN people AS p USING (pid)
LEFT JOIN answered AS best ON best.pid = c.pid AND best.direction = c.direction
LEFT JOIN unread_directions AS u ON u.pid = c.pid AND u.direction = c.direction
LEFT JOIN missing AS m ON m.pid = c.pid AND m.route = best.route
LEFT JOIN highest ON highest.pid = c.pid AND highest.direction = c.direction;

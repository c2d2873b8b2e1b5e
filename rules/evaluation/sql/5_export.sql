-- The words: verdicts as the contract has them, and what is missing for those that can't be settled.
-- In: kept_verdicts, verdicts, routes, people, facts, held_skill. rules/evaluation/export.py puts in the columns of conditions, notes and settings, and the lists made of them.

-- Each combination of a route and what its verdicts tell that occurs, spelt out once: what every verdict of the route rests on, what by the person, and the
-- setting of each condition that is not known.
CREATE OR REPLACE TABLE told_words AS
SELECT * EXCLUDE (always, unknown_settings, own_settings), list_concat(own_settings, unknown_settings) AS settings
FROM (
    SELECT *, {condition_lists}, {note_lists}, {setting_lists}
    FROM (
        SELECT route, kept, {told_columns}, r.settings AS always
        FROM (SELECT DISTINCT route, kept FROM kept_verdicts) JOIN routes AS r USING (route)
    )
);

-- The headers of the cells to fill. A blank cell that lets the verdict stand is not asked for; one that can't be read is.
CREATE OR REPLACE TABLE missing AS
SELECT pid, route, list_filter(named, lambda header, place: header IS NOT NULL AND list_position(named, header) = place) AS headers
FROM (
    SELECT v.pid, v.route, list_concat([{cells}], {assessments}, {years}) AS named
    FROM verdicts AS v
    JOIN routes AS r USING (route)
    JOIN facts AS f USING (pid)
    LEFT JOIN (  -- who may hold a certificate, and may hold none; of whom one is of a day after the as-of day
        SELECT pid, sure_certificate = '无'::skill_level AND possible_certificate > '无'::skill_level AS certificate_in_doubt, skill_dated_later, title_dated_later
        FROM held
    ) USING (pid)
    WHERE v.outcome IN ('unverified'::outcome, 'not_yet'::outcome) AND NOT ({all_known})
);

-- Those of them that lead to more: than what may be applied for already, and than fewer cells do.
CREATE OR REPLACE VIEW headers_to_fill AS
WITH waiting AS (
    SELECT m.pid, m.headers, r.direction, v.target, v.outcome FROM missing AS m JOIN verdicts AS v USING (pid, route) JOIN routes AS r USING (route)
),
reached AS (
    SELECT v.pid, r.direction, max(v.target) AS target FROM verdicts AS v JOIN routes AS r USING (route) WHERE v.outcome = 'eligible'::outcome GROUP BY ALL
)
SELECT DISTINCT w.pid, unnest(w.headers) AS header FROM waiting AS w LEFT JOIN reached USING (pid, direction)
WHERE (reached.pid IS NULL OR w.target > reached.target) AND NOT EXISTS (
    SELECT 1 FROM waiting AS other WHERE other.pid = w.pid AND other.direction = w.direction AND other.outcome = w.outcome
        AND other.target >= w.target AND len(other.headers) BETWEEN 1 AND len(w.headers) - 1 AND list_has_all(w.headers, other.headers)
);

CREATE OR REPLACE VIEW verdict_words AS
SELECT
    p.source_file, p.sheet, p.row, p.unit,
    r.policy,
    v.route::VARCHAR AS route, r.clause, r.direction::VARCHAR AS direction, v.target::VARCHAR AS target,
    v.outcome::VARCHAR AS outcome,
    CASE WHEN v.outcome = 'not_yet'::outcome THEN v.ready_on END AS eligible_on,
    CASE WHEN v.outcome = 'unverified'::outcome AND w.tenure IS NULL THEN v.ready_on END AS certain_by,
    CASE WHEN v.outcome IN ('eligible'::outcome, 'refer'::outcome) AND v.ready_on IS NOT NULL
        THEN greatest(v.ready_on, r.in_force_from) END AS since,
    w.not_met, w.unknown, w.review, w.settings,
    v.pid, p.unit_id, p.name, coalesce(m.headers, []) AS missing,
    v.ready_on AS years_full_on, r.place AS route_no
FROM kept_verdicts AS v
JOIN people AS p USING (pid)
JOIN routes AS r USING (route)
JOIN told_words AS w ON w.route = v.route AND w.kept = v.kept
LEFT JOIN missing AS m ON m.pid = v.pid AND m.route = v.route;

-- The best verdict of each person and direction: outcome in order, then the higher target. Where no route is in play because the cell that
-- would tell can't be read, nobody knows whether one is.
CREATE OR REPLACE TABLE summaries AS
WITH best AS (SELECT pid, direction, outcome, max(target) AS target FROM kept_verdicts JOIN routes USING (route) GROUP BY ALL)
SELECT pid, direction::VARCHAR AS direction, min(outcome)::VARCHAR AS outcome, arg_min_null(target, outcome)::VARCHAR AS target FROM best GROUP BY ALL
UNION ALL
SELECT pid, direction::VARCHAR, 'unverified', NULL FROM unread_directions ANTI JOIN best USING (pid, direction);

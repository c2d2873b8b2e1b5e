-- In which direction nobody knows whether a route is in play for a person, for a cell that would tell is filled and can't be read; and which cells.
-- In: facts.
CREATE OR REPLACE VIEW unread_directions AS
SELECT pid, 'skill-to-title'::direction AS direction, list_filter([
        CASE WHEN skill_state IN ('unknown', 'either') OR list_contains(unread, 'skill') THEN '技能等级' END,
        CASE WHEN list_contains(unread, 'honours') THEN '荣誉称号' END
    ], lambda header: header IS NOT NULL) AS headers
FROM facts
WHERE skill_state IN ('unknown', 'either') OR list_has_any(unread, ['skill', 'honours'])
UNION ALL
SELECT pid, 'title-to-skill', list_filter([
        CASE WHEN title_state IN ('unknown', 'either') OR list_contains(unread, 'title') THEN '职称' END,
        CASE WHEN list_contains(unread, 'person_category') THEN '人员类别' END
    ], lambda header: header IS NOT NULL)
FROM facts
WHERE title_state IN ('unknown', 'either') OR list_contains(unread, 'title')
    OR (title_state IN ('blank', 'none') AND list_contains(unread, 'person_category'));

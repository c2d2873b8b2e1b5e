-- In which direction nobody knows whether a route is in play for a person, for the cell that would tell is filled and can't be read.
-- In: facts.
CREATE OR REPLACE VIEW unread_directions AS
SELECT pid, 'skill-to-title'::direction AS direction FROM facts WHERE skill_state IN ('unknown', 'either') OR list_contains(unread, 'skill')
UNION ALL
SELECT pid, 'title-to-skill' FROM facts
WHERE title_state IN ('unknown', 'either') OR list_contains(unread, 'title')
    OR (title_state IN ('blank', 'none') AND list_contains(unread, 'person_category'));

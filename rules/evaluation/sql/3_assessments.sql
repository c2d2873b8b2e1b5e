-- Whether the yearly assessments of one rule all pass: of the years from {first_year} to {last_year}, asked of those from {asked_from} on.
-- A year has one grade: where all pass, none fails. rules/evaluation/standing.py puts the rule's own in.
CASE
        WHEN coalesce(len(list_filter({told}, lambda told: told.year BETWEEN {asked_from} AND {last_year} AND {passes})), 0) >= {last_year} - {asked_from} + 1{any_year}
            THEN true
        WHEN len(list_filter({told}, lambda told: told.year BETWEEN {first_year} AND {last_year} AND {fails})) > 0 THEN false
    END
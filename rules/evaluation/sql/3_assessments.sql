-- Whether the yearly assessments of one rule all pass: of the years from {first_year} to {last_year}.
-- rules/evaluation/standing.py puts the rule's own in.
,
    CASE
        WHEN len(list_filter(assessments, lambda told: told.year BETWEEN {first_year} AND {last_year} AND {fails})) > 0 THEN false
        WHEN coalesce(len(list_filter(assessments, lambda told: told.year BETWEEN {first_year} AND {last_year} AND {passes})), 0) >= {years} THEN true{years_served}
    END AS assessments_{number},
    coalesce(post_start_hi > make_date({first_year}, 1, 1), false) AS post_changed_{number}

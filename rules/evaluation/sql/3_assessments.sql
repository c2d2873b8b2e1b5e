-- Whether the yearly assessments of one rule all pass: of the years that count none fails, and each that is asked for passes.
-- rules/evaluation/standing.py puts in the grades of the years.
CASE WHEN {any_fails} THEN false WHEN {all_pass} THEN true END

-- The outcome of one route for those in play, as its place in rules/evaluation/compile_policy.py: OUTCOMES.
CASE
    WHEN held_rank >= aim THEN 4
    WHEN failing_{group_no} <> 0 OR lacking_{group_no} & {fail_unknown} <> 0 THEN 5
    WHEN tenure_not_met <> 0 THEN 3
    WHEN tenure_unknown & {fail_unknown} <> 0 THEN 5
    WHEN (lacking_{group_no} | tenure_unknown) & {verify_unknown} <> 0 THEN 2
    ELSE {good}
END::UTINYINT

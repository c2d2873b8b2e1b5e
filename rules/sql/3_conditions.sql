-- Of the conditions that one group of routes asks beside its years: those not met, those unknown, and the outcome if the years are full:
-- 5 (ineligible), 2 (unverified), or 0. rules/routes.py puts the group's own in: {conditions}, {post_not_met} and so on.
    ({conditions} & (not_met | {post_not_met} | {assessments_not_met}))::USMALLINT AS failing_{group_no},
    ({conditions} & (unknown | {assessments_unknown}))::USMALLINT & ~failing_{group_no} AS lacking_{group_no},
    CASE WHEN failing_{group_no} <> 0 THEN 5 WHEN lacking_{group_no} & {fail_unknown} <> 0 THEN 5
         WHEN lacking_{group_no} & {verify_unknown} <> 0 THEN 2 ELSE 0 END::UTINYINT AS settled_{group_no},

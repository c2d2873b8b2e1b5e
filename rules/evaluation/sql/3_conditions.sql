-- Of the conditions that one group of routes asks beside its years: those not met, and those unknown.
-- rules/evaluation/routes.py puts the group's own in: {conditions}, {post_not_met} and so on.
    ({conditions} & (not_met | {post_not_met} | {assessments_not_met}))::USMALLINT AS failing_{group_no},
    ({conditions} & (unknown | {assessments_unknown}))::USMALLINT & ~failing_{group_no} AS lacking_{group_no},

-- What a verdict tells beside its outcome: the day, and what it rests on, as masks.
,
    {ready_on} AS ready_on,
    (failing_{group_no} | tenure_not_met)::USMALLINT AS not_met,
    (lacking_{group_no} | tenure_unknown)::USMALLINT AS unknown,
    (((lacking_{group_no} | tenure_unknown) & {review_unknown})
        | CASE WHEN aim IS NOT NULL AND held_rank IS NULL THEN 1024 ELSE 0 END | {notes})::USMALLINT AS review,
    ({settings} | {tenure_settings} | {no_title_settings}
        | CASE WHEN own_rank > {need_rank_or_none} THEN 1 ELSE 0 END)::UINTEGER AS settings, {rule_no}::USMALLINT AS rule_no

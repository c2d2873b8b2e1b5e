-- Of one needed level in a world: the days of the credentials that serve; whether one of the level itself is there; whether the years may have begun
-- before any day that is told, with a credential of the trade looked at or of another: where that of the level has no day, or there is none of it.
,
    min(day_lo) FILTER ({serves}) AS {name}_lo,
    min(day_hi) FILTER ({serves}) AS {name}_hi,
    coalesce(bool_or({of_level}), false) AS {name}_own,
    coalesce(bool_or({of_level} AND day_lo IS NULL AND of_trade) OR (NOT bool_or({of_level}) AND bool_or({serves} AND of_trade)), false)
        AS {name}_opens,
    coalesce(bool_or({of_level} AND day_lo IS NULL) OR (NOT bool_or({of_level}) AND bool_or({serves})), false) AS {name}_open

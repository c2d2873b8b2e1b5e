-- Of one needed skill level: the dated certificates that may be of it or above, and those that surely are; whether its own date is not told;
-- the day of the highest dated certificate below it, of no other trade than those at or above it (the earliest of several).
,
        min(day_lo) FILTER (skill_possible >= {level}) AS {name}_may_be_lo, min(day_hi) FILTER (skill_possible >= {level}) AS {name}_may_be_hi,
        min(day_lo) FILTER (skill_sure >= {level}) AS {name}_surely_lo, min(day_hi) FILTER (skill_sure >= {level}) AS {name}_surely_hi,
        coalesce(bool_or(day_lo IS NULL) FILTER (skill_sure = {level} AND skill_possible = {level}), true) AS {name}_untold,
        arg_max(day_lo, (skill_sure, DATE '9999-12-31' - day_lo))
            FILTER (skill_sure < {level} AND day_lo IS NOT NULL AND skill_of_another_trade < {level}) AS {name}_below_lo,
        arg_max(day_hi, (skill_sure, DATE '9999-12-31' - day_hi))
            FILTER (skill_sure < {level} AND day_lo IS NOT NULL AND skill_of_another_trade < {level}) AS {name}_below_hi

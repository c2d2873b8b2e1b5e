-- The same of one needed title; a title of another series tells only where there is none that may serve.
,
        min(day_lo) FILTER (title_possible >= {level} AND serving_title < {level}) AS {name}_may_be_lo,
        min(day_hi) FILTER (title_possible >= {level} AND serving_title < {level}) AS {name}_may_be_hi,
        min(day_lo) FILTER (title_sure >= {level} AND serving_title < {level}) AS {name}_surely_lo,
        min(day_hi) FILTER (title_sure >= {level} AND serving_title < {level}) AS {name}_surely_hi,
        coalesce(bool_or(day_lo IS NULL) FILTER (title_sure = {level} AND title_possible = {level} AND serving_title < {level}), true)
            AS {name}_untold,
        arg_max(day_lo, (title_sure, DATE '9999-12-31' - day_lo))
            FILTER (title_sure < {level} AND day_lo IS NOT NULL AND serving_title < {level}) AS {name}_below_lo,
        arg_max(day_hi, (title_sure, DATE '9999-12-31' - day_hi))
            FILTER (title_sure < {level} AND day_lo IS NOT NULL AND serving_title < {level}) AS {name}_below_hi

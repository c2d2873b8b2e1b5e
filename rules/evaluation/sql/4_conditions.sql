-- The conditions beside the years, one by its name each: true, false, or NULL where it is not known. The clauses are those of 辽人社规〔2019〕2号.
-- rules/evaluation/routes.py puts in what a policy or a route says: {serving_posts} and so on.

-- credential: what puts the route in play is surely of that level (三（二）, 四)
CASE WHEN {surely_holds} THEN true END

-- honour: the honour is surely one of the list (三（四）)
{honour}

-- integrity: no falsified education, record or work (二（三）)
integrity

-- in_service: at work in the unit (一)
CASE
    WHEN {out_of_service} THEN NOT service_begun
    WHEN service IS NOT NULL THEN true
END

-- area: in the province (一)
province = {area}

-- post: one of the posts that serve (一); a 管理岗位 that may be on the front line may be a foreman's
CASE
    WHEN {serving_posts} THEN true
    WHEN {foreman} THEN NULL
    WHEN post IS NOT NULL THEN false
END

-- frontline: 一线岗位 (一)
frontline

-- field: 工程技术领域 (一)
engineering_field

-- skill_floor: that level and above (三（一）); nothing told is not known here
CASE
    WHEN sure_skill >= {floor} THEN true
    WHEN skill_not_told THEN NULL
    WHEN {possible_skill} >= {floor} THEN NULL
    ELSE false
END

-- assessments: the yearly assessments of the last years all pass (三（一）)
{assessments}

-- series: the title that serves is surely of 工程系列 (一); who has none lacks none
CASE
    WHEN coalesce({all_series}, true) THEN true
    WHEN {any_series} OR {untitled} THEN NULL
    ELSE false
END

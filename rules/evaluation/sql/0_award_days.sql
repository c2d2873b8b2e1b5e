-- The own day of each award: the day on which its column says that it was made, and the policy that judges it.
-- In: rows (of a column of days {field}_state, _lo, _hi); spans (policy_no, starts, ends: the days that a policy judges);
-- $in_force, in words when the policies are in force.
-- Makes award_days: pid, day, policy_no, problem (a finding's code, of rows that can't be judged), value and detail (what the finding says).
CREATE OR REPLACE TABLE award_days AS
SELECT pid, day, policy_no, problem,
    CASE
        WHEN lo = hi THEN strftime(lo, '%Y-%m-%d') WHEN hi - lo < 31 THEN strftime(lo, '%Y-%m') WHEN lo IS NOT NULL THEN strftime(lo, '%Y')
    END AS value,
    CASE
        WHEN problem = 'no_policy_in_force' THEN $in_force WHEN lo IS NOT NULL THEN '只写到年或月'
        WHEN state = 'unknown' THEN '无法识别' ELSE '没有填写'
    END AS detail
FROM (
    SELECT *, CASE WHEN day IS NULL THEN 'award_date_unclear' WHEN policy_no IS NULL THEN 'no_policy_in_force' END AS problem
    FROM (
        SELECT pid, {field}_state AS state, {field}_lo::DATE AS lo, {field}_hi::DATE AS hi, CASE WHEN lo = hi THEN lo END AS day
        FROM rows WHERE bucket = 'evaluated'
    ) LEFT JOIN spans ON day BETWEEN starts AND ends
);

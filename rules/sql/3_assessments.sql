-- Of each person and assessment rule: how many of the rule's years pass, how many fail, which are told.
-- In: assessments (pid, year, grade), assessment_rules (rule_no, first_year, last_year),
-- assessment_grades (rule_no, grade, passes).
CREATE OR REPLACE TABLE assessed AS
SELECT
    pid, rule_no,
    count(*) FILTER (passes) AS passed,
    count(*) FILTER (NOT passes) AS failed,
    list(year) AS told
FROM assessments
JOIN assessment_grades USING (grade)
JOIN assessment_rules USING (rule_no)
WHERE year BETWEEN first_year AND last_year
GROUP BY pid, rule_no;

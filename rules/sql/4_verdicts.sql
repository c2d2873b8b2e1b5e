-- One row a person and route in play: masks and dates only; the words are joined on at export.
-- In: standing, assessed, routes (rules/compile.py), the variable as_of.
-- Conditions compile to the date from which they hold: ready_lo to ready_hi is when the years are full.
CREATE OR REPLACE TABLE verdicts AS
WITH in_play AS (
    SELECT
        s.*, r.*,
        -- least() passes over NULL: the earliest *known* date among the credentials of rank ≥ need_rank
        CASE
            WHEN r.own_certificate THEN s.certificate_lo
            WHEN r.earliest THEN least(
                CASE WHEN s.own_rank >= r.need_rank THEN s.main_lo END,
                CASE WHEN s.own_rank >= 2 AND 2 >= r.need_rank THEN s.at_2_lo END,
                CASE WHEN s.own_rank >= 3 AND 3 >= r.need_rank THEN s.at_3_lo END,
                CASE WHEN s.own_rank >= 4 AND 4 >= r.need_rank THEN s.at_4_lo END,
                CASE WHEN s.own_rank >= 5 AND 5 >= r.need_rank THEN s.at_5_lo END)
            ELSE s.main_lo
        END AS credential_lo,
        CASE
            WHEN r.own_certificate THEN s.certificate_hi
            WHEN r.earliest THEN least(
                CASE WHEN s.own_rank >= r.need_rank THEN s.main_hi END,
                CASE WHEN s.own_rank >= 2 AND 2 >= r.need_rank THEN s.at_2_hi END,
                CASE WHEN s.own_rank >= 3 AND 3 >= r.need_rank THEN s.at_3_hi END,
                CASE WHEN s.own_rank >= 4 AND 4 >= r.need_rank THEN s.at_4_hi END,
                CASE WHEN s.own_rank >= 5 AND 5 >= r.need_rank THEN s.at_5_hi END)
            ELSE s.main_hi
        END AS credential_hi,
        r.related_work AND s.work_start_state <> 'blank' AS from_work,
        CASE WHEN r.target_next THEN least(s.held_rank + 1, r.highest_rank) ELSE r.target_rank END AS aim,
        CASE WHEN list_contains(r.posts, s.post) THEN 0 WHEN s.post IS NULL THEN NULL ELSE 4 END AS post_bit
    FROM standing AS s JOIN routes AS r ON s.direction = r.direction
    WHERE CASE
        WHEN r.honour_list IS NOT NULL THEN (s.lists >> r.honour_list) & 1 = 1
        ELSE (s.own_rank BETWEEN r.need_rank AND r.most_rank AND (r.need_other IS NULL OR s.held_rank >= r.need_other))
            OR (r.or_no_title AND s.own_rank = 0 AND list_contains(r.professionals, s.person_category))
    END
),
started AS (
    SELECT
        *,
        -- greatest() passes over NULL too: an unknown start must stay unknown
        CASE WHEN NOT from_work THEN credential_lo
             WHEN credential_lo IS NOT NULL AND work_start_lo IS NOT NULL THEN greatest(credential_lo, work_start_lo) END AS start_lo,
        CASE WHEN NOT from_work THEN credential_hi
             WHEN credential_hi IS NOT NULL AND work_start_hi IS NOT NULL THEN greatest(credential_hi, work_start_hi) END AS start_hi,
        years * 12 + CASE WHEN interruptions THEN away_months ELSE 0 END AS months
    FROM in_play
),
ready AS (
    SELECT
        *,
        (CASE WHEN partial_dates = 'latest' THEN start_hi ELSE start_lo END + to_months(months::INTEGER))::DATE AS ready_lo,
        (CASE WHEN partial_dates = 'earliest' THEN start_lo ELSE start_hi END + to_months(months::INTEGER))::DATE AS ready_hi
    FROM started
),
judged AS (
    SELECT
        ready.*,
        CASE WHEN years = 0 THEN 0 WHEN getvariable('as_of') >= ready_hi THEN 0 WHEN getvariable('as_of') < ready_lo THEN 256 ELSE 0 END
            AS tenure_not_met,
        CASE WHEN years = 0 THEN 0 WHEN getvariable('as_of') >= ready_hi OR getvariable('as_of') < ready_lo THEN 0 ELSE 256 END
            AS tenure_unknown,
        conditions & (ready.not_met + coalesce(post_bit, 0) + CASE WHEN coalesce(failed, 0) > 0 THEN 64 ELSE 0 END) AS failing,
        conditions & (ready.unknown + CASE WHEN post_bit IS NULL THEN 4 ELSE 0 END
            + CASE WHEN coalesce(failed, 0) = 0 AND coalesce(passed, 0) < assessment_years THEN 64 ELSE 0 END) AS lacking
    FROM ready LEFT JOIN assessed USING (pid, rule_no)
)
SELECT
    pid, route_no, aim AS target_rank, direction,
    CASE
        WHEN held_rank >= aim THEN 4
        WHEN failing | (lacking & fail_unknown) <> 0 THEN 5
        WHEN tenure_not_met <> 0 THEN 3
        WHEN tenure_unknown & fail_unknown <> 0 THEN 5
        WHEN (lacking | tenure_unknown) & verify_unknown <> 0 THEN 2
        WHEN refers THEN 1
        ELSE 0
    END::UTINYINT AS outcome,
    CASE WHEN years > 0 THEN ready_hi END AS ready_on,
    (failing | tenure_not_met)::USMALLINT AS not_met,
    (lacking | tenure_unknown)::USMALLINT AS unknown,
    (((lacking | tenure_unknown) & review_unknown)
        | CASE WHEN relation AND NOT title_related THEN 512 ELSE 0 END
        | CASE WHEN aim IS NOT NULL AND held_rank IS NULL THEN 1024 ELSE 0 END
        | CASE WHEN direction <> 'title-to-skill' OR major IS NULL THEN 0 WHEN study_related THEN 4096 ELSE 2048 END)::USMALLINT AS review,
    (CASE WHEN own_rank > need_rank THEN 1 ELSE 0 END
        | CASE WHEN years > 0 AND NOT own_certificate AND credential_lo IS DISTINCT FROM main_lo THEN 2 ELSE 0 END
        | CASE WHEN years > 0 AND from_work AND start_lo IS DISTINCT FROM credential_lo THEN 4 ELSE 0 END
        | CASE WHEN years > 0 AND interruptions AND away_months IS DISTINCT FROM 0 THEN 8 ELSE 0 END
        | CASE WHEN years > 0 AND start_lo <> start_hi THEN 16 ELSE 0 END
        | CASE WHEN conditions & 64 <> 0 THEN 32 + 64 + 128 + 256 ELSE 0 END
        | CASE WHEN direction = 'skill-to-title' THEN 512 ELSE 1024 END
        | CASE WHEN honour_list IS NOT NULL THEN 2048 + 4096 ELSE 0 END
        | CASE WHEN or_no_title AND own_rank = 0 THEN 8192 ELSE 0 END)::UINTEGER AS settings,
    months, failing, lacking, tenure_unknown, rule_no
FROM judged;

-- What may be held, world by world: in each world every credential is of one level, a title of 工程系列 or of another series, and one of the
-- occupations that certificates name the present one, or none of them, where nobody says which. What is so in all
-- worlds of a person is so; what is so in none is not; anything else is not known. Who holds nothing in doubt is not among them.
-- Who leaves so much open that more than {most} rows would be looked at has no worlds: of what is held, then, nothing is known but the most it may be.
-- In: credentials, doubtful (pid, track).
CREATE OR REPLACE TABLE told_in_doubt AS  -- each thing held once, with how many ways it may be
SELECT *, rank_hi - rank_lo + 1 AS ranks, (rank_hi - rank_lo + 1) * CASE WHEN track = 'title' AND engineering IS NULL THEN 2 ELSE 1 END AS ways
FROM (SELECT DISTINCT * EXCLUDE (in_doubt, untold, certificate_untold) FROM credentials SEMI JOIN doubtful USING (pid, track));

CREATE OR REPLACE TABLE too_open AS
SELECT pid, track FROM told_in_doubt
GROUP BY ALL HAVING product(ways) * count(*) * count(DISTINCT coalesce(occupation, ''))
    * CASE WHEN bool_or(of_present_occupation IS NULL) THEN count(DISTINCT occupation) + 1 ELSE 1 END > {most};

CREATE OR REPLACE TABLE doubts AS  -- how many ways are together with those before it, and with all
WITH placed AS (
    SELECT *, row_number() OVER (PARTITION BY pid, track ORDER BY rank_hi, rank_lo, day_lo, day_hi, occupation, engineering) AS place
    FROM told_in_doubt ANTI JOIN too_open USING (pid, track)
)
SELECT *,
    coalesce(product(ways) OVER (PARTITION BY pid, track ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 1)::BIGINT AS ways_before,
    (product(ways) OVER (PARTITION BY pid, track))::BIGINT AS worlds,
    CASE WHEN bool_or(of_present_occupation IS NULL) OVER (PARTITION BY pid, track)
        THEN list_distinct(list(occupation) OVER (PARTITION BY pid, track)) || [''] ELSE [NULL::VARCHAR] END AS presents
FROM placed;

CREATE OR REPLACE TABLE worlds AS
WITH chosen AS (  -- below: what was held before a credential that may be of a later date; its date is not that one's
    SELECT * REPLACE (CASE WHEN NOT below THEN day_lo END AS day_lo, CASE WHEN NOT below THEN day_hi END AS day_hi)
    FROM (
        SELECT * REPLACE ((world, present) AS world, coalesce(of_present_occupation, occupation = present) AS of_present_occupation),
            rank_lo + way % ranks AS rank, coalesce(engineering, way < ranks) AS of_engineering,
            dated_later OR (rank_lo = 0 AND day_lo IS NOT NULL AND rank < rank_hi) AS below
        FROM (
            SELECT *, (world // ways_before) % ways AS way, unnest(presents) AS present
            FROM (SELECT *, unnest(range(worlds)) AS world FROM doubts)
        )
    )
),
stood AS (  -- is_told: what was held below is what is told of that level, of the trade or of none, where anything is
    SELECT *,
        below AND EXISTS (
            SELECT 1 FROM chosen AS other
            WHERE other.pid = one.pid AND other.track = one.track AND other.world = one.world AND NOT other.below AND other.rank = one.rank
                AND other.of_engineering = one.of_engineering
                AND (other.occupation IS NULL OR one.occupation IS NULL OR other.occupation = one.occupation)
        ) AS is_told,
        below AND EXISTS (
            SELECT 1 FROM chosen AS other
            WHERE other.pid = one.pid AND other.track = one.track AND other.world = one.world AND NOT other.below AND other.rank = one.rank
                AND other.of_present_occupation
        ) AS certificate_is_told
    FROM chosen AS one
),
-- the years may begin with a level of each of the person's trades
trades AS (SELECT pid, list(DISTINCT coalesce(occupation, '')) AS trades FROM doubts WHERE track = 'skill' GROUP BY pid)
SELECT
    pid, track, (world, trade) AS world, rank, day_lo, day_hi, of_present_occupation, of_engineering AS engineering, dated_later,
    day_lo IS NULL AND NOT is_told AS untold, day_lo IS NULL AND NOT certificate_is_told AS certificate_untold,
    coalesce(coalesce(occupation, '') = trade, true) AS of_trade, coalesce(occupation IS NULL OR occupation = trade, true) AS of_trade_or_none,
    -- of a title of another series, the highest of 工程系列 beside it: up to there it tells of no years
    CASE WHEN track = 'title' AND NOT of_engineering
        THEN coalesce(max(rank) FILTER (of_engineering) OVER (PARTITION BY pid, track, world, trade), 0) ELSE 0 END AS serving_rank
FROM (
    SELECT h.*, unnest(CASE WHEN h.track = 'skill' THEN t.trades ELSE [NULL::VARCHAR] END) AS trade
    FROM stood AS h LEFT JOIN trades AS t ON t.pid = h.pid
);

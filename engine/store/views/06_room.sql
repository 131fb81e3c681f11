-- ---- shows and the room itself -------------------------------------------------------------------------------------

-- Which shows are there, and what do their viewers do? Grain: one show. phase: before, live, over, always.
CREATE OR REPLACE MACRO boards.show_phases(as_of) AS TABLE
SELECT
    s.show_id, s.title_zh, s.title_en, s.platform, s.anchors, s.starts_at, s.ends_at,
    CASE
        WHEN s.starts_at IS NULL THEN 'always'
        WHEN as_of < s.starts_at THEN 'before'
        WHEN s.ends_at IS NOT NULL AND as_of >= s.ends_at THEN 'over'
        ELSE 'live'
    END AS phase,
    g.viewers, g.clicks, g.seen_at
FROM shows AS s
LEFT JOIN (
    SELECT show_id, arg_max(viewers, event_time) AS viewers, arg_max(clicks, event_time) AS clicks,
           max(event_time) AS seen_at
    FROM live_signals GROUP BY show_id
) AS g USING (show_id);

-- How old is what we know? Grain: one feed (orders, signals, stock, jobs, tracking); a feed never heard from has null times.
CREATE OR REPLACE VIEW boards.feed_ages AS
SELECT 'orders' AS feed, (SELECT max(paid_at) FROM orders) AS event_time,
       (SELECT max(received_at) FROM intake_batches) AS ingest_time
UNION ALL
SELECT 'signals', max(event_time), max(ingest_time) FROM live_signals
UNION ALL
SELECT 'stock', max("at"), max("at") FROM stock_movements
UNION ALL
SELECT 'jobs', max(started_at), max(started_at + to_milliseconds(took_ms)) FROM job_runs
UNION ALL
SELECT 'tracking', max(event_time), max(ingest_time) FROM tracking_events
UNION ALL
SELECT 'tickets', max(asked_at), max(ingest_time) FROM tickets;

-- How does each job fare? Grain: one job, its latest record.
CREATE OR REPLACE VIEW boards.job_states AS
SELECT job, arg_max(started_at, version) AS started_at, arg_max(took_ms, version) AS took_ms,
       arg_max(outcome, version) AS outcome, arg_max(detail, version) AS detail,
       sum(runs)::BIGINT AS runs,
       coalesce(sum(runs) FILTER (outcome IN ('failed', 'refused')), 0)::BIGINT AS troubles
FROM job_runs GROUP BY job ORDER BY job;

-- What did the jobs do last? Grain: one record, newest first; a record may stand for several idle runs.
CREATE OR REPLACE VIEW boards.latest_job_runs AS
SELECT job, started_at, took_ms, outcome, detail, runs FROM job_runs ORDER BY version DESC, started_at DESC;

-- Does everything that must always hold, hold? Grain: one invariant, its latest check.
CREATE OR REPLACE VIEW boards.invariant_states AS
SELECT invariant, max(checked_at) AS checked_at, arg_max(breaches, version) AS breaches,
       arg_max(detail, version) AS detail
FROM invariant_checks GROUP BY invariant ORDER BY breaches DESC, invariant;

-- Who did what? Grain: one commit, newest first.
CREATE OR REPLACE VIEW boards.audit_tail AS
SELECT version, "at", actor, verb, subject, detail FROM audit ORDER BY version DESC;

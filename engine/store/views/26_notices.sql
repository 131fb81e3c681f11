-- ---- what people are told ------------------------------------------------------------------------------------------

-- What waits, what failed, what went out? Grain: one notice. detail: of its newest event that says something.
CREATE OR REPLACE VIEW boards.notice_list AS
SELECT
    n.notice_id, n.created_at, n.audience, n.channel, n.kind, n.critical, n.desk, o.order_no, n.fields, n.state, n.state_at,
    n.next_at, n.give_up_at, n.attempts, e.detail
FROM notices AS n
LEFT JOIN orders AS o ON o.order_id = n.order_id
LEFT JOIN (
    SELECT notice_id, arg_max(detail, version) AS detail FROM notice_events WHERE detail <> '' GROUP BY notice_id
) AS e ON e.notice_id = n.notice_id;

-- How many stand where? Grain: one audience and state. day: of those created in the last 24 hours.
CREATE OR REPLACE MACRO boards.notice_counts(as_of) AS TABLE
SELECT audience, state, count(*) AS notices, count(*) FILTER (created_at > as_of - INTERVAL 24 HOUR) AS day
FROM notices GROUP BY audience, state;

-- How does each channel fare? Grain: one channel that the settings name, or that something still waits for.
-- last_minute: messages sent in the window that its limit counts; sent, failed: attempts of the last hour.
CREATE OR REPLACE MACRO boards.channel_health(as_of, window_seconds) AS TABLE
SELECT
    c.channel, c.kind, c.desks, c.configured, c.state, c.next_at, c.failures, c.last_sent_at, c.last_error,
    coalesce(w.waiting, 0)::BIGINT AS waiting, coalesce(m.messages, 0)::BIGINT AS last_minute,
    coalesce(h.sent, 0)::BIGINT AS sent, coalesce(h.failed, 0)::BIGINT AS failed, h.took_ms
FROM notice_channels AS c
LEFT JOIN (
    SELECT channel, count(*) AS waiting FROM notices WHERE next_at IS NOT NULL GROUP BY channel
) AS w ON w.channel = c.channel
LEFT JOIN (
    SELECT channel, count(DISTINCT sent_as) AS messages FROM notice_events
    WHERE state = 'sending' AND "at" > as_of - to_seconds(window_seconds) GROUP BY channel
) AS m ON m.channel = c.channel
LEFT JOIN (
    SELECT channel, count(*) FILTER (state = 'sent') AS sent, count(*) FILTER (state = 'failed') AS failed,
           median(took_ms) AS took_ms
    FROM notice_events WHERE "at" > as_of - INTERVAL 1 HOUR GROUP BY channel
) AS h ON h.channel = c.channel
WHERE c.configured OR w.waiting > 0
ORDER BY c.kind = 'gateway', c.channel;

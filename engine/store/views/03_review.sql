-- ---- review --------------------------------------------------------------------------------------------------------

-- Which orders wait for a person, and why? Grain: one held order, the earliest promise first. reason: JSON list.
CREATE OR REPLACE VIEW boards.hold_queue AS
SELECT
    order_id, platform, order_no, show_id, boards.masked(buyer) AS buyer, province, city, district, paid_at, promise_at,
    amount_cents, list_cents, units, reason, received_at
FROM orders
WHERE status = 'held'
ORDER BY promise_at, arrival;

-- Which rules hold how many? Grain: one rule; an order held by two rules counts for both.
CREATE OR REPLACE VIEW boards.held_by_rule AS
SELECT found.rule AS rule, count(*) AS orders
FROM (
    SELECT unnest(from_json(reason, '[{"rule": "VARCHAR", "detail": "VARCHAR"}]')) AS found
    FROM orders
    WHERE status = 'held'
) AS reasons
GROUP BY found.rule
ORDER BY orders DESC, rule;

-- Which rows could not be taken? Grain: one open row, the oldest first. raw: JSON object; hostile text.
CREATE OR REPLACE VIEW boards.quarantine_queue AS
SELECT row_id, source, format, "row", order_id, raw, fault, received_at
FROM quarantine
WHERE state = 'open'
ORDER BY received_at, "row";

-- How much waits for a person? Grain: one row. Oldest: since when the first of them waits.
CREATE OR REPLACE VIEW boards.waiting_for_review AS
SELECT *
FROM (
    SELECT count(*) AS held, coalesce(sum(amount_cents), 0)::BIGINT AS held_cents, min(received_at) AS held_since
    FROM orders WHERE status = 'held'
) AS holds
CROSS JOIN (
    SELECT count(*) AS quarantined, min(received_at) AS quarantined_since FROM quarantine WHERE state = 'open'
) AS rows_set_aside;

-- What came in, and how did its rows end? Grain: one batch, newest first.
CREATE OR REPLACE VIEW boards.latest_batches AS
SELECT batch_id, source, received_at, "read", accepted, duplicate, unpaid, quarantined, changed
FROM intake_batches
ORDER BY version DESC, batch_id;

-- ---- waybills: what is not uploaded yet, and what is -----------------------------------------------------------------

-- Which parcels have no waybill yet? Grain: one order in one parcel. parts: parcels that the order travels in, uploaded
-- ones included. leaves_at: pick-up that the parcel's wave was released for, null without a wave. made_at, pick_up_p50,
-- pick_up_p90: the delay model's forecast, null without one.
CREATE OR REPLACE VIEW boards.to_upload AS
WITH goods AS (
    SELECT a.order_id, a.parcel_id, sum(a.qty * s.cost_cents)::BIGINT AS goods_cents
    FROM boards.standing_picks AS a
    JOIN skus AS s ON s.sku = a.sku
    GROUP BY a.order_id, a.parcel_id
),
counted AS (SELECT *, count(*) OVER (PARTITION BY order_id) AS parts FROM goods)
SELECT
    g.parcel_id, g.order_id, p.node, p.carrier, o.platform, o.amount_cents, o.paid_at, o.promise_at, g.parts,
    g.goods_cents, p.cost_cents AS freight_cents, w.leaves_at, f.made_at, f.pick_up_p50, f.pick_up_p90
FROM counted AS g
JOIN parcels AS p ON p.parcel_id = g.parcel_id AND p.status = 'planned'
JOIN orders AS o ON o.order_id = g.order_id
ANTI JOIN waybills AS b ON b.parcel_id = g.parcel_id
LEFT JOIN wave_parcels AS i ON i.parcel_id = g.parcel_id
LEFT JOIN waves AS w ON w.wave_id = i.wave_id
-- Published days know nothing of vans and cut-offs; until a trained model speaks, the hand-over times do.
LEFT JOIN parcel_forecasts AS f
  ON f.parcel_id = g.parcel_id AND f.pick_up_p50 IS NOT NULL AND f.model_id <> 'published-days';

-- How often did buyers ask for their money while an order waited? Grain: one band of hours since payment, by its number
-- in `from_hours`. An order waits from its payment to its first waybill, to its end or to `as_of`. Orders that were never
-- reserved (held, sold out, ended on arrival) tell nothing of a buyer's patience and are left out.
CREATE OR REPLACE MACRO boards.refund_requests(as_of, since, from_hours) AS TABLE
WITH uploaded AS (
    SELECT a.order_id, min(w.uploaded_at) AS uploaded_at
    FROM (SELECT DISTINCT order_id, parcel_id FROM allocations) AS a JOIN waybills AS w ON w.parcel_id = a.parcel_id
    GROUP BY a.order_id
),
ended AS (
    SELECT order_id, min(event_time) AS ended_at FROM order_events
    WHERE kind IN ('cancelled', 'refunded') GROUP BY order_id
),
waits AS (
    SELECT
        date_diff('second', o.paid_at, least(as_of, u.uploaded_at, e.ended_at)) / 3600.0 AS hours,
        e.ended_at IS NOT NULL AND e.ended_at <= least(as_of, u.uploaded_at) AS asked
    FROM orders AS o
    LEFT JOIN uploaded AS u ON u.order_id = o.order_id
    LEFT JOIN ended AS e ON e.order_id = o.order_id
    WHERE o.outcome = 'reserved' AND o.paid_at > since AND o.paid_at < as_of
),
bands AS (
    SELECT (unnest(range(len(from_hours))))::BIGINT AS band, unnest(from_hours)::DOUBLE AS begins,
           unnest(list_append(from_hours[2:], 1e9))::DOUBLE AS ends
)
SELECT
    b.band,
    -- A band that no order reached has a row without hours, and `least` would pass over the null.
    coalesce(sum(least(w.hours, b.ends) - b.begins) FILTER (w.hours IS NOT NULL), 0)::DOUBLE AS order_hours,
    count(*) FILTER (w.asked AND w.hours >= b.begins AND w.hours < b.ends) AS requests
FROM bands AS b LEFT JOIN waits AS w ON w.hours >= b.begins
GROUP BY b.band
ORDER BY b.band;

-- How many orders are due on a Beijing day, and how many broke something already? Grain: one platform and day from the
-- day of `as_of` on. late: promised by `as_of` and not picked up whole by then. anomalies: orders of parcels whose 48 h
-- (`anomaly_hours`) since the upload have ended on that day without a scan.
CREATE OR REPLACE MACRO boards.due_days(as_of, anomaly_hours) AS TABLE
WITH due AS (
    SELECT order_id, platform, promise_at, boards.beijing_day(promise_at) AS day FROM orders
    WHERE status NOT IN ('cancelled', 'refunded') AND promise_at >= boards.beijing_midnight(as_of)
),
picked AS (
    SELECT a.order_id, CASE WHEN count(*) = count(w.picked_up_at) THEN max(w.picked_up_at) END AS picked_at
    FROM (SELECT DISTINCT order_id, parcel_id FROM boards.standing_picks) AS a
    LEFT JOIN boards.waybill_states AS w ON w.parcel_id = a.parcel_id
    GROUP BY a.order_id
),
broken AS (
    SELECT o.platform, boards.beijing_day(w.uploaded_at + to_hours(anomaly_hours)) AS day, count(DISTINCT o.order_id) AS orders
    FROM boards.waybill_states AS w
    JOIN (SELECT DISTINCT order_id, parcel_id FROM boards.standing_picks) AS a ON a.parcel_id = w.parcel_id
    JOIN orders AS o ON o.order_id = a.order_id
    WHERE w.uploaded_at + to_hours(anomaly_hours) BETWEEN boards.beijing_midnight(as_of) AND as_of
      AND (w.picked_up_at IS NULL OR w.picked_up_at > w.uploaded_at + to_hours(anomaly_hours))
    GROUP BY ALL
)
SELECT
    d.platform, d.day, count(*) AS due,
    count(*) FILTER (d.promise_at <= as_of AND (p.picked_at IS NULL OR p.picked_at > d.promise_at)) AS late,
    coalesce(any_value(b.orders), 0)::BIGINT AS anomalies
FROM due AS d
LEFT JOIN picked AS p ON p.order_id = d.order_id
LEFT JOIN broken AS b ON b.platform = d.platform AND b.day = d.day
GROUP BY d.platform, d.day
ORDER BY d.platform, d.day;

-- What stands proposed? Grain: one node, carrier, platform and cohort, most yuan saved against uploading now first.
CREATE OR REPLACE VIEW boards.upload_proposals AS
SELECT
    q.node, n.name_zh AS node_zh, n.name_en AS node_en, q.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    q.platform, q.cohort, q.parcels, q.orders, q.promise_at, q.pick_up_at, q.upload_at, q.now_cents, q.best_cents,
    q.pick_up_cents, q.refund_cents, q.trace_cents, q.late_cents, q.lock_out_cents, q.curve
FROM waybill_proposals AS q
LEFT JOIN nodes AS n ON n.node = q.node
LEFT JOIN carriers AS c ON c.carrier = q.carrier
WHERE q.version = (SELECT max(version) FROM waybill_rounds)
ORDER BY q.now_cents - q.best_cents DESC NULLS LAST, q.parcels DESC, q.node, q.carrier, q.platform, q.cohort;

-- What did the last round weigh? Grain: the newest round, or nothing.
CREATE OR REPLACE VIEW boards.last_waybill_round AS
SELECT "at", parcels, unknown_parcels, groups, now_cents, best_cents, pick_up_cents, requests, order_hours
FROM waybill_rounds WHERE version = (SELECT max(version) FROM waybill_rounds);

-- What is uploaded and not picked up? Grain: one node and carrier, the oldest upload first. past_timeout, past_anomaly:
-- parcels whose clock of so many hours has run out; soon: whose first clock does within six hours.
CREATE OR REPLACE MACRO boards.uploaded_parcels(as_of, timeout_hours, anomaly_hours) AS TABLE
SELECT
    p.node, any_value(n.name_zh) AS node_zh, any_value(n.name_en) AS node_en,
    p.carrier, any_value(c.name_zh) AS carrier_zh, any_value(c.name_en) AS carrier_en,
    count(*) AS parcels, min(w.uploaded_at) AS oldest_at,
    count(*) FILTER (w.uploaded_at + to_hours(timeout_hours) > as_of
                     AND w.uploaded_at + to_hours(timeout_hours) <= as_of + INTERVAL 6 HOUR) AS soon,
    count(*) FILTER (w.uploaded_at + to_hours(timeout_hours) <= as_of
                     AND w.uploaded_at + to_hours(anomaly_hours) > as_of) AS past_timeout,
    count(*) FILTER (w.uploaded_at + to_hours(anomaly_hours) <= as_of) AS past_anomaly
FROM boards.waybill_states AS w
JOIN parcels AS p ON p.parcel_id = w.parcel_id AND p.status = 'planned'
LEFT JOIN nodes AS n ON n.node = p.node
LEFT JOIN carriers AS c ON c.carrier = p.carrier
WHERE w.picked_up_at IS NULL
GROUP BY p.node, p.carrier
ORDER BY oldest_at, p.node, p.carrier;

-- ---- orders --------------------------------------------------------------------------------------------------------

-- How many orders stand where, and what they are worth? Grain: one status, and 'unpaid' for orders seen but not paid.
CREATE OR REPLACE VIEW boards.orders_by_status AS
SELECT status, count(*) AS orders, sum(amount_cents)::BIGINT AS cents
FROM orders
GROUP BY status
UNION ALL
SELECT 'unpaid', count(*), coalesce(sum(amount_cents), 0)::BIGINT
FROM unpaid_orders
WHERE order_id NOT IN (SELECT order_id FROM orders SEMI JOIN unpaid_orders USING (order_id))  -- seen unpaid, paid since
HAVING count(*) > 0;

-- The same for each show. Grain: one show and status.
CREATE OR REPLACE VIEW boards.orders_by_show AS
SELECT
    o.show_id,
    coalesce(s.title_zh, o.show_id) AS title_zh,
    coalesce(s.title_en, o.show_id) AS title_en,
    o.status,
    o.orders,
    o.cents
FROM (
    SELECT show_id, status, count(*) AS orders, sum(amount_cents)::BIGINT AS cents
    FROM orders
    GROUP BY show_id, status
) AS o
LEFT JOIN shows AS s USING (show_id);

-- What was paid today, how fast do orders arrive, how many exist? Grain: one row.
-- paid_*: by payment time, Beijing day of `as_of`; last_minute: orders received in the 60 s before it.
CREATE OR REPLACE MACRO boards.day_totals(as_of) AS TABLE
SELECT
    count(*) AS orders,
    count(*) FILTER (paid_at >= boards.beijing_midnight(as_of)) AS paid_orders,
    coalesce(sum(amount_cents) FILTER (paid_at >= boards.beijing_midnight(as_of)), 0)::BIGINT AS paid_cents,
    count(*) FILTER (received_at > as_of - INTERVAL 60 SECOND AND received_at <= as_of) AS last_minute
FROM orders;

-- How do orders arrive? Grain: one bucket of `seconds` over the 120 minutes before `as_of`; where the newest order is
-- older than that, over the 120 minutes before the newest order. viewers: mean in the bucket, null without a signal.
CREATE OR REPLACE MACRO boards.order_pulse(as_of, seconds) AS TABLE
WITH newest AS (SELECT max(received_at) AS newest_at FROM orders),
span AS (
    SELECT
        CASE WHEN newest_at < as_of - INTERVAL 120 MINUTE THEN newest_at ELSE as_of END AS until_at,
        to_seconds(seconds) AS width
    FROM newest
    WHERE newest_at IS NOT NULL
),
buckets AS (
    SELECT
        unnest(generate_series(
            time_bucket(width, until_at - INTERVAL 120 MINUTE), time_bucket(width, until_at), width
        )) AS bucket
    FROM span
),
arrivals AS (
    -- Buckets of whole seconds, counted as integers: time_bucket on a million instants costs 30 ms more.
    SELECT
        make_timestamptz(epoch_us(received_at) // (seconds * 1000000) * (seconds * 1000000)) AS bucket,
        count(*) AS orders,
        sum(amount_cents)::BIGINT AS cents
    FROM orders
    WHERE version > boards.version_before((SELECT until_at - INTERVAL 121 MINUTE FROM span))
    GROUP BY 1
),
watching AS (
    SELECT time_bucket(to_seconds(seconds), event_time) AS bucket, avg(viewers) AS viewers
    FROM live_signals
    WHERE event_time > (SELECT until_at - INTERVAL 121 MINUTE FROM span)
    GROUP BY 1
)
SELECT bucket, coalesce(orders, 0) AS orders, coalesce(cents, 0) AS cents, viewers
FROM buckets LEFT JOIN arrivals USING (bucket) LEFT JOIN watching USING (bucket)
ORDER BY bucket;

-- Where do orders come from, and how full is each province's quota? Grain: one show and province.
-- quota, quota_used: null where the show sets no limit. lat, lon: WGS-84, null for a province the gazetteer lacks.
CREATE OR REPLACE VIEW boards.orders_by_province AS
WITH counted AS (
    SELECT show_id, province, count(*) AS orders, sum(amount_cents)::BIGINT AS cents
    FROM orders
    GROUP BY show_id, province
),
placed AS (SELECT province, any_value(lat) AS lat, any_value(lon) AS lon FROM regions WHERE level = 'province' GROUP BY province)
SELECT
    coalesce(c.show_id, q.show_id) AS show_id,
    coalesce(c.province, q.province) AS province,
    coalesce(c.orders, 0) AS orders,
    coalesce(c.cents, 0) AS cents,
    q.quantity AS quota,
    q.reserved AS quota_used,
    p.lat,
    p.lon
FROM counted AS c
FULL JOIN quota_balance AS q ON q.show_id = c.show_id AND q.province = c.province
LEFT JOIN placed AS p ON p.province = coalesce(c.province, q.province);

-- What was asked for today, served or not? Grain: one code as sold (SKU or kit), of orders received in the Beijing day.
-- Lines carry the version of their order, so no join is needed. A kit's money stands on its first component.
CREATE OR REPLACE MACRO boards.sold_today(as_of) AS TABLE
SELECT
    l.sold_sku,
    coalesce(n.name_zh, l.sold_sku) AS name_zh,
    coalesce(n.name_en, l.sold_sku) AS name_en,
    l.units,
    l.cents
FROM (
    SELECT
        sold_sku,
        sum(sold_qty) FILTER (kit IS NULL OR amount_cents > 0)::BIGINT AS units,
        sum(amount_cents)::BIGINT AS cents
    FROM order_lines
    WHERE version > boards.version_before(boards.beijing_midnight(as_of))
    GROUP BY sold_sku
) AS l
LEFT JOIN boards.sold_names AS n ON n.sku = l.sold_sku;

-- Which orders came last? Grain: one order, newest first; no address, buyers masked.
CREATE OR REPLACE VIEW boards.latest_orders AS
SELECT
    order_id, platform, order_no, show_id, boards.masked(buyer) AS buyer, province, city, paid_at, received_at, promise_at,
    amount_cents, units, status, arrival
FROM orders
WHERE arrival > (SELECT max(arrival) FROM orders) - 500
ORDER BY arrival DESC;

-- Which reserved orders found no way out, and why? Grain: one order, the earliest promise first.
-- detail: JSON of the decision. Only orders that still wait are looked up.
CREATE OR REPLACE VIEW boards.unserved_orders AS
SELECT o.order_id, o.order_no, o.platform, o.province, o.city, o.promise_at, o.amount_cents, o.units, r.detail, r.decided_at
FROM (SELECT * FROM orders WHERE status = 'reserved') AS o
JOIN (SELECT * FROM allocation_reasons WHERE node IS NULL) AS r USING (order_id)
ORDER BY o.promise_at, o.arrival;

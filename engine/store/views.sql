-- One view a question. DuckDB SQL, read on the file or on PostgreSQL attached read-only; engine/store/screens.py has
-- one function a view. A question that depends on the time takes it as an argument (a table macro): no view asks a
-- clock. Money is cents, time is an instant, "day" is the day in Beijing. All of it lives in `boards`, a catalogue in
-- memory that every reader of this process sees: nothing here is ever written into the database file.
--
-- Cost. Boards ask again after every commit, with a million orders stored. Two rules keep that cheap: versions grow
-- with time, so "recent" is `version > version_before(...)`, which skips old row groups; and two big tables are never
-- joined on their text keys, only the recent or the waiting part of them.

ATTACH IF NOT EXISTS ':memory:' AS boards;


-- ---- words that several views share --------------------------------------------------------------------------------

-- The day in Beijing that an instant belongs to.
CREATE OR REPLACE MACRO boards.beijing_day(moment) AS CAST(timezone('Asia/Shanghai', moment) AS DATE);

-- The instant at which that day began.
CREATE OR REPLACE MACRO boards.beijing_midnight(moment) AS timezone('Asia/Shanghai', CAST(boards.beijing_day(moment) AS TIMESTAMP));

-- The last commit before an instant: what came later has a greater version.
CREATE OR REPLACE MACRO boards.version_before(moment) AS
    (SELECT coalesce(max(version), 0) FROM audit WHERE audit.at < moment);

-- A buyer on a screen: first character and the last four, whatever the platform masked or forgot to mask.
CREATE OR REPLACE MACRO boards.masked(buyer) AS
    CASE WHEN length(buyer) <= 5 THEN left(buyer, 1) || '**' ELSE left(buyer, 1) || '**' || right(buyer, 4) END;

-- Near expiry (临期): days left at or below which goods of a shelf life may no longer be sold as they are.
-- Source: Douyin near-expiry rule for grain, oil and fresh goods, public notice, planned effect 2026-06-02.
-- Grain: one band of shelf life, in days.
CREATE OR REPLACE VIEW boards.near_expiry_bands AS
SELECT * FROM (VALUES
    (365, 45),
    (180, 30),
    ( 90, 20),
    ( 30, 10),
    ( 15,  5),
    (  0,  4)
) AS bands(shelf_life_from, days_left_at_most);

-- SKUs and kits under one roof: what a code is called. Grain: one code, as sold or physical.
CREATE OR REPLACE VIEW boards.sold_names AS
SELECT sku, name_zh, name_en FROM skus
UNION ALL
SELECT kit, name_zh, name_en FROM kits;


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

-- How long until unfinished orders break their promise? Grain: one window of hours to the pick-up deadline.
-- Unfinished: reserved, held or allocated. Windows in order: overdue, <6, <12, <24, later.
CREATE OR REPLACE MACRO boards.promise_clock(as_of) AS TABLE
SELECT window_name, hours_from, coalesce(orders, 0) AS orders, coalesce(cents, 0) AS cents
FROM (VALUES ('overdue', -1), ('6h', 0), ('12h', 6), ('24h', 12), ('later', 24)) AS windows(window_name, hours_from)
LEFT JOIN (
    SELECT
        CASE WHEN hours < 0 THEN -1 WHEN hours < 6 THEN 0 WHEN hours < 12 THEN 6 WHEN hours < 24 THEN 12 ELSE 24 END
            AS hours_from,
        sum(orders)::BIGINT AS orders,
        sum(cents)::BIGINT AS cents
    FROM (
        -- Whole hours as integers: comparing instants with intervals costs twice as much. The million hours keep the
        -- division on the positive side, where it rounds down; on the hour is still in time.
        SELECT
            (epoch_us(promise_at) - epoch_us(as_of) - 1 + 3600000000 * 1000000) // 3600000000 - 1000000 AS hours,
            count(*) AS orders,
            sum(amount_cents) AS cents
        FROM orders
        WHERE status NOT IN ('sold_out', 'cancelled', 'refunded')
        GROUP BY 1
    ) AS hourly
    GROUP BY 1
) AS counted USING (hours_from)
ORDER BY hours_from;

-- Which reserved orders found no way out, and why? Grain: one order, the earliest promise first.
-- detail: JSON of the decision. Only orders that still wait are looked up.
CREATE OR REPLACE VIEW boards.unserved_orders AS
SELECT o.order_id, o.order_no, o.platform, o.province, o.city, o.promise_at, o.amount_cents, o.units, r.detail, r.decided_at
FROM (SELECT * FROM orders WHERE status = 'reserved') AS o
JOIN (SELECT * FROM allocation_reasons WHERE node IS NULL) AS r USING (order_id)
ORDER BY o.promise_at, o.arrival;


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


-- ---- stock ---------------------------------------------------------------------------------------------------------

-- What lies where, until when? Grain: one node, SKU and lot. days_left: from the Beijing day of `as_of` to the printed
-- expiry; near_expiry: at or below the threshold of the SKU's shelf life; null expiry has no limit.
CREATE OR REPLACE MACRO boards.lot_stock(as_of) AS TABLE
SELECT
    b.node, n.name_zh AS node_zh, n.name_en AS node_en, n.kind,
    b.sku, s.name_zh, s.name_en, s.layer,
    b.lot, b.on_hand, b.reserved, b.quarantined,
    b.on_hand - b.reserved - b.quarantined AS available,
    t.expires_on,
    t.expires_on - boards.beijing_day(as_of) AS days_left,
    (
        SELECT max_by(days_left_at_most, shelf_life_from) FROM boards.near_expiry_bands
        WHERE shelf_life_from <= s.shelf_life_days
    ) AS near_expiry_at,
    coalesce(t.expires_on - boards.beijing_day(as_of) <= (
        SELECT max_by(days_left_at_most, shelf_life_from) FROM boards.near_expiry_bands
        WHERE shelf_life_from <= s.shelf_life_days
    ), false) AS near_expiry
FROM stock_balance AS b
JOIN skus AS s USING (sku)
JOIN nodes AS n USING (node)
LEFT JOIN lots AS t USING (lot);

-- How much of each SKU is there, and how much of that may be sold? Grain: one SKU.
-- near_expiry: units that are neither reserved nor quarantined, but too old to sell; sellable: available without them.
CREATE OR REPLACE MACRO boards.sku_stock(as_of) AS TABLE
SELECT
    s.sku, s.name_zh, s.name_en, s.layer,
    coalesce(sum(l.on_hand), 0)::BIGINT AS on_hand,
    coalesce(sum(l.reserved), 0)::BIGINT AS reserved,
    coalesce(sum(l.quarantined), 0)::BIGINT AS quarantined,
    coalesce(sum(l.available), 0)::BIGINT AS available,
    coalesce(sum(l.available) FILTER (l.near_expiry), 0)::BIGINT AS near_expiry,
    coalesce(sum(l.available) FILTER (NOT l.near_expiry), 0)::BIGINT AS sellable,
    count(DISTINCT l.node) FILTER (l.on_hand > 0) AS nodes
FROM skus AS s
LEFT JOIN boards.lot_stock(as_of) AS l USING (sku)
GROUP BY s.sku, s.name_zh, s.name_en, s.layer;

-- How many units are promised to no pool and to no order? Grain: one SKU. Negative: pools promise more than may be sold.
-- Pools count the units of orders that hold stock, allocated ones included; stock counts only the allocated ones as
-- reserved. So what is still owed to pools and orders beyond the lots already reserved is the pools' quantity less that.
CREATE OR REPLACE MACRO boards.free_outside_pools(as_of) AS TABLE
SELECT s.sku, s.sellable - (coalesce(p.quantity, 0) - s.reserved) AS free_units
FROM boards.sku_stock(as_of) AS s
LEFT JOIN (SELECT sku, sum(quantity)::BIGINT AS quantity FROM pool_balance GROUP BY sku) AS p USING (sku);

-- When does each pool sell out at the present rate, and what would carry it to the show's end? Grain: one show and SKU.
-- Rate: units reserved in the 10 minutes before `as_of`, or by the newest 20,000 orders where those are fewer minutes:
-- this bounds the one join of lines and orders. Null rate and clock: nothing was reserved. top_up: never more than is free.
CREATE OR REPLACE MACRO boards.pool_clocks(as_of) AS TABLE
WITH bounds AS (
    SELECT greatest(
        boards.version_before(as_of - INTERVAL 10 MINUTE),
        coalesce((SELECT version FROM orders WHERE arrival = (SELECT max(arrival) FROM orders) - 20000), 0)
    ) AS after_version
),
recent AS (
    SELECT order_id, show_id, received_at FROM orders
    WHERE version > (SELECT after_version FROM bounds)
      AND received_at > as_of - INTERVAL 10 MINUTE AND received_at <= as_of
      AND outcome IN ('reserved', 'held')
),
watched AS (
    SELECT greatest(least(date_diff('second', min(received_at), as_of), 600), 60) / 60.0 AS minutes FROM recent
),
taken AS (
    SELECT r.show_id, l.sku, sum(l.qty)::BIGINT AS units
    FROM order_lines AS l JOIN recent AS r USING (order_id)
    WHERE l.version > (SELECT after_version FROM bounds)
    GROUP BY r.show_id, l.sku
),
clocks AS (
    SELECT
        b.show_id, b.sku, b.quantity, b.reserved, b.quantity - b.reserved AS pool_left,
        coalesce(t.units, 0) AS recent_units,
        t.units / w.minutes AS units_per_minute,
        CASE WHEN b.quantity = b.reserved THEN 0.0 ELSE (b.quantity - b.reserved) / (t.units / w.minutes) END AS minutes_left
    FROM pool_balance AS b
    CROSS JOIN watched AS w
    LEFT JOIN taken AS t ON t.show_id = b.show_id AND t.sku = b.sku
)
SELECT
    c.*,
    n.name_zh, n.name_en, s.title_zh, s.title_en, s.starts_at, s.ends_at,
    greatest(f.free_units, 0) AS free_units,
    CASE
        WHEN c.units_per_minute IS NULL OR s.ends_at IS NULL OR s.ends_at <= as_of THEN 0
        ELSE greatest(0, least(
            f.free_units,
            ceil(c.units_per_minute * date_diff('second', as_of, s.ends_at) / 60.0)::BIGINT - c.pool_left
        ))
    END AS top_up
FROM clocks AS c
LEFT JOIN skus AS n ON n.sku = c.sku
LEFT JOIN shows AS s ON s.show_id = c.show_id
LEFT JOIN boards.free_outside_pools(as_of) AS f ON f.sku = c.sku;


-- ---- nodes and carriers --------------------------------------------------------------------------------------------

-- How much work is planned at each node? Grain: one node. hours: planned parcels over what the node can send in an hour.
CREATE OR REPLACE VIEW boards.node_load AS
SELECT
    n.node, n.name_zh, n.name_en, n.kind, n.throughput_per_hour,
    coalesce(p.parcels, 0) AS parcels,
    coalesce(p.parcels, 0) / n.throughput_per_hour AS hours
FROM nodes AS n
LEFT JOIN (SELECT node, count(*) AS parcels FROM parcels WHERE status = 'planned' GROUP BY node) AS p USING (node);

-- Who carries how much, against the share agreed? Grain: one carrier. share: of all planned parcels, null while none is.
CREATE OR REPLACE VIEW boards.carrier_mix AS
SELECT
    c.carrier, c.name_zh, c.name_en, c.kind, c.capacity_per_day, c.min_share, c.max_share,
    coalesce(p.parcels, 0) AS parcels,
    coalesce(p.cents, 0) AS cents,
    coalesce(p.parcels, 0) / nullif(sum(p.parcels) OVER (), 0) AS share
FROM carriers AS c
LEFT JOIN (
    SELECT carrier, count(*) AS parcels, sum(cost_cents)::BIGINT AS cents
    FROM parcels WHERE status = 'planned' GROUP BY carrier
) AS p USING (carrier);


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

-- How old is what we know? Grain: one feed (orders, signals, stock, jobs); a feed never heard from has null times.
CREATE OR REPLACE VIEW boards.feed_ages AS
SELECT 'orders' AS feed, (SELECT max(paid_at) FROM orders) AS event_time,
       (SELECT max(received_at) FROM intake_batches) AS ingest_time
UNION ALL
SELECT 'signals', max(event_time), max(ingest_time) FROM live_signals
UNION ALL
SELECT 'stock', max("at"), max("at") FROM stock_movements
UNION ALL
SELECT 'jobs', max(started_at), max(started_at + to_milliseconds(took_ms)) FROM job_runs;

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


-- ---- one order -----------------------------------------------------------------------------------------------------

-- What is this order? Grain: one order; the door is left out, the buyer masked.
CREATE OR REPLACE VIEW boards.order_heads AS
SELECT
    o.order_id, o.platform, o.order_no, o.show_id,
    coalesce(s.title_zh, o.show_id) AS title_zh, coalesce(s.title_en, o.show_id) AS title_en,
    o.anchor, boards.masked(o.buyer) AS buyer, o.province, o.city, o.district, o.street,
    o.created_at, o.paid_at, o.promise_at, o.received_at, o.amount_cents, o.list_cents, o.units,
    o.outcome, o.reason, o.status, o.status_at, o.arrival, o.version
FROM orders AS o LEFT JOIN shows AS s USING (show_id);

-- What was bought? Grain: one physical line of an order.
CREATE OR REPLACE VIEW boards.order_goods AS
SELECT l.order_id, l.line_no, l.sold_sku, l.sold_qty, l.kit, l.sku, n.name_zh, n.name_en, l.qty, l.amount_cents
FROM order_lines AS l LEFT JOIN skus AS n USING (sku);

-- Where does it ship from, in which parcel, with whom? Grain: one order, parcel, SKU and lot.
CREATE OR REPLACE VIEW boards.order_picks AS
SELECT
    a.order_id, a.parcel_id, a.sku, g.name_zh, g.name_en, a.qty,
    a.node, n.name_zh AS node_zh, n.name_en AS node_en, a.lot,
    a.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    p.layer, p.kg, p.cost_cents, p.planned_at, p.status AS parcel_status
FROM allocations AS a
LEFT JOIN parcels AS p USING (parcel_id)
LEFT JOIN skus AS g ON g.sku = a.sku
LEFT JOIN nodes AS n ON n.node = a.node
LEFT JOIN carriers AS c ON c.carrier = a.carrier;

-- What happened to it, in turn? Grain: one event of an order. actor, reason: null where nobody gave one.
CREATE OR REPLACE MACRO boards.order_story(wanted) AS TABLE
SELECT happened_at, kind, reason, actor, step FROM (
    SELECT created_at AS happened_at, 'created' AS kind, NULL AS reason, NULL AS actor, 1 AS step FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT paid_at, 'paid', NULL, NULL, 2 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT received_at, 'received', NULL, NULL, 3 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT received_at, outcome, reason, NULL, 4 FROM orders WHERE order_id = wanted
    UNION ALL
    SELECT event_time, kind, reason, actor, 5 FROM order_events WHERE order_id = wanted
) AS told
ORDER BY happened_at, step;

-- Why this node? Grain: one order that was considered for shipping. node null: not served this time.
CREATE OR REPLACE VIEW boards.node_reasons AS
SELECT r.order_id, r.node, n.name_zh AS node_zh, n.name_en AS node_en, r.km, r.detail, r.decided_at
FROM allocation_reasons AS r LEFT JOIN nodes AS n USING (node);

-- Which orders does somebody mean? Grain: one order. By its number or id, a parcel's number, or the buyer's last four.
CREATE OR REPLACE MACRO boards.orders_meant(words) AS TABLE
SELECT order_id, platform, order_no, boards.masked(buyer) AS buyer, province, city, paid_at, amount_cents, units, status
FROM orders
WHERE order_no = words
   OR order_id = words
   OR order_id IN (SELECT order_id FROM allocations WHERE parcel_id = words)
   OR (length(words) = 4 AND ends_with(buyer, words))
ORDER BY paid_at DESC;

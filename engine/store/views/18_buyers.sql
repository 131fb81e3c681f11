-- ---- the buyer's own page ------------------------------------------------------------------------------------------

-- Questions here are about a few orders, whose buyers look at once, and say so twice: by their keys, and by `since`, the
-- commit that brought the first of them. Nothing of them can have been written before, so older row groups are skipped:
-- these tables hold millions. Every row names its order or its waybill: who asked for several deals them out by that.

-- Which order does a link lead to? Grain: one link. lat, lon: of the destination's division, null where unknown.
CREATE OR REPLACE MACRO boards.link_targets(link_ids) AS TABLE
SELECT
    l.link_id, o.order_id, o.order_no, o.status, o.province, o.city, o.district, o.adcode, o.paid_at, o.promise_at,
    o.version AS since, coalesce(d.lat, c.lat) AS lat, coalesce(d.lon, c.lon) AS lon
FROM track_links AS l
JOIN orders AS o USING (order_id)
LEFT JOIN regions AS d ON d.adcode = o.adcode
LEFT JOIN regions AS c ON c.adcode = left(o.adcode, 4) || '00'
WHERE l.link_id IN (SELECT unnest(link_ids::VARCHAR[]));

-- In which parcels do orders travel now? Grain: one order and parcel that stands, with what is known of it. stage null: it
-- has no waybill. days: the transit days its carrier publishes for the lane. eta_*: null without a forecast.
CREATE OR REPLACE MACRO boards.buyer_parcels(wanted, since_version) AS TABLE
WITH mine AS MATERIALIZED (
    SELECT DISTINCT a.order_id, a.parcel_id FROM allocations AS a
    ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
    WHERE a.order_id IN (SELECT unnest(wanted::VARCHAR[])) AND a.version >= since_version
),
bills AS (
    SELECT parcel_id, min(waybill_no) AS waybill_no, min(uploaded_at) AS uploaded_at, max(picked_up_at) AS picked_up_at
    FROM waybills WHERE version >= since_version AND parcel_id IN (SELECT parcel_id FROM mine)
    GROUP BY parcel_id
),
found AS MATERIALIZED (
    SELECT
        m.order_id, p.parcel_id, p.node, n.name_zh AS node_zh, n.name_en AS node_en, n.lat AS node_lat, n.lon AS node_lon,
        n.adcode AS origin, p.carrier, p.layer, p.planned_at, b.waybill_no, b.uploaded_at, b.picked_up_at
    FROM mine AS m
    JOIN parcels AS p ON p.parcel_id = m.parcel_id
    LEFT JOIN bills AS b ON b.parcel_id = p.parcel_id
    LEFT JOIN nodes AS n ON n.node = p.node
    WHERE p.version >= since_version AND p.status = 'planned'
),
published AS (
    SELECT f.order_id, f.parcel_id, arg_max(v.days, 10 * length(v.destination) + length(v.origin)) AS days
    FROM found AS f
    JOIN (SELECT order_id, adcode FROM orders
          WHERE version >= since_version AND order_id IN (SELECT unnest(wanted::VARCHAR[]))) AS o USING (order_id)
    JOIN tariffs AS v ON v.carrier = f.carrier AND v.layer = f.layer
     AND (v.origin = '*' OR starts_with(f.origin, v.origin)) AND (v.destination = '*' OR starts_with(o.adcode, v.destination))
    GROUP BY f.order_id, f.parcel_id
)
SELECT
    f.order_id, f.parcel_id, f.node, f.node_zh, f.node_en, f.node_lat, f.node_lon,
    f.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en, f.planned_at,
    f.waybill_no, f.uploaded_at, coalesce(t.picked_up_at, f.picked_up_at) AS picked_up_at,
    coalesce(t.stage, CASE WHEN f.picked_up_at IS NOT NULL THEN 'picked_up' WHEN f.waybill_no IS NOT NULL THEN 'labelled' END)
        AS stage,
    t.stage_at, t.trouble, t.signed_at,
    x.made_at AS forecast_at, x.late_pick_up, x.late_delivery, x.eta_p10, x.eta_p90, d.days
FROM found AS f
LEFT JOIN parcel_tracks AS t ON t.waybill_no = f.waybill_no
LEFT JOIN parcel_forecasts AS x ON x.parcel_id = f.parcel_id
LEFT JOIN carriers AS c ON c.carrier = f.carrier
LEFT JOIN published AS d ON d.order_id = f.order_id AND d.parcel_id = f.parcel_id
ORDER BY f.order_id, f.parcel_id;

-- What of orders is in which parcel? Grain: one order, parcel and SKU; only these orders' goods, whoever shares the parcel.
CREATE OR REPLACE MACRO boards.buyer_goods(wanted, since_version) AS TABLE
SELECT a.order_id, a.parcel_id, a.sku, s.name_zh, s.name_en, sum(a.qty)::BIGINT AS qty
FROM allocations AS a
ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
LEFT JOIN skus AS s ON s.sku = a.sku
WHERE a.order_id IN (SELECT unnest(wanted::VARCHAR[])) AND a.version >= since_version
GROUP BY ALL
ORDER BY a.order_id, a.parcel_id, a.sku;

-- What did the carriers tell of these waybills? Grain: one event that was not taken back, of each waybill the newest
-- `most`, the newest first.
CREATE OR REPLACE MACRO boards.buyer_scans(waybill_nos, since_version, most) AS TABLE
SELECT v.waybill_no, v.scan, v.trouble, v.event_time, v.place, v.adcode,
       coalesce(v.lon, r.lon) AS lon, coalesce(v.lat, r.lat) AS lat
FROM tracking_events AS v
ANTI JOIN tracking_retractions AS x ON x.event_key = v.event_key
LEFT JOIN regions AS r ON r.adcode = v.adcode
WHERE v.version >= since_version AND v.waybill_no IN (SELECT unnest(waybill_nos::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY v.waybill_no ORDER BY v.event_time DESC, v.event_key) <= most
ORDER BY v.waybill_no, v.event_time DESC, v.event_key;

-- What did buyers ask for, and is it answered? Grain: one request. detail may hold an address: not for boards.
CREATE OR REPLACE VIEW boards.asked_by_buyers AS
SELECT
    r.request_id, r.order_id, o.order_no, o.platform, r.wish, r.detail, r.asked_at, r.state, r.state_at, o.promise_at
FROM buyer_requests AS r JOIN orders AS o USING (order_id);

-- Which wait is the buyer offered? Grain: one offer to wait that an operator approved and the buyer may still answer.
CREATE OR REPLACE VIEW boards.open_offers AS
SELECT offer_id, order_id, extra_hours, compensation_cents, form, promise_after, expires_at
FROM delay_offers WHERE state IN ('approved', 'sent');

-- What may the buyer choose because of a mass delay? Grain: one order and option that an operator let go and that is open.
CREATE OR REPLACE VIEW boards.open_options AS
SELECT order_id, option, max(compensation_cents) AS compensation_cents
FROM buyer_options WHERE state = 'open' GROUP BY order_id, option;

-- Who brings these parcels, and where is that courier? Grain: one parcel with an open task. Never who it is.
CREATE OR REPLACE MACRO boards.buyer_couriers(parcel_ids) AS TABLE
SELECT t.parcel_id, n.lon, n.lat, n.event_time
FROM courier_tasks AS t JOIN courier_now AS n ON n.courier = t.courier
WHERE t.state = 'open' AND t.parcel_id IN (SELECT unnest(parcel_ids::VARCHAR[]));

-- ---- promise clocks ------------------------------------------------------------------------------------------------

-- What do the clocks of each order and parcel stand on? Grain: one order and one of its parcels; an order without a parcel
-- has one row. Orders that came in with a later commit than `after_version` and are under way, or whose promise or upload
-- was at `due_from` or later.
-- whole_at: pick-up of the order's last parcel, null while one is missing; first: one row an order. A pick-up counts as
-- the waybills or the tracking events knew it first; first_hub_at is the first scan after the pick-up, whatever it was.
CREATE OR REPLACE MACRO boards.clock_parts(after_version, due_from) AS TABLE
WITH recent AS (
    SELECT order_id, platform, paid_at, promise_at, amount_cents, adcode, status, status_at
    FROM orders WHERE version > after_version
),
picks AS (
    SELECT DISTINCT order_id, parcel_id, node, carrier
    FROM allocations AS a ANTI JOIN ended_allocations AS e USING (order_id, parcel_id)
    WHERE version > after_version
),
uploads AS (
    SELECT parcel_id, min(uploaded_at) AS uploaded_at, max(picked_up_at) AS picked_up_at
    FROM waybills WHERE version > after_version GROUP BY parcel_id
),
parts AS MATERIALIZED (
    SELECT
        r.order_id, r.platform, r.paid_at, r.promise_at, r.amount_cents, r.adcode AS destination,
        CASE WHEN r.status IN ('cancelled', 'refunded') THEN r.status_at END AS closed_at,
        r.status, p.parcel_id, p.node, p.carrier, n.adcode AS origin, c.kind = 'parcel' AS has_hubs,
        u.uploaded_at, least(u.picked_up_at, t.picked_up_at) AS picked_up_at,
        least(t.first_hub_at, t.arrived_at, t.out_at, t.signed_at) AS first_hub_at,
        t.last_scan_at, coalesce(t.stage, CASE WHEN u.parcel_id IS NOT NULL THEN 'labelled' END) AS stage, t.stage_at
    FROM recent AS r
    LEFT JOIN picks AS p USING (order_id)
    LEFT JOIN nodes AS n USING (node)
    LEFT JOIN carriers AS c ON c.carrier = p.carrier
    LEFT JOIN uploads AS u ON u.parcel_id = p.parcel_id
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
    WHERE r.promise_at >= due_from OR u.uploaded_at >= due_from
       OR (r.status IN ('reserved', 'held', 'allocated', 'sold_out')
           AND coalesce(t.stage NOT IN ('signed', 'rejected', 'returning', 'returned', 'cancelled'), true))
),
-- Nearly every order is in one parcel: only those in several need to be looked at together.
several AS (
    SELECT order_id, min(parcel_id) AS first_parcel,
           CASE WHEN count(picked_up_at) = count(*) THEN max(picked_up_at) END AS whole_at
    FROM parts GROUP BY order_id HAVING count(*) > 1
)
SELECT
    s.order_id, s.platform, s.paid_at, s.promise_at, s.amount_cents, s.destination, s.closed_at, s.status,
    CASE WHEN m.order_id IS NULL THEN s.picked_up_at ELSE m.whole_at END AS whole_at,
    m.order_id IS NULL OR m.first_parcel = s.parcel_id AS first,
    s.parcel_id, s.node, s.carrier, s.origin, s.has_hubs, s.uploaded_at, s.picked_up_at, s.first_hub_at, s.last_scan_at,
    s.stage, s.stage_at
FROM parts AS s LEFT JOIN several AS m USING (order_id);

-- The same of orders received in the `days` before `as_of`, as the board of clocks needs them: clocks of two days that ran
-- out on the Beijing day before `as_of` are still there, because some cliffs look at two days.
CREATE OR REPLACE MACRO boards.clock_rows(as_of, days) AS TABLE
FROM boards.clock_parts(
    boards.version_before(as_of - to_days(days)), boards.beijing_midnight(as_of) - INTERVAL 72 HOUR
);

-- The same of every order of a platform that was paid in a time, to judge it by other rules.
CREATE OR REPLACE MACRO boards.replayed_rows(which, since, until) AS TABLE
FROM boards.clock_parts(boards.version_before(since), '-infinity'::TIMESTAMPTZ)
WHERE platform = which AND paid_at >= since AND paid_at < until;

-- Which alarms stand, and which were over in the 12 hours before `as_of`? Grain: one alarm, the pressing ones first, then
-- by money. orders, pressing, cents, next_at: as of its last event.
CREATE OR REPLACE MACRO boards.clock_alarm_list(as_of) AS TABLE
SELECT
    a.alarm_id, a.watch, a.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en, a.place, n.name_zh AS node_zh,
    n.name_en AS node_en, a.desk, a.raised_at, a.state, a.state_at, e.orders, e.pressing, e.cents, e.next_at
FROM clock_alarms AS a
LEFT JOIN carriers AS c USING (carrier)
LEFT JOIN nodes AS n ON n.node = a.place
LEFT JOIN (
    SELECT alarm_id, arg_max(orders, version) AS orders, arg_max(pressing, version) AS pressing,
           arg_max(cents, version) AS cents, arg_max(next_at, version) AS next_at
    FROM clock_alarm_events GROUP BY alarm_id
) AS e USING (alarm_id)
WHERE a.state <> 'cleared' OR a.state_at > as_of - INTERVAL 12 HOUR
ORDER BY a.state = 'cleared', a.state = 'raised', e.cents DESC, e.orders DESC, a.alarm_id;

-- What was promised on air? Grain: one promise, the newest first. moved: orders that promise something else because of it.
CREATE OR REPLACE VIEW boards.promise_ledger AS
SELECT
    p.promise_id, p.show_id, s.title_zh, s.title_en, p.sku, g.name_zh, g.name_en, p.anchor, p.words, p.said_at,
    p.binds_from, p.hours, p.moment, p.logged_at, p.logged_by, w."at" AS withdrawn_at, w.reason AS withdrawn_because,
    coalesce(m.moved, 0) AS moved
FROM spoken_promises AS p
LEFT JOIN shows AS s USING (show_id)
LEFT JOIN boards.sold_names AS g ON g.sku = p.sku
LEFT JOIN spoken_withdrawals AS w USING (promise_id)
LEFT JOIN (SELECT offer_id, count(DISTINCT order_id) AS moved FROM promise_moves GROUP BY offer_id) AS m
  ON m.offer_id = 'spoken:' || p.promise_id
ORDER BY p.logged_at DESC, p.promise_id;

-- Which codes are in the orders that are due on the Beijing day of `as_of` or the day before? Grain: one order and code as
-- sold.
CREATE OR REPLACE MACRO boards.due_codes(as_of, days) AS TABLE
SELECT DISTINCT o.order_id, l.sold_sku AS sku
FROM orders AS o JOIN order_lines AS l USING (order_id)
WHERE o.version > boards.version_before(as_of - to_days(days)) AND l.version > boards.version_before(as_of - to_days(days))
  AND o.promise_at >= boards.beijing_midnight(as_of) - INTERVAL 24 HOUR
  AND o.promise_at < boards.beijing_midnight(as_of) + INTERVAL 24 HOUR;

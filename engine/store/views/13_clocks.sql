-- ---- promise clocks ------------------------------------------------------------------------------------------------

-- Which orders may stand otherwise than at the commit `since`? Everything that their clocks stand on is a fact with its
-- commit, or, of parcels' tracks, a state that names the commit that last changed it.
CREATE OR REPLACE MACRO boards.orders_touched(since) AS TABLE
SELECT order_id FROM order_events WHERE version > since
UNION ALL SELECT order_id FROM promise_moves WHERE version > since
UNION ALL SELECT order_id FROM allocations WHERE version > since
UNION ALL SELECT order_id FROM ended_allocations WHERE version > since
UNION ALL SELECT order_id FROM allocations WHERE parcel_id IN (
    SELECT parcel_id FROM waybills WHERE version > since UNION ALL SELECT parcel_id FROM parcel_tracks WHERE version > since
);

-- What do the clocks of each order and parcel stand on? Grain: one order and one of its parcels; an order without a parcel
-- has one row. Orders that came with a later commit than `since`, and of those after `after_version` the ones that may
-- have changed later than `touched_since`. counts: it is under way, or has a promise or upload at `due_from` or later.
-- whole_at: pick-up of the order's last parcel, null while one is missing; first: one row an order. A pick-up counts as
-- the waybills or the tracking events knew it first; first_hub_at is the first scan after the pick-up, whatever it was.
CREATE OR REPLACE MACRO boards.clock_parts(since, touched_since, after_version, due_from) AS TABLE
WITH recent AS MATERIALIZED (
    SELECT order_id, arrival, platform, paid_at, promise_at, amount_cents, adcode, status, status_at
    FROM orders WHERE version > since AND version > after_version
    UNION ALL
    SELECT order_id, arrival, platform, paid_at, promise_at, amount_cents, adcode, status, status_at
    FROM orders SEMI JOIN boards.orders_touched(touched_since) USING (order_id)
    WHERE version <= since AND version > after_version
),
picks AS MATERIALIZED (
    SELECT DISTINCT order_id, parcel_id, node, carrier
    FROM allocations AS a SEMI JOIN recent USING (order_id) ANTI JOIN ended_allocations AS e USING (order_id, parcel_id)
    WHERE version > after_version
),
uploads AS (
    SELECT parcel_id, min(uploaded_at) AS uploaded_at, max(picked_up_at) AS picked_up_at
    FROM waybills SEMI JOIN picks USING (parcel_id) WHERE version > after_version GROUP BY parcel_id
),
parts AS MATERIALIZED (
    SELECT
        r.order_id, r.arrival, r.platform, r.paid_at, r.promise_at, r.amount_cents, r.adcode AS destination,
        CASE WHEN r.status IN ('cancelled', 'refunded') THEN r.status_at END AS closed_at,
        r.status, p.parcel_id, p.node, p.carrier, n.adcode AS origin, c.kind = 'parcel' AS has_hubs,
        u.uploaded_at,
        -- The waybill keeps a scan that its carrier took back: where the track begins anew, nobody has it.
        CASE WHEN t.picked_up_at IS NULL AND t.stage IN ('labelled', 'cancelled') THEN NULL
             ELSE least(u.picked_up_at, t.picked_up_at) END AS picked_up_at,
        least(t.first_hub_at, t.arrived_at, t.out_at, t.signed_at) AS first_hub_at,
        t.last_scan_at, coalesce(t.stage, CASE WHEN u.parcel_id IS NOT NULL THEN 'labelled' END) AS stage, t.stage_at,
        r.promise_at >= due_from OR coalesce(u.uploaded_at >= due_from, false)
        OR (r.status IN ('reserved', 'held', 'allocated', 'sold_out')
            AND coalesce(t.stage NOT IN ('signed', 'rejected', 'returning', 'returned', 'cancelled'), true)) AS counts
    FROM recent AS r
    LEFT JOIN picks AS p USING (order_id)
    LEFT JOIN nodes AS n USING (node)
    LEFT JOIN carriers AS c ON c.carrier = p.carrier
    LEFT JOIN uploads AS u ON u.parcel_id = p.parcel_id
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
),
-- Nearly every order is in one parcel: only those in several need to be looked at together. They count as one.
several AS (
    SELECT order_id, min(parcel_id) AS first_parcel, bool_or(counts) AS counts,
           CASE WHEN count(picked_up_at) = count(*) THEN max(picked_up_at) END AS whole_at
    FROM parts GROUP BY order_id HAVING count(*) > 1
)
SELECT
    s.order_id, s.arrival, s.platform, s.paid_at, s.promise_at, s.amount_cents, s.destination, s.closed_at, s.status,
    CASE WHEN m.order_id IS NULL THEN s.picked_up_at ELSE m.whole_at END AS whole_at,
    m.order_id IS NULL OR m.first_parcel = s.parcel_id AS first,
    s.parcel_id, s.node, s.carrier, s.origin, s.has_hubs, s.uploaded_at, s.picked_up_at, s.first_hub_at, s.last_scan_at,
    s.stage, s.stage_at, coalesce(m.counts, s.counts) AS counts
FROM parts AS s LEFT JOIN several AS m USING (order_id);

-- A commit that never comes.
CREATE OR REPLACE MACRO boards.never() AS 9223372036854775807;

-- A commit that never comes.
CREATE OR REPLACE MACRO boards.never() AS 9223372036854775807;

-- Those that count of the orders received in the `days` before `as_of`. Clocks of two days that ran out on the Beijing day
-- before `as_of` are still there, because some cliffs look at two days.
CREATE OR REPLACE MACRO boards.clock_rows(as_of, days) AS TABLE
FROM boards.clock_parts(
    0, boards.never(), boards.version_before(as_of - to_days(days)), boards.beijing_midnight(as_of) - INTERVAL 72 HOUR
)
WHERE counts;

-- All rows of the orders that came or may have changed after the commit `since`, whether they count or not.
CREATE OR REPLACE MACRO boards.clock_news(since, as_of, days) AS TABLE
FROM boards.clock_parts(
    since, since, boards.version_before(as_of - to_days(days)), boards.beijing_midnight(as_of) - INTERVAL 72 HOUR
);

-- The same of every order of a platform that was paid in a time, to judge it by other rules.
CREATE OR REPLACE MACRO boards.replayed_rows(which, since, until) AS TABLE
FROM boards.clock_parts(0, boards.never(), boards.version_before(since), '-infinity'::TIMESTAMPTZ)
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

-- Which codes are in the orders that came or got another promise after the commit `since`, and are due on the Beijing day
-- of `as_of`, the day before or the day after? Grain: one order and code as sold. 0: in all of the last `days`.
CREATE OR REPLACE MACRO boards.due_codes(since, as_of, days) AS TABLE
WITH due AS MATERIALIZED (
    SELECT order_id, arrival, promise_at FROM orders
    WHERE version > since AND version > boards.version_before(as_of - to_days(days))
    UNION ALL
    SELECT order_id, arrival, promise_at
    FROM orders SEMI JOIN (SELECT order_id FROM promise_moves WHERE version > since AND since > 0) USING (order_id)
    WHERE version <= since
)
SELECT DISTINCT d.arrival, l.sold_sku AS sku
FROM due AS d JOIN order_lines AS l USING (order_id)
WHERE l.version > boards.version_before(as_of - to_days(days))
  AND d.promise_at >= boards.beijing_midnight(as_of) - INTERVAL 24 HOUR
  AND d.promise_at < boards.beijing_midnight(as_of) + INTERVAL 48 HOUR;

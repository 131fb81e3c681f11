-- ---- what has left, and what has not ------------------------------------------------------------------------------

-- Which orders had their last pick-up scan at `moment` or later? Grain: one order all of whose parcels were scanned.
-- picked_up_at: the last scan. Begins with the parcels that left, and asks which of their orders still wait for others:
-- while a show runs both are few.
CREATE OR REPLACE MACRO boards.handed_over_since(moment) AS TABLE
WITH gone AS (
    SELECT parcel_id, min(picked_up_at) AS picked_up_at FROM waybills WHERE picked_up_at IS NOT NULL GROUP BY parcel_id
),
begun AS (
    SELECT a.order_id, max(g.picked_up_at) AS picked_up_at
    FROM allocations AS a
    JOIN gone AS g ON g.parcel_id = a.parcel_id AND g.picked_up_at >= moment
    ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
    GROUP BY a.order_id
),
waiting AS (
    SELECT a.order_id
    FROM allocations AS a
    ANTI JOIN gone AS g ON g.parcel_id = a.parcel_id
    SEMI JOIN begun AS b ON b.order_id = a.order_id
    ANTI JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
)
SELECT b.order_id, b.picked_up_at
FROM begun AS b
ANTI JOIN waiting AS w ON w.order_id = b.order_id
SEMI JOIN (SELECT order_id FROM orders WHERE status = 'allocated') AS o ON o.order_id = b.order_id;

-- How long until unfinished orders break their promise? Grain: one window of hours to the pick-up deadline.
-- Unfinished: reserved, held or allocated, and not yet picked up. Windows in order: overdue, <6, <12, <24, later.
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
        FROM orders AS o
        ANTI JOIN boards.handed_over_since('-infinity'::TIMESTAMPTZ) AS h ON h.order_id = o.order_id
        WHERE status NOT IN ('sold_out', 'cancelled', 'refunded')
        GROUP BY 1
    ) AS hourly
    GROUP BY 1
) AS counted USING (hours_from)
ORDER BY hours_from;

-- What do carriers have of ours? Grain: one row. picked_up_orders: with their scan on the Beijing day of `as_of`.
-- on_the_road: parcels between pick-up and signature.
CREATE OR REPLACE MACRO boards.road_totals(as_of) AS TABLE
SELECT
    (SELECT count(*) FROM boards.handed_over_since(boards.beijing_midnight(as_of))) AS picked_up_orders,
    (SELECT count(*) FROM parcel_tracks WHERE parcel_id IS NOT NULL
     AND stage IN ('picked_up', 'in_transit', 'arrived', 'out_for_delivery', 'locker')) AS on_the_road;

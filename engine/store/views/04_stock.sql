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
-- Owed is what pools may still sell, and what orders that wait for a node were sold: allocated units are reserved or gone.
CREATE OR REPLACE MACRO boards.free_outside_pools(as_of) AS TABLE
WITH waiting AS (
    SELECT order_id, version FROM orders WHERE status IN ('reserved', 'held')
),
sold AS (  -- the oldest waiting order bounds the lines that are read
    SELECT l.sku, sum(l.qty)::BIGINT AS units
    FROM order_lines AS l JOIN waiting AS w USING (order_id)
    WHERE l.version >= (SELECT min(version) FROM waiting)
    GROUP BY l.sku
)
SELECT s.sku, s.sellable + coalesce(e.units, 0) - coalesce(p.unsold, 0) - coalesce(w.units, 0) AS free_units
FROM boards.sku_stock(as_of) AS s
LEFT JOIN (
    SELECT sku, sum(units)::BIGINT AS units FROM expected_stock WHERE state = 'expected' GROUP BY sku
) AS e USING (sku)
LEFT JOIN (SELECT sku, sum(quantity - reserved)::BIGINT AS unsold FROM pool_balance GROUP BY sku) AS p USING (sku)
LEFT JOIN sold AS w USING (sku);

-- When does each pool sell out at the present rate? Grain: one show and SKU. Rate: units reserved in the 10 minutes before
-- `as_of`, or by the newest 20,000 orders where those are fewer minutes: this bounds the one join of lines and orders. Null
-- rate and clock: nothing was reserved.
CREATE OR REPLACE MACRO boards.pool_paces(as_of) AS TABLE
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
SELECT c.*, n.name_zh, n.name_en, s.title_zh, s.title_en, s.starts_at, s.ends_at
FROM clocks AS c
LEFT JOIN skus AS n ON n.sku = c.sku
LEFT JOIN shows AS s ON s.show_id = c.show_id;

-- The same, with what would carry each pool to its show's end. Grain: one show and SKU. top_up: never more than is free.
CREATE OR REPLACE MACRO boards.pool_clocks(as_of) AS TABLE
SELECT
    c.*,
    greatest(f.free_units, 0) AS free_units,
    CASE
        WHEN c.units_per_minute IS NULL OR c.ends_at IS NULL OR c.ends_at <= as_of THEN 0
        ELSE greatest(0, least(
            f.free_units,
            ceil(c.units_per_minute * date_diff('second', as_of, c.ends_at) / 60.0)::BIGINT - c.pool_left
        ))
    END AS top_up
FROM boards.pool_paces(as_of) AS c
LEFT JOIN boards.free_outside_pools(as_of) AS f ON f.sku = c.sku;

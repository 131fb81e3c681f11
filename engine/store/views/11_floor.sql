-- ---- the floor of a node -------------------------------------------------------------------------------------------

-- What a destination area is called: its province, and its city or district where it is finer. Grain: one division.
-- areas are adcodes without the zeros that make them six digits.
CREATE OR REPLACE VIEW boards.area_names AS
SELECT
    adcode, province,
    CASE level WHEN 'province' THEN NULL WHEN 'city' THEN city ELSE coalesce(district, city) END AS place
FROM regions;

-- Which planned parcels are in no wave, and still here? Grain: one parcel; `wanted` null: of every node. due_at: earliest promise of its
-- orders that are still on; adcode: of any of them, because only orders for one division share a parcel.
CREATE OR REPLACE MACRO boards.open_parcels(wanted) AS TABLE
WITH waiting AS (
    SELECT parcel_id, node, carrier, layer, kg FROM parcels AS p
    ANTI JOIN wave_parcels AS w ON w.parcel_id = p.parcel_id
    ANTI JOIN (SELECT parcel_id FROM waybills WHERE picked_up_at IS NOT NULL) AS b ON b.parcel_id = p.parcel_id
    WHERE status = 'planned' AND (wanted IS NULL OR node = wanted)
),
goods AS (
    SELECT a.parcel_id, a.order_id, sum(a.qty)::BIGINT AS units
    FROM boards.standing_picks AS a SEMI JOIN waiting USING (parcel_id)
    GROUP BY a.parcel_id, a.order_id
)
SELECT
    w.parcel_id, any_value(w.node) AS node, any_value(w.carrier) AS carrier, any_value(w.layer) AS layer,
    any_value(w.kg) AS kg, min(o.promise_at) AS due_at, any_value(o.adcode) AS adcode, count(*) AS orders,
    sum(g.units)::BIGINT AS units
FROM waiting AS w
JOIN goods AS g USING (parcel_id)
JOIN orders AS o USING (order_id)
GROUP BY w.parcel_id;

-- How much open work is there on each route, and how much of it can not wait? Grain: one node, carrier, destination area
-- and temperature layer. The five lists run in step: of each node and carrier the digits of an area, the next pick-up,
-- and the first one outside the press time. late: promised before the next pick-up; pressed: before the one after that.
CREATE OR REPLACE MACRO boards.open_work(nodes_of, carriers_of, digits_of, leaves_of, relaxed_of) AS TABLE
WITH departures AS (
    SELECT unnest(nodes_of) AS node, unnest(carriers_of) AS carrier, unnest(digits_of) AS digits,
           unnest(leaves_of)::TIMESTAMPTZ AS leaves_at, unnest(relaxed_of)::TIMESTAMPTZ AS relaxed_at
),
routes AS (
    SELECT
        p.node, p.carrier, left(p.adcode, d.digits::BIGINT) AS area, p.layer,
        any_value(d.leaves_at) AS leaves_at,
        min(p.due_at) AS due_at,
        count(*) AS parcels,
        sum(p.kg) AS kg,
        count(*) FILTER (p.due_at < d.leaves_at) AS late,
        count(*) FILTER (p.due_at >= d.leaves_at AND p.due_at < d.relaxed_at) AS pressed
    FROM boards.open_parcels(NULL) AS p
    JOIN departures AS d ON d.node = p.node AND d.carrier = p.carrier
    GROUP BY 1, 2, 3, 4
)
SELECT
    r.node, n.name_zh AS node_zh, n.name_en AS node_en,
    r.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    r.area, a.province, a.place, r.layer, r.leaves_at, r.due_at, r.parcels, r.kg, r.late, r.pressed
FROM routes AS r
LEFT JOIN nodes AS n ON n.node = r.node
LEFT JOIN carriers AS c ON c.carrier = r.carrier
LEFT JOIN boards.area_names AS a ON a.adcode = rpad(r.area, 6, '0');

-- Where is there work? Grain: one node that has planned parcels, or waves.
CREATE OR REPLACE VIEW boards.floor_nodes AS
SELECT n.node, n.name_zh, n.name_en, n.kind, coalesce(w.waves, 0) AS waves
FROM nodes AS n
LEFT JOIN (SELECT node, count(*) AS waves FROM waves GROUP BY node) AS w USING (node)
WHERE w.waves > 0 OR n.node IN (SELECT DISTINCT node FROM parcels WHERE status = 'planned');

-- What was released? Grain: one wave. stopped: units that must not be picked any more, because their order or parcel was
-- cancelled since, or their order moved on to another parcel. longest_aisle: the last bay known at the node, null where no bin is.
CREATE OR REPLACE VIEW boards.released_waves AS
SELECT
    w.wave_id, w.node, n.name_zh AS node_zh, n.name_en AS node_en,
    w.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    w.area, a.province, a.place, w.layer, w.due_at, w.leaves_at, w.reason,
    w.parcels, w.orders, w.units, w.kg, w.released_at, w.released_by, w.version,
    coalesce(s.units, 0)::BIGINT AS stopped,
    b.longest_aisle
FROM waves AS w
LEFT JOIN nodes AS n ON n.node = w.node
LEFT JOIN carriers AS c ON c.carrier = w.carrier
LEFT JOIN boards.area_names AS a ON a.adcode = rpad(w.area, 6, '0')
LEFT JOIN (SELECT node, max(bay)::BIGINT AS longest_aisle FROM bins GROUP BY node) AS b ON b.node = w.node
LEFT JOIN (
    SELECT i.wave_id, sum(l.qty) AS units
    FROM wave_parcels AS i
    JOIN allocations AS l USING (parcel_id)
    WHERE l.order_id IN (SELECT order_id FROM orders WHERE status <> 'allocated')
       OR l.parcel_id IN (SELECT parcel_id FROM parcels WHERE status <> 'planned')
       OR (l.order_id, l.parcel_id) IN (SELECT (order_id, parcel_id) FROM ended_allocations)
    GROUP BY i.wave_id
) AS s ON s.wave_id = w.wave_id;

-- What is in a wave? Grain: one slot, order, SKU and lot. live: still to be picked; status: of the order. aisle, bay,
-- level: null where the node knows no bin of the SKU.
CREATE OR REPLACE MACRO boards.wave_lines(wanted) AS TABLE
SELECT
    i.slot, i.parcel_id, a.order_id, o.order_no, o.status,
    o.status = 'allocated' AND p.status = 'planned' AND e.order_id IS NULL AS live,
    a.sku, s.name_zh, s.name_en, a.lot, a.qty, s.weight_kg, s.volume_l, s.packaging, s.cost_cents,
    b.aisle, b.bay, b.level, o.adcode, p.kg, p.cost_cents AS parcel_cents
FROM (SELECT slot, parcel_id FROM wave_parcels WHERE wave_id = wanted) AS i
JOIN parcels AS p ON p.parcel_id = i.parcel_id
JOIN allocations AS a ON a.parcel_id = i.parcel_id
JOIN orders AS o ON o.order_id = a.order_id
LEFT JOIN ended_allocations AS e ON e.order_id = a.order_id AND e.parcel_id = a.parcel_id
LEFT JOIN skus AS s ON s.sku = a.sku
LEFT JOIN bins AS b ON b.node = a.node AND b.sku = a.sku;

-- Which kits are packed for a wave? Grain: one kit and component that travels in it. qty: in one kit; kits: how many of
-- them the live orders of the wave take; parts: components of the kit, those that travel apart included.
CREATE OR REPLACE MACRO boards.wave_kits(wanted) AS TABLE
WITH inside AS (SELECT DISTINCT order_id, sku FROM boards.wave_lines(wanted) WHERE live)
SELECT
    l.kit, k.name_zh AS kit_zh, k.name_en AS kit_en, l.sku, s.name_zh, s.name_en, q.qty,
    sum(l.sold_qty)::BIGINT AS kits, t.parts, s.weight_kg, s.volume_l, s.packaging, s.layer
FROM order_lines AS l
JOIN inside AS i ON i.order_id = l.order_id AND i.sku = l.sku
JOIN kit_lines AS q ON q.kit = l.kit AND q.sku = l.sku
JOIN (SELECT kit, count(*) AS parts FROM kit_lines GROUP BY kit) AS t ON t.kit = l.kit
LEFT JOIN kits AS k ON k.kit = l.kit
LEFT JOIN skus AS s ON s.sku = l.sku
GROUP BY ALL;

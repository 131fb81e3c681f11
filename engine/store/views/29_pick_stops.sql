-- ---- refund against shipment ---------------------------------------------------------------------------------------

-- Which goods must stay, and did they? Grain: one order in one parcel. goods: what to look for, in a line; wave_id, slot:
-- where on the floor it is, null where no wave has it; stage: of the parcel's tracking, null while nobody has it.
CREATE OR REPLACE VIEW boards.goods_to_stop AS
SELECT
    s.order_id, s.parcel_id, o.platform, o.order_no, s.node, n.name_zh AS node_zh, n.name_en AS node_en,
    s.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en, s.why, s.reached, s.state, s.asked_at, s.state_at,
    s.version, w.wave_id, w.slot, b.waybill_no, t.stage, o.amount_cents, g.goods, g.units
FROM pick_stops AS s
JOIN orders AS o ON o.order_id = s.order_id
LEFT JOIN nodes AS n ON n.node = s.node
LEFT JOIN carriers AS c ON c.carrier = s.carrier
LEFT JOIN wave_parcels AS w ON w.parcel_id = s.parcel_id
LEFT JOIN (SELECT parcel_id, min(waybill_no) AS waybill_no FROM waybills GROUP BY parcel_id) AS b ON b.parcel_id = s.parcel_id
LEFT JOIN parcel_tracks AS t ON t.waybill_no = b.waybill_no
LEFT JOIN (
    SELECT a.order_id, a.parcel_id, string_agg(a.sku || ' × ' || a.qty || ' (' || a.lot || ')', '; ' ORDER BY a.sku, a.lot) AS goods,
           sum(a.qty)::BIGINT AS units
    FROM allocations AS a SEMI JOIN pick_stops AS p ON p.order_id = a.order_id AND p.parcel_id = a.parcel_id
    GROUP BY a.order_id, a.parcel_id
) AS g ON g.order_id = s.order_id AND g.parcel_id = s.parcel_id;

-- How did the race end? Grain: one node.
CREATE OR REPLACE VIEW boards.stops_by_node AS
SELECT
    s.node, any_value(n.name_zh) AS node_zh, any_value(n.name_en) AS node_en,
    count(*) FILTER (s.state = 'open') AS open,
    count(*) FILTER (s.state = 'stopped') AS stopped,
    count(*) FILTER (s.state = 'shipped') AS shipped,
    min(s.asked_at) FILTER (s.state = 'open') AS oldest_open
FROM pick_stops AS s LEFT JOIN nodes AS n ON n.node = s.node
GROUP BY s.node;

-- ---- nodes and carriers --------------------------------------------------------------------------------------------

-- How much work is planned at each node and not yet picked up? Grain: one node. hours: planned parcels over what the node can send in an hour.
CREATE OR REPLACE VIEW boards.node_load AS
SELECT
    n.node, n.name_zh, n.name_en, n.kind, n.throughput_per_hour,
    coalesce(p.parcels, 0) AS parcels,
    coalesce(p.parcels, 0) / n.throughput_per_hour AS hours
FROM nodes AS n
LEFT JOIN (
    SELECT node, count(*) AS parcels
    FROM parcels AS q
    ANTI JOIN (SELECT parcel_id FROM waybills WHERE picked_up_at IS NOT NULL) AS w ON w.parcel_id = q.parcel_id
    WHERE status = 'planned' GROUP BY node
) AS p USING (node);

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

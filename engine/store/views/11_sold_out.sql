-- ---- why not from there --------------------------------------------------------------------------------------------

-- When did a node give away the last of what this order holds? Grain: one node and SKU of the order of which nothing is
-- left there now; sold_out_at: when the last pick of it was planned. Where nothing was ever planned there is no row.
CREATE OR REPLACE MACRO boards.sold_out(wanted) AS TABLE
SELECT a.node, a.sku, max(p.planned_at) AS sold_out_at
FROM allocations AS a
JOIN parcels AS p USING (parcel_id)
JOIN (
    SELECT node, sku
    FROM stock_balance
    WHERE sku IN (SELECT sku FROM order_lines WHERE order_id = wanted)
    GROUP BY node, sku
    HAVING sum(on_hand - reserved - quarantined) <= 0
) AS empty ON empty.node = a.node AND empty.sku = a.sku
GROUP BY a.node, a.sku;

-- ---- what allocation proves of itself ------------------------------------------------------------------------------

-- How good was the last plan, provably? Grain: the newest round that has a certificate: one row, or none.
CREATE OR REPLACE VIEW boards.latest_certificate AS
SELECT version, "at", method, orders, served, unserved, parcels, cost_cents, lower_bound_cents, gap, took_ms
FROM allocation_rounds
ORDER BY version DESC
LIMIT 1;

-- What is short, by that plan, and what would one more be worth? Grain: one bottleneck, the dearest first. yuan: saved by
-- one more unit (stock) or parcel (the others). name_*: of the node or carrier; goods_*: of the SKU where stock is short.
CREATE OR REPLACE VIEW boards.dearest_prices AS
SELECT
    p.kind, p.key, p.yuan,
    coalesce(n.name_zh, c.name_zh, p.key) AS name_zh,
    coalesce(n.name_en, c.name_en, p.key) AS name_en,
    g.name_zh AS goods_zh,
    g.name_en AS goods_en
FROM (SELECT * FROM shadow_prices WHERE version = (SELECT max(version) FROM allocation_rounds)) AS p
LEFT JOIN nodes AS n ON p.kind IN ('stock', 'throughput') AND n.node = string_split(p.key, '|')[1]
LEFT JOIN carriers AS c ON p.kind IN ('capacity', 'share') AND c.carrier = p.key
LEFT JOIN skus AS g ON p.kind = 'stock' AND g.sku = string_split(p.key, '|')[2]
ORDER BY p.yuan DESC, p.kind, p.key;

-- ---- goods that came back or arrived broken, changes, ratings --------------------------------------------------------

-- What became of the goods of delivered parcels? Grain: one article, packing material, carrier, node and province. Of
-- parcels planned after `since` and not after `until`, signed for before `settled`. A unit counts once a measure however
-- many tickets it has; returned: goods travel back, or the buyer asks for it. material: '' where nobody told what to
-- pack in. parcels: that hold the article.
CREATE OR REPLACE MACRO boards.goods_outcomes(since, until, settled) AS TABLE
WITH done AS MATERIALIZED (
    SELECT p.parcel_id, p.node, p.carrier
    FROM parcels AS p JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
    WHERE p.status = 'planned' AND p.planned_at > since AND p.planned_at <= until
      AND t.stage = 'signed' AND t.signed_at <= settled
),
goods AS (
    SELECT a.parcel_id, a.order_id, a.sku, left(any_value(a.adcode), 2) AS area, sum(a.qty)::BIGINT AS units
    FROM boards.standing_picks AS a SEMI JOIN done USING (parcel_id)
    GROUP BY a.parcel_id, a.order_id, a.sku
),
told AS (
    SELECT g.parcel_id, g.order_id, g.sku, t.ticket_id, any_value(t.complaint) AS complaint,
           any_value(t.claim) AS claim, any_value(t.return_waybill_no) AS return_waybill_no, sum(g.qty)::BIGINT AS qty
    FROM ticket_goods AS g JOIN tickets AS t USING (ticket_id)
    WHERE g.parcel_id IN (SELECT parcel_id FROM done)
    GROUP BY g.parcel_id, g.order_id, g.sku, t.ticket_id
),
counted AS (
    SELECT parcel_id, order_id, sku,
           max(qty) FILTER (complaint = 'damaged') AS damaged,
           max(qty) FILTER (claim = 'return' OR return_waybill_no IS NOT NULL) AS returned,
           max(qty) FILTER (complaint = 'wrong_item') AS wrong_item,
           max(qty) FILTER (complaint = 'quality') AS quality,
           max(qty) FILTER (complaint = 'not_received') AS not_received
    FROM told GROUP BY parcel_id, order_id, sku
)
SELECT
    g.sku, s.packaging, coalesce(k.material, '') AS material, d.carrier, d.node, g.area,
    count(DISTINCT g.parcel_id) AS parcels, sum(g.units)::BIGINT AS units,
    sum(least(coalesce(c.damaged, 0), g.units))::BIGINT AS damaged,
    sum(least(coalesce(c.returned, 0), g.units))::BIGINT AS returned,
    sum(least(coalesce(c.wrong_item, 0), g.units))::BIGINT AS wrong_item,
    sum(least(coalesce(c.quality, 0), g.units))::BIGINT AS quality,
    sum(least(coalesce(c.not_received, 0), g.units))::BIGINT AS not_received
FROM goods AS g
JOIN done AS d USING (parcel_id)
JOIN skus AS s USING (sku)
LEFT JOIN parcel_packing AS k USING (parcel_id)
LEFT JOIN counted AS c ON c.parcel_id = g.parcel_id AND c.order_id = g.order_id AND c.sku = g.sku
GROUP BY ALL
ORDER BY ALL;

-- What does a parcel of each carrier to each province cost, and how many went? Grain: one carrier and province.
CREATE OR REPLACE MACRO boards.route_costs(since) AS TABLE
SELECT p.carrier, left(o.adcode, 2) AS area, count(*) AS parcels, avg(p.cost_cents) / 100.0 AS yuan
FROM parcels AS p
JOIN (SELECT a.parcel_id, any_value(a.adcode) AS adcode FROM boards.standing_picks AS a GROUP BY a.parcel_id) AS o
  USING (parcel_id)
WHERE p.status = 'planned' AND p.planned_at > since
GROUP BY ALL ORDER BY ALL;

-- Why do goods come back? Grain: one complaint and reason of the platform, of tickets since an instant that ask for money
-- back. complaint null: not sorted.
CREATE OR REPLACE MACRO boards.return_reasons(since) AS TABLE
SELECT complaint, boards.without_phones(left(reason, 60)) AS reason, count(*) AS tickets,
       coalesce(sum(refund_cents), 0)::BIGINT AS cents
FROM tickets
WHERE asked_at > since AND (claim IN ('refund', 'return') OR return_waybill_no IS NOT NULL)
GROUP BY ALL ORDER BY tickets DESC, complaint, reason;

-- Which changes stand or stood? Grain: one change, those that wait first, then by how much they save.
CREATE OR REPLACE VIEW boards.improvement_list AS
SELECT
    i.improvement_id, i.kind, i.sku, s.name_zh, s.name_en, i.carrier, c.name_zh AS carrier_zh, c.name_en AS carrier_en,
    i.area, a.province, i.material, m.name_zh AS material_zh, m.name_en AS material_en, i.surcharge_cents,
    i.instead, n.name_zh AS instead_zh, n.name_en AS instead_en, i.units, i.damaged, i.share, i.low, i.high,
    i.limit_share, i.share_after, i.saving_cents, i.options, i.proposed_at, i.state, i.state_at, e.reason, e.actor
FROM improvements AS i
LEFT JOIN skus AS s USING (sku)
LEFT JOIN carriers AS c ON c.carrier = i.carrier
LEFT JOIN carriers AS n ON n.carrier = i.instead
LEFT JOIN packing_materials AS m ON m.material = i.material
LEFT JOIN boards.area_names AS a ON a.adcode = rpad(i.area, 6, '0')
LEFT JOIN (SELECT improvement_id, arg_max(reason, version) AS reason, arg_max(actor, version) AS actor
           FROM improvement_events GROUP BY improvement_id) AS e USING (improvement_id)
ORDER BY CASE i.state WHEN 'proposed' THEN 0 WHEN 'approved' THEN 1 ELSE 2 END, i.saving_cents DESC, i.improvement_id;

-- How content are buyers? Grain: one day in Beijing on which somebody rated, as ratings stand now.
CREATE OR REPLACE MACRO boards.rating_days(since) AS TABLE
SELECT boards.beijing_day(rated_at) AS day, count(*) AS ratings, count(*) FILTER (stars >= 4) AS content,
       count(*) FILTER (stars <= 2) AS low, avg(stars) AS stars
FROM ratings WHERE rated_at > since GROUP BY ALL ORDER BY day;

-- Which ratings are low, and what happened to those orders? Grain: one rating of at most `most` stars, the newest first,
-- with the way of its parcel that arrived last. complaint: of its newest sorted ticket. words: hostile text.
CREATE OR REPLACE MACRO boards.low_ratings(since, most) AS TABLE
WITH low AS (
    SELECT r.order_id, r.stars, r.words, r.rated_at FROM ratings AS r
    WHERE r.rated_at > since AND r.stars <= most ORDER BY r.rated_at DESC, r.order_id LIMIT 500
),
mine AS (
    SELECT DISTINCT a.order_id, a.parcel_id FROM boards.standing_picks AS a SEMI JOIN low USING (order_id)
),
lots AS (
    SELECT a.order_id, string_agg(DISTINCT a.lot, ', ' ORDER BY a.lot) AS lots
    FROM boards.standing_picks AS a SEMI JOIN low USING (order_id) GROUP BY a.order_id
),
ways AS (
    SELECT m.order_id, p.parcel_id, p.node, p.carrier, p.planned_at, w.uploaded_at, t.picked_up_at, t.first_hub_at,
           t.arrived_at, t.out_at, t.signed_at, k.material,
           row_number() OVER (PARTITION BY m.order_id ORDER BY t.signed_at DESC NULLS LAST, p.parcel_id) AS place
    FROM mine AS m
    JOIN parcels AS p USING (parcel_id)
    LEFT JOIN (SELECT parcel_id, min(uploaded_at) AS uploaded_at FROM waybills GROUP BY parcel_id) AS w USING (parcel_id)
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
    LEFT JOIN parcel_packing AS k ON k.parcel_id = p.parcel_id
)
SELECT
    l.order_id, o.order_no, o.platform, l.stars::BIGINT AS stars, boards.without_phones(l.words) AS words, l.rated_at, o.paid_at, o.promise_at,
    y.parcel_id, y.node, n.name_zh AS node_zh, n.name_en AS node_en, y.carrier, c.name_zh AS carrier_zh,
    c.name_en AS carrier_en, y.material, g.lots, y.planned_at, y.uploaded_at, y.picked_up_at, y.first_hub_at, y.arrived_at,
    y.out_at, y.signed_at,
    (SELECT arg_max(t.complaint, t.asked_at) FROM tickets AS t
     WHERE t.order_id = l.order_id AND t.complaint IS NOT NULL AND t.complaint <> 'other') AS complaint
FROM low AS l
JOIN orders AS o USING (order_id)
LEFT JOIN ways AS y ON y.order_id = l.order_id AND y.place = 1
LEFT JOIN lots AS g ON g.order_id = l.order_id
LEFT JOIN nodes AS n ON n.node = y.node
LEFT JOIN carriers AS c ON c.carrier = y.carrier
ORDER BY l.rated_at DESC, l.order_id;

-- What did this order's buyer rate? Grain: one order that has a rating.
CREATE OR REPLACE VIEW boards.order_ratings AS
SELECT order_id, stars::BIGINT AS stars, words, rated_at, first_at FROM ratings;

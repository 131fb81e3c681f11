-- ---- making good ---------------------------------------------------------------------------------------------------

-- One door: orders of one masked buyer at one masked address. The masked name alone may be two people of one district.
CREATE OR REPLACE MACRO boards.one_buyer(buyer, adcode, street, address) AS
    concat_ws('|', buyer, adcode, street, address);

-- Which tickets could be made good, and what is known of each? Grain: one ticket. wanted null: those that are open,
-- labelled, not refunded, of an order of ours that has not ended, and that nothing was ever proposed for, the oldest first,
-- but those about nothing that money answers last: they stay. Else the wanted ones, whatever stands in the way.
-- value_cents: paid for the goods concerned, of the whole order where the ticket names none; goods_cents: their cost.
-- freight_cents: of their dearest parcel, null where none is known. standing: a compensation that was not taken back.
-- early: complains of goods, and no parcel of them had come to the door when the ticket came. proposals: made before.
CREATE OR REPLACE MACRO boards.cases_to_judge(wanted, most) AS TABLE
WITH todo AS (
    SELECT t.* FROM tickets AS t
    WHERE CASE WHEN wanted IS NULL
               THEN t.state = 'open' AND t.complaint IS NOT NULL AND t.order_id IS NOT NULL
                    AND t.refunded_at IS NULL
                    AND t.ticket_id NOT IN (SELECT ticket_id FROM compensations WHERE ticket_id IS NOT NULL)
                    AND t.order_id NOT IN (SELECT order_id FROM compensations WHERE ticket_id IS NULL
                                           AND state IN ('proposed', 'approved', 'sent', 'paid'))
                    AND t.order_id NOT IN (SELECT order_id FROM orders WHERE status IN ('cancelled', 'refunded'))
               ELSE t.ticket_id IN (SELECT unnest(wanted::VARCHAR[])) END
    ORDER BY t.complaint IS NOT DISTINCT FROM 'other', t.asked_at, t.ticket_id LIMIT most
),
concerned AS (
    SELECT g.ticket_id, g.order_id, g.sku, sum(g.qty)::BIGINT AS qty, list(DISTINCT g.parcel_id) AS parcel_ids
    FROM ticket_goods AS g SEMI JOIN todo USING (ticket_id) GROUP BY g.ticket_id, g.order_id, g.sku
),
sold AS (
    SELECT l.order_id, l.sku, sum(l.qty)::BIGINT AS qty, sum(l.amount_cents)::BIGINT AS cents
    FROM order_lines AS l WHERE l.order_id IN (SELECT order_id FROM todo) GROUP BY l.order_id, l.sku
),
goods AS (
    SELECT c.ticket_id,
           sum(s.cents * least(c.qty, s.qty) / s.qty)::BIGINT AS value_cents,
           sum(k.cost_cents * c.qty)::BIGINT AS goods_cents
    FROM concerned AS c JOIN sold AS s USING (order_id, sku) JOIN skus AS k USING (sku) GROUP BY c.ticket_id
),
whole AS (
    SELECT s.order_id, sum(k.cost_cents * s.qty)::BIGINT AS goods_cents
    FROM sold AS s JOIN skus AS k USING (sku) GROUP BY s.order_id
),
carried AS (
    SELECT c.ticket_id, max(p.cost_cents) AS freight_cents,
           bool_and(t.stage IN ('labelled', 'picked_up', 'in_transit', 'arrived')) AS under_way
    FROM (SELECT ticket_id, unnest(parcel_ids) AS parcel_id FROM concerned) AS c
    JOIN parcels AS p USING (parcel_id)
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
    GROUP BY c.ticket_id
),
before AS (
    SELECT ticket_id, count(*) AS proposals,
           count(*) FILTER (state IN ('proposed', 'approved', 'sent', 'paid')) > 0 AS standing
    FROM compensations WHERE ticket_id IN (SELECT ticket_id FROM todo) GROUP BY ticket_id
)
SELECT
    t.ticket_id, t.ticket_no, t.state, t.complaint, t.claim, t.said, t.refund_cents, t.refunded_at IS NOT NULL AS refunded,
    t.asked_at, t.order_id, o.show_id, o.status,
    boards.one_buyer(o.buyer, o.adcode, o.street, o.address) AS one_buyer,
    coalesce(g.value_cents, o.amount_cents) AS value_cents,
    coalesce(g.goods_cents, w.goods_cents, 0)::BIGINT AS goods_cents, c.freight_cents,
    coalesce(c.under_way, false) AND t.complaint IN ('damaged', 'wrong_item', 'quality') AS early,
    coalesce(b.standing, false)
        OR t.order_id IN (SELECT order_id FROM compensations
                          WHERE ticket_id IS NULL AND state IN ('proposed', 'approved', 'sent', 'paid')) AS standing,
    coalesce(b.proposals, 0) AS proposals
FROM todo AS t
LEFT JOIN orders AS o ON o.order_id = t.order_id
LEFT JOIN goods AS g ON g.ticket_id = t.ticket_id
LEFT JOIN whole AS w ON w.order_id = t.order_id
LEFT JOIN carried AS c ON c.ticket_id = t.ticket_id
LEFT JOIN before AS b ON b.ticket_id = t.ticket_id
ORDER BY t.asked_at, t.ticket_id;

-- What do these orders hold, for making good a cause with many buyers? Grain: one order. taken: has one that stands.
CREATE OR REPLACE MACRO boards.orders_to_judge(wanted, cause_of) AS TABLE
WITH sold AS (
    SELECT l.order_id, sum(k.cost_cents * l.qty)::BIGINT AS goods_cents
    FROM order_lines AS l JOIN skus AS k USING (sku)
    WHERE l.order_id IN (SELECT unnest(wanted::VARCHAR[])) GROUP BY l.order_id
)
SELECT
    o.order_id, o.show_id, o.status, boards.one_buyer(o.buyer, o.adcode, o.street, o.address) AS one_buyer,
    o.amount_cents AS value_cents, coalesce(s.goods_cents, 0)::BIGINT AS goods_cents,
    (SELECT max(p.cost_cents) FROM allocations AS a JOIN parcels AS p USING (parcel_id) WHERE a.order_id = o.order_id)
        AS freight_cents,
    o.order_id IN (SELECT order_id FROM compensations
                   WHERE state IN ('proposed', 'approved', 'sent', 'paid') OR cause = cause_of) AS taken
FROM orders AS o LEFT JOIN sold AS s USING (order_id)
WHERE o.order_id IN (SELECT unnest(wanted::VARCHAR[]))
ORDER BY o.order_id;

-- What did these buyers ask for and get since an instant? Grain: one buyer, as one_buyer says. claims: tickets that ask
-- for money or goods; dear_claims: of those on orders of at least `dear` cents; given: compensations that stand.
CREATE OR REPLACE MACRO boards.buyers_past(wanted, since_claims, since_given, dear) AS TABLE
WITH theirs AS (
    SELECT o.order_id, o.amount_cents, o.paid_at, boards.one_buyer(o.buyer, o.adcode, o.street, o.address) AS one_buyer
    FROM orders AS o
    WHERE boards.one_buyer(o.buyer, o.adcode, o.street, o.address) IN (SELECT unnest(wanted::VARCHAR[]))
),
asked AS (
    SELECT h.one_buyer, count(*) AS claims, count(*) FILTER (h.amount_cents >= dear) AS dear_claims
    FROM tickets AS t JOIN theirs AS h USING (order_id)
    WHERE t.claim <> 'words' AND t.asked_at > since_claims GROUP BY h.one_buyer
),
given AS (
    SELECT h.one_buyer, count(*) AS times, sum(c.cost_cents)::BIGINT AS cents
    FROM compensations AS c JOIN theirs AS h USING (order_id)
    WHERE c.state IN ('proposed', 'approved', 'sent', 'paid') AND c.proposed_at > since_given GROUP BY h.one_buyer
)
SELECT h.one_buyer, h.orders, coalesce(a.claims, 0) AS claims, coalesce(a.dear_claims, 0) AS dear_claims,
       coalesce(g.times, 0) AS times, coalesce(g.cents, 0)::BIGINT AS cents
FROM (SELECT one_buyer, count(*) FILTER (paid_at > since_claims) AS orders FROM theirs GROUP BY one_buyer) AS h
LEFT JOIN asked AS a USING (one_buyer)
LEFT JOIN given AS g USING (one_buyer);

-- Which of these tickets say what tickets of others said, word for word? Grain: one ticket of `wanted` whose text, without
-- its spaces, has at least `letters` characters. others: tickets on orders of other buyers since the instant.
CREATE OR REPLACE MACRO boards.same_texts(wanted, since, letters) AS TABLE
WITH told AS (
    SELECT t.ticket_id, regexp_replace(t.said, '\s', '', 'g') AS words, coalesce(t.buyer, t.order_id, t.ticket_id) AS who
    FROM tickets AS t WHERE t.asked_at > since
),
mine AS (SELECT * FROM told WHERE ticket_id IN (SELECT unnest(wanted::VARCHAR[])) AND length(words) >= letters)
SELECT m.ticket_id, count(*) AS others
FROM mine AS m JOIN told AS o ON o.words = m.words AND o.who <> m.who
GROUP BY m.ticket_id;

-- What waits for a yes or no? Grain: one proposed compensation, the one that saves most first. said: the buyer's words,
-- phone numbers hidden; to be shown escaped. left_cents: of its budget, before it.
CREATE OR REPLACE VIEW boards.compensation_queue AS
SELECT
    c.compensation_id, c.ticket_id, t.ticket_no, c.order_id, o.order_no, o.platform, boards.masked(o.buyer) AS buyer, o.province,
    c.cause, c.budget_key, c.complaint, c.severity, c.ground, c.remedy, c.pay_cents, c.cost_cents, c.expected_cents,
    c.nothing_cents, c.options, c.abuse_score::BIGINT AS abuse_score, c.abuse, c.approver, c.why_manager, c.proposed_at, t.asked_at, t.claim,
    boards.without_phones(left(t.said, 200)) AS said, b.cents - b.committed_cents AS left_cents
FROM compensations AS c
LEFT JOIN orders AS o USING (order_id)
LEFT JOIN tickets AS t USING (ticket_id)
LEFT JOIN compensation_budgets AS b USING (budget_key)
WHERE c.state = 'proposed'
ORDER BY c.nothing_cents - c.expected_cents DESC, c.compensation_id;

-- How far are the budgets used? Grain: one budget that has been needed, the newest first. proposed_cents: asked of it now.
CREATE OR REPLACE VIEW boards.compensation_budget_use AS
SELECT
    b.budget_key, s.title_zh, s.title_en, b.cents, b.committed_cents, b.cents - b.committed_cents AS left_cents, b.set_by,
    coalesce(c.proposed, 0) AS proposed, coalesce(c.proposed_cents, 0)::BIGINT AS proposed_cents,
    coalesce(c.approved, 0) AS approved, coalesce(c.sent, 0) AS sent, coalesce(c.paid, 0) AS paid,
    coalesce(c.failed, 0) AS failed, coalesce(c.paid_cents, 0)::BIGINT AS paid_cents
FROM compensation_budgets AS b
LEFT JOIN shows AS s ON s.show_id = b.budget_key
LEFT JOIN (
    SELECT budget_key, count(*) FILTER (state = 'proposed') AS proposed,
           sum(cost_cents) FILTER (state = 'proposed') AS proposed_cents, count(*) FILTER (state = 'approved') AS approved,
           count(*) FILTER (state = 'sent') AS sent, count(*) FILTER (state = 'paid') AS paid,
           count(*) FILTER (state = 'failed') AS failed, sum(cost_cents) FILTER (state = 'paid') AS paid_cents
    FROM compensations GROUP BY budget_key
) AS c USING (budget_key)
ORDER BY b.version DESC, b.budget_key;

-- What was decided lately, and is it paid? Grain: one compensation that is not a proposal, the latest change first.
CREATE OR REPLACE VIEW boards.compensation_log AS
SELECT
    c.compensation_id, c.ticket_id, c.order_id, o.order_no, o.platform, c.complaint, c.severity, c.remedy, c.pay_cents, c.cost_cents,
    c.state, c.state_at, e.reason, e.actor
FROM compensations AS c
LEFT JOIN orders AS o USING (order_id)
LEFT JOIN (SELECT compensation_id, arg_max(reason, version) AS reason, arg_max(actor, version) AS actor
           FROM compensation_events GROUP BY compensation_id) AS e USING (compensation_id)
WHERE c.state <> 'proposed'
ORDER BY c.state_at DESC, c.compensation_id;

-- What may the gateway pay or ship now? Grain: one approved compensation, the oldest first. Not what the platform has paid
-- back by itself meanwhile: nobody is refunded twice.
CREATE OR REPLACE VIEW boards.compensations_to_pay AS
SELECT
    c.compensation_id, c.order_id, o.platform, o.order_no, t.ticket_no, c.complaint, c.remedy, c.pay_cents,
    e.approved_at
FROM compensations AS c
JOIN orders AS o USING (order_id)
LEFT JOIN tickets AS t USING (ticket_id)
LEFT JOIN (SELECT compensation_id, max(event_time) AS approved_at FROM compensation_events WHERE kind = 'approved'
           GROUP BY compensation_id) AS e USING (compensation_id)
WHERE c.state = 'approved'
  AND (c.remedy = 'coupon' OR (o.status NOT IN ('cancelled', 'refunded') AND t.refunded_at IS NULL))
ORDER BY e.approved_at, c.compensation_id;

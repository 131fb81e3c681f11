-- ---- offers to wait ------------------------------------------------------------------------------------------------

-- Whom does the room suggest to ask? Grain: one proposed offer, the greatest expected saving first. bottlenecks: JSON.
-- Proposals that have run out, or whose order has moved on, are about to be closed and are left out.
CREATE OR REPLACE MACRO boards.delay_queue(as_of) AS TABLE
SELECT
    d.offer_id, d.order_id, o.order_no, o.platform, boards.masked(o.buyer) AS buyer, o.province, o.city,
    d.tier, d.extra_hours, d.compensation_cents, d.form, d.price_cents, d.acceptance, d.saving_cents, d.bottlenecks,
    d.offered_at, d.expires_at, d.promise_before, d.promise_after
FROM (SELECT * FROM delay_offers WHERE state = 'proposed' AND expires_at > as_of) AS d
JOIN orders AS o ON o.order_id = d.order_id AND o.status = 'reserved'
ORDER BY d.saving_cents DESC, d.offer_id;

-- Which offers may a buyer see now? Grain: one approved offer, those not yet asked first, then the first to run out. What the gateway fetches: no
-- name, no address. state 'sent': the gateway has reported that the buyer was asked.
CREATE OR REPLACE MACRO boards.delays_to_ask(as_of) AS TABLE
SELECT
    d.offer_id, d.order_id, o.platform, o.order_no, d.tier, d.extra_hours, d.compensation_cents, d.form,
    d.promise_before, d.promise_after, d.expires_at, d.state
FROM (SELECT * FROM delay_offers WHERE state IN ('approved', 'sent') AND expires_at > as_of) AS d
JOIN orders AS o ON o.order_id = d.order_id AND o.status = 'reserved'
ORDER BY d.state = 'sent', d.expires_at, d.offer_id;

-- What became of the offers? Grain: one tier ever offered. silent: ran out after the gateway said it had asked;
-- lapsed: rejected, withdrawn, or ran out without the buyer having been asked. owed: to accepted orders that still stand.
-- relieved_cents: marginal price of the parcels of accepted offers when they were offered; what was paid for it is owed_cents.
CREATE OR REPLACE VIEW boards.delay_results AS
WITH asked AS (SELECT DISTINCT offer_id FROM delay_events WHERE kind = 'sent')
SELECT
    d.tier,
    count(*) AS offers,
    count(*) FILTER (d.state = 'proposed') AS proposed,
    count(*) FILTER (d.state = 'approved') AS approved,
    count(*) FILTER (d.state = 'sent') AS sent,
    count(*) FILTER (d.state = 'accepted') AS accepted,
    count(*) FILTER (d.state = 'declined') AS declined,
    count(*) FILTER (d.state = 'expired' AND a.offer_id IS NOT NULL) AS silent,
    count(*) FILTER (d.state IN ('rejected', 'withdrawn') OR (d.state = 'expired' AND a.offer_id IS NULL)) AS lapsed,
    coalesce(sum(d.price_cents) FILTER (d.state = 'accepted'), 0)::BIGINT AS relieved_cents,
    coalesce(sum(c.cents) FILTER (o.status NOT IN ('cancelled', 'refunded')), 0)::BIGINT AS owed_cents
FROM delay_offers AS d
LEFT JOIN asked AS a ON a.offer_id = d.offer_id
LEFT JOIN delay_compensations AS c ON c.offer_id = d.offer_id
LEFT JOIN orders AS o ON o.order_id = d.order_id
GROUP BY d.tier;

-- Does an order wait because its buyer was asked? Grain: one order that allocation leaves alone for now, with until when.
CREATE OR REPLACE MACRO boards.orders_on_hold(as_of) AS TABLE
SELECT order_id, offer_id, tier, state, hold_until, compensation_cents, form, promise_before, promise_after
FROM delay_offers
WHERE hold_until > as_of;

-- ---- weather and hubs, and what the delay model knows of them --------------------------------------------------------

-- Of which cities does the room want the weather? Grain: one city with a node, or with parcels on their way there that
-- were planned in the last two weeks before `as_of`. parcels: on their way there, or waiting at its nodes.
CREATE OR REPLACE MACRO boards.places_in_use(as_of) AS TABLE
WITH wanted AS (
    SELECT left(o.adcode, 4) || '00' AS adcode, count(DISTINCT a.parcel_id) AS parcels
    FROM parcels AS p
    JOIN boards.standing_picks AS a USING (parcel_id)
    JOIN orders AS o USING (order_id)
    LEFT JOIN parcel_tracks AS t ON t.parcel_id = p.parcel_id
    WHERE p.status = 'planned' AND p.planned_at > as_of - INTERVAL 14 DAY AND t.signed_at IS NULL
    GROUP BY ALL
    UNION ALL
    SELECT left(n.adcode, 4) || '00', count(p.parcel_id)
    FROM nodes AS n LEFT JOIN parcels AS p ON p.node = n.node AND p.status = 'planned' AND p.planned_at > as_of - INTERVAL 14 DAY
    GROUP BY ALL
)
SELECT w.adcode, r.lat, r.lon, sum(w.parcels)::BIGINT AS parcels
FROM wanted AS w JOIN regions AS r ON r.adcode = w.adcode
WHERE r.lat IS NOT NULL AND r.lon IS NOT NULL
GROUP BY ALL
ORDER BY parcels DESC, w.adcode;

-- What was told of the hours after `since`? Grain: one hour, place, source and issue.
CREATE OR REPLACE MACRO boards.weather_told(since) AS TABLE
SELECT place, valid_at, issued_at, ingest_time, precipitation_mm, snowfall_cm, wind_kmh, celsius
FROM weather WHERE valid_at > since;

-- What was said of hubs? Grain: one saying, the oldest first.
CREATE OR REPLACE VIEW boards.hub_sayings AS
SELECT hub, name, condition, begins_at, ends_at, backlog_hours, ingest_time, said_by, source
FROM hub_states ORDER BY ingest_time, version, begins_at, hub;

-- Through which cities do a carrier's parcels go between two provinces? Grain: one carrier, province of origin and of
-- destination (two digits) and city of a hub, with the share of the parcels that were scanned there, for parcels that
-- were picked up after `since` and arrived before `until`.
CREATE OR REPLACE MACRO boards.hubs_on_the_way(since, until) AS TABLE
WITH carried AS (
    SELECT DISTINCT t.waybill_no, p.carrier, left(n.adcode, 2) AS origin, left(o.adcode, 2) AS destination
    FROM parcel_tracks AS t
    JOIN parcels AS p USING (parcel_id)
    JOIN nodes AS n ON n.node = p.node
    JOIN boards.standing_picks AS a USING (parcel_id)
    JOIN orders AS o USING (order_id)
    WHERE t.picked_up_at > since AND t.arrived_at < until
),
lanes AS (SELECT carrier, origin, destination, count(*) AS parcels FROM carried GROUP BY ALL),
seen AS (
    SELECT DISTINCT e.waybill_no, left(e.adcode, 4) || '00' AS hub
    FROM tracking_events AS e ANTI JOIN tracking_retractions AS r ON r.event_key = e.event_key
    WHERE e.scan IN ('hub_in', 'hub_out') AND e.adcode IS NOT NULL AND e.event_time > since
      AND e.ingest_time < until
)
SELECT c.carrier, c.origin, c.destination, s.hub, count(*) / any_value(l.parcels) AS share
FROM carried AS c
JOIN seen AS s USING (waybill_no)
JOIN lanes AS l USING (carrier, origin, destination)
GROUP BY c.carrier, c.origin, c.destination, s.hub;

-- How do hubs stand? Grain: one hub with the last word on it, the worst first; ended: it has ended by `as_of`, at most
-- two days before. parcels: on the road to its province.
CREATE OR REPLACE MACRO boards.hub_board(as_of) AS TABLE
WITH last AS (
    SELECT * FROM hub_states
    QUALIFY row_number() OVER (PARTITION BY hub ORDER BY ingest_time DESC, version DESC, begins_at DESC) = 1
),
road AS (
    SELECT left(o.adcode, 2) AS province, count(DISTINCT t.waybill_no) AS parcels
    FROM parcel_tracks AS t JOIN boards.standing_picks AS a USING (parcel_id) JOIN orders AS o USING (order_id)
    WHERE t.stage IN ('picked_up', 'in_transit', 'arrived', 'out_for_delivery') GROUP BY ALL
)
SELECT l.hub, l.name, l.condition, l.begins_at, l.ends_at, l.backlog_hours, l.said_by, l.source, l.ingest_time,
       coalesce(l.ends_at <= as_of, false) AS ended, coalesce(r.parcels, 0) AS parcels
FROM last AS l LEFT JOIN road AS r ON r.province = left(l.hub, 2)
WHERE coalesce(l.ends_at > as_of - INTERVAL 48 HOUR, l.begins_at > as_of - INTERVAL 14 DAY)
ORDER BY ended, list_position(['closed', 'congested', 'busy', 'clear'], l.condition), l.ingest_time DESC;

-- What weather is coming? Grain: one place with hours in the two days after `as_of`, the worst first. Sums of the newest
-- issue of each hour; wind and temperature are extremes. parcels: on the road to that place.
CREATE OR REPLACE MACRO boards.weather_ahead(as_of) AS TABLE
WITH newest AS (
    SELECT * FROM weather
    WHERE valid_at > as_of AND valid_at <= as_of + INTERVAL 48 HOUR
    QUALIFY row_number() OVER (PARTITION BY place, valid_at ORDER BY issued_at DESC, version DESC) = 1
),
road AS (
    SELECT left(o.adcode, 4) || '00' AS city, left(o.adcode, 2) || '0000' AS province, count(DISTINCT t.waybill_no) AS parcels
    FROM parcel_tracks AS t JOIN boards.standing_picks AS a USING (parcel_id) JOIN orders AS o USING (order_id)
    WHERE t.stage IN ('picked_up', 'in_transit', 'arrived', 'out_for_delivery') GROUP BY ALL
),
counted AS (
    SELECT city AS place, parcels FROM road UNION ALL SELECT province, sum(parcels) FROM road GROUP BY ALL
)
SELECT
    n.place, any_value(coalesce(r.city, r.province)) AS name, count(*) AS hours,
    sum(n.precipitation_mm)::DOUBLE AS precipitation_mm, sum(n.snowfall_cm)::DOUBLE AS snowfall_cm,
    max(n.wind_kmh) AS wind_kmh, min(n.celsius) AS celsius_least, max(n.celsius) AS celsius_most,
    max(n.issued_at) AS issued_at, coalesce(any_value(c.parcels), 0)::BIGINT AS parcels
FROM newest AS n
LEFT JOIN regions AS r ON r.adcode = n.place
LEFT JOIN counted AS c ON c.place = n.place
GROUP BY n.place
ORDER BY coalesce(sum(n.precipitation_mm), 0) + 10 * coalesce(sum(n.snowfall_cm), 0) DESC, n.place
LIMIT 400;

-- Who tells the weather, and since when not? Grain: one source.
CREATE OR REPLACE VIEW boards.weather_sources AS
SELECT source, count(*) AS hours, count(DISTINCT place) AS places, max(issued_at) AS issued_at, max(valid_at) AS valid_at
FROM weather GROUP BY source ORDER BY issued_at DESC, source;

-- Do this week's parcels still look like those learned from? Grain: one thing watched, at the last look.
CREATE OR REPLACE VIEW boards.delay_drift_now AS
SELECT what, looked_at, figure, parcels, state FROM delay_drift
WHERE look_id = (SELECT max_by(look_id, version) FROM delay_drift)
ORDER BY list_position(['alarm', 'watch', 'calm'], state), abs(figure) DESC, what;

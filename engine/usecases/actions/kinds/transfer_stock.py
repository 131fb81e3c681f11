"""Stock lies in the wrong place: units of a lot go to another node. They leave the shelf at once, are under way, and
are booked in when they arrive; until they are loaded they can stay."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from engine.errors import NotAllowed, NotEnoughStock, NotFound
from engine.model.actions import ActionKind, Desk, Reversibility
from engine.model.states import StockKind
from engine.response.outcome import Measure, Outcome, counted
from engine.response.parameters import Of, Parameter, Params
from engine.response.preview import Level, Preview, fingerprint
from engine.response.transfer import Tariff, cheapest, freight_cents
from engine.store.transaction import Transaction
from engine.usecases.actions.kinds.spec import ActionSpec, Applied, Executed, Planned
from engine.usecases.room.workplace import Workplace
from engine.usecases.steering.steering_state import barriers
from engine.usecases.stock.expected_stock import departed, expect, expected_row, less_expected, settle_skus, shelve
from engine.usecases.stock.transfer_rules import load_transfer_rules


def subject(params: Params) -> str:
    """The lot, from and to."""
    return f"{params['lot']}/{params['node']}/{params['to_node']}"


def plan(work: Workplace, params: Params) -> Planned:
    """Raises NotFound, NotEnoughStock, or NotAllowed: the same node, no layer for it there, or no carrier that goes."""
    node, to_node, lot, units = (params[name] for name in ("node", "to_node", "lot", "units"))
    if node == to_node:
        raise NotAllowed("A transfer needs two nodes.")
    adcodes = dict(work.database.read("SELECT node, adcode FROM nodes").iter_rows())
    for name in (node, to_node):
        if name not in adcodes:
            raise NotFound(f"There is no node {name!r}.")
    goods = work.database.read(
        "SELECT b.sku, b.on_hand - b.reserved - b.quarantined, s.layer, s.weight_kg, s.cost_cents FROM stock_balance b "
        "JOIN skus s ON s.sku = b.sku WHERE b.node = $node AND b.lot = $lot",
        {"node": node, "lot": lot},
    ).rows()
    if not goods:
        raise NotFound(f"No stock of lot {lot!r} lies at {node!r}.")
    sku, free, layer, kg, cost = goods[0]
    if free < units:
        raise NotEnoughStock(f"{lot} at {node}: {free} units are free to leave, {units} were asked for.")
    layers = work.database.read("SELECT layers FROM nodes WHERE node = $node", {"node": to_node}).item()
    if layer not in layers.split("|"):
        raise NotAllowed(f"{to_node} cannot keep {layer} goods.")
    rules = load_transfer_rules()
    tariff = cheapest(_tariffs(work, adcodes[node], adcodes[to_node], layer), units * kg, rules)
    if tariff is None:
        raise NotAllowed(f"No carrier goes from {node} to {to_node} with {layer} goods.")
    there = work.database.read(
        "SELECT coalesce(sum(on_hand), 0)::BIGINT FROM stock_balance WHERE node = $node AND lot = $lot",
        {"node": to_node, "lot": lot},
    ).item()
    freight = freight_cents(tariff, units * kg, rules)
    hours = round(rules.load_minutes / 60 + tariff.days * 24)
    preview = Preview(
        stake_cents=units * cost,
        cost_cents=freight,
        levels=(
            Level("shelf", f"{node}/{lot}", free, free - units),
            Level("later_shelf", f"{to_node}/{lot}", int(there), int(there) + units),
        ),
        promised={"units": units, "freight_cents": freight, "hours": hours},
        inputs=fingerprint(free, there, units, freight, tariff.carrier),
    )
    return Planned(preview, (params, sku, tariff, freight, rules.load_minutes))


def _tariffs(work: Workplace, origin: str, destination: str, layer: str) -> list[Tariff]:
    """Of each carrier that is not bound to a neighbourhood nor stopped there, the tariff that matches longest."""
    found = work.database.read(
        """
        SELECT t.carrier, t.fixed_yuan, t.per_kg_yuan, t.days FROM tariffs t JOIN carriers c ON c.carrier = t.carrier
        WHERE c.max_km IS NULL AND t.layer = $layer AND (t.origin = '*' OR starts_with($origin, t.origin))
          AND (t.destination = '*' OR starts_with($destination, t.destination))
        ORDER BY t.carrier, length(replace(t.destination, '*', '')) DESC, length(replace(t.origin, '*', '')) DESC
        """,
        {"origin": origin, "destination": destination, "layer": layer},
    ).unique("carrier", keep="first", maintain_order=True)
    stopped = {carrier for carrier, region in barriers(work.database).stops if destination.startswith(region)}
    return [Tariff(*row) for row in found.filter(~pl.col("carrier").is_in(sorted(stopped))).iter_rows()]


def apply(_work: Workplace, tx: Transaction, planned: Planned, reason: str) -> Applied:
    """Off the shelf, and under way."""
    params, sku, tariff, freight, load_minutes = planned.made
    leaves_at = tx.at + timedelta(minutes=load_minutes)
    units = params["units"]
    shelve(tx, params["node"], sku, params["lot"], -units, kind=StockKind.TRANSFER_OUT, reference=reason)
    goods = {
        "kind": "transfer", "sku": sku, "lot": params["lot"], "from_node": params["node"],
        "to_node": params["to_node"], "units": units, "cost_cents": freight, "leaves_at": leaves_at,
        "ready_at": leaves_at + timedelta(days=tariff.days),
    }  # fmt: skip
    expected_id = expect(tx, goods, reason=reason)
    return Applied(dict(planned.preview.promised), {"expected_id": expected_id, "carrier": tariff.carrier})


def undo(_work: Workplace, tx: Transaction, done: Executed, reason: str) -> Mapping[str, int]:
    """Back on the shelf it came from. Raises NotAllowed once it has left."""
    goods = expected_row(tx, done.kept["expected_id"])
    if goods["state"] != "expected" or departed(goods, tx.at):
        raise NotAllowed(f"It left {goods['from_node']} at {goods['leaves_at'].isoformat()}: transfer it back instead.")
    units = int(goods["units"])
    less_expected(tx, done.kept["expected_id"], units, left=0, state="called_off", reason=reason)
    fenced = shelve(
        tx, goods["from_node"], goods["sku"], goods["lot"], units, kind=StockKind.TRANSFER_IN, reference=reason
    )
    settle_skus(tx, [goods["sku"]] if fenced else [], reason=reason)
    return {"units": units}


def measure(work: Workplace, done: Executed, _horizon: timedelta) -> Outcome:
    """Units of the lot that orders take from where it went; nothing is known before it has arrived."""
    [(state,)] = work.database.read(
        "SELECT state FROM expected_stock WHERE expected_id = $id", {"id": done.kept["expected_id"]}
    ).rows()
    here = {"node": done.params["to_node"], "lot": done.params["lot"], "version": done.version}
    [(ever,)] = work.database.read(
        "SELECT coalesce(sum(qty), 0)::BIGINT FROM allocations "
        "WHERE node = $node AND lot = $lot AND version > $version",
        here,
    ).rows()
    [(standing,)] = work.database.read(
        "SELECT coalesce(sum(a.qty), 0)::BIGINT FROM boards.standing_picks a JOIN parcels p USING (parcel_id) "
        "WHERE a.node = $node AND a.lot = $lot AND p.version > $version",
        here,
    ).rows()
    units = done.happened["units"]
    used = [min(int(one), units) for one in (standing, ever)]
    return counted(Measure.UNITS_SHIPPED, standing=used[0], ever=used[1], of=units, known=state == "arrived")


SPEC = ActionSpec(
    kind=ActionKind.TRANSFER_STOCK,
    desk=Desk.INVENTORY,
    reversibility=Reversibility.UNTIL,
    parameters=(
        Parameter("lot", Of.LOT),
        Parameter("node", Of.NODE),
        Parameter("to_node", Of.NODE),
        Parameter("units", Of.UNITS),
    ),
    subject=subject,
    plan=plan,
    apply=apply,
    measure=measure,
    undo=undo,
)

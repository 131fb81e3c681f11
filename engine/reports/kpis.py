"""Every number of a report, in the order in which it is read."""

from engine.reports.care_kpis import CARE
from engine.reports.figures import Kpi
from engine.reports.road_kpis import ROAD
from engine.reports.sales_kpis import SALES

KPIS: tuple[Kpi, ...] = (*SALES, *ROAD, *CARE)
KPI_OF = {kpi.key: kpi for kpi in KPIS}

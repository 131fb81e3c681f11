"""Which jobs there are, how often they run, and what for. The jobs themselves are use cases of the engine."""

from engine.errors import NotFound
from engine.settings import JobSettings
from engine.usecases.allocation.allocate_orders import allocate_waiting
from engine.usecases.allocation.look_ahead import look_ahead
from engine.usecases.allocation.propose_delays import propose_delays
from engine.usecases.allocation.review_delays import close_delays
from engine.usecases.riders.courier_policy import load_courier_policy
from engine.usecases.riders.forget_positions import forget_positions
from engine.usecases.room.room import Room
from engine.usecases.room.verify import VerifyReport, record_report, verify
from jobs.action_jobs import tend_actions
from jobs.alert_jobs import ALERTS, alert
from jobs.clock_jobs import keep_clocks, warn_of_clocks
from jobs.delay_jobs import forecast_delays, learn_delays, watch_for_drift
from jobs.floor_jobs import release_due_waves
from jobs.incident_jobs import INCIDENTS, watch_complaints, watch_topics
from jobs.making_good_jobs import compensate, keep_packing, learn_what_breaks, suggest_changes
from jobs.notice_jobs import NOTICES, send_notices
from jobs.partner_jobs import watch_mass_delays, watch_partners
from jobs.report_jobs import report_job
from jobs.runner import PULSE, RECORD_VERB, Job, JobResult, Outcome
from jobs.ticket_jobs import tend_tickets
from jobs.ticket_model_jobs import learn_complaints
from jobs.waybill_jobs import propose_uploads
from jobs.weather_jobs import ask_for_weather

CHECK_VERB = "record_report"
QUIET_CHECKS = 10
"""A quiet room is checked again after this many cadences, so that the age of the proof stays in sight."""


STORM = 2_000.0
"""Rows a second from which on planning waits altogether: 100,000 orders at this rate are over in 50 seconds."""
ROUND, ROUND_IN_A_PULSE = 20_000, 500
"""Orders a round. Planning 20,000 takes a second or two of the interpreter that answers buyers; 500 take 0.1 s."""


def allocate(room: Room) -> JobResult:
    """Give waiting orders their node, lot and carrier; while a pulse comes in, few at a time, or none."""
    raining = room.desk.rows_per_second()
    if raining > STORM:
        return JobResult(Outcome.IDLE)
    run = allocate_waiting(room, limit=ROUND_IN_A_PULSE if raining > PULSE else ROUND)
    if run.orders == 0:
        return JobResult(Outcome.IDLE)
    return JobResult(
        Outcome.DONE,
        f"{run.served} of {run.orders} orders allocated in {run.parcels} parcels, {run.unserved} must wait",
    )


def look_forward(room: Room) -> JobResult:
    """During a show, find what its remaining orders will pay for what is left, so that early ones leave it to them."""
    if room.desk.rows_per_second() > STORM:
        return JobResult(Outcome.IDLE)
    outlook = look_ahead(room)
    if outlook is None:
        return JobResult(Outcome.IDLE)
    bids = outlook.bids.stock.height + outlook.bids.nodes.height + outlook.bids.carriers.height
    return JobResult(Outcome.DONE, f"{outlook.expected} orders expected, {bids} things worth keeping for them")


def stagger(room: Room) -> JobResult:
    """Close offers to wait that ran out; where capacity is dear, and no pulse comes in, propose new ones."""
    closed = close_delays(room)
    offered = 0
    if room.desk.rows_per_second() <= PULSE:  # planning on paper takes the interpreter from buyers who wait for a yes
        offered = propose_delays(room, actor="stagger").offered
    if not closed and not offered:
        return JobResult(Outcome.IDLE)
    return JobResult(Outcome.DONE, f"{offered} offers to wait proposed, {closed} closed")


def forget(room: Room) -> JobResult:
    """Delete what riders left behind longer ago than it may be kept."""
    count = forget_positions(room, load_courier_policy())
    return JobResult(Outcome.DONE, f"{count} old positions deleted") if count else JobResult(Outcome.IDLE)


def check_invariants(room: Room) -> JobResult:
    """Verify every invariant if anything was committed since the last check."""
    if not _news(room):
        return JobResult(Outcome.IDLE)
    report = record_checks(room)
    broken = [check.name for check in report.checks if check.breaches]
    return JobResult(Outcome.DONE, f"broken: {', '.join(broken)}" if broken else "all invariants hold")


def record_checks(room: Room) -> VerifyReport:
    """Verify now and keep the result; for the job and for whoever presses the button."""
    report = verify(room.database)
    record_report(room.database, report)
    return report


def _news(room: Room) -> bool:
    [(checked_at, checked)] = room.database.read(
        'SELECT max("at"), coalesce(max(version), 0) FROM audit WHERE verb = $verb', {"verb": CHECK_VERB}
    ).rows()
    if checked_at is None:
        return True
    if (room.now() - checked_at).total_seconds() >= QUIET_CHECKS * room.settings.jobs.verify_seconds:
        return True
    [(commits,)] = room.database.read(
        "SELECT count(*) FROM audit WHERE version > $checked AND verb NOT IN ($check, $record)",
        {"checked": checked, "check": CHECK_VERB, "record": RECORD_VERB},
    ).rows()
    return bool(commits)


def jobs(settings: JobSettings) -> tuple[Job, ...]:
    """Every job with its cadence."""
    return (
        Job(
            "allocate",
            allocate,
            settings.allocate_seconds,
            "给已锁定库存的订单分配仓、批次和承运商",
            "Gives every reserved order its node, lot and carrier",
        ),
        Job(
            "waves",
            release_due_waves,
            settings.waves_seconds,
            "把临近末次揽收的波次自动放到仓内作业",
            "Releases the waves whose last good pick-up is near to the floor",
            in_calm=True,
        ),
        Job(
            "verify",
            check_invariants,
            settings.verify_seconds,
            "用独立的查询核对每一条不变量：不丢单、不重单、不超卖",
            "Checks every invariant with queries of its own: nothing lost, nothing twice, nothing oversold",
        ),
        Job(
            "look_ahead",
            look_forward,
            settings.look_ahead_seconds,
            "直播中预测剩余订单，为紧缺的库存和运力定出底价",
            "During a show, prices scarce stock and capacity for the orders still to come",
        ),
        Job(
            "stagger",
            stagger,
            settings.stagger_seconds,
            "运力紧张时提出错峰建议，并关闭到期的建议",
            "Proposes offers to wait where capacity is dear, and closes those that ran out",
        ),
        Job(
            "partners",
            watch_partners,
            settings.partners_seconds,
            "按服务标准考核各承运商和仓，低于标准时告警",
            "Measures carriers and nodes against the service standards and warns of those below",
            in_calm=True,
        ),
        Job(
            "mass_delay",
            watch_mass_delays,
            settings.mass_delay_seconds,
            "在晚到的包裹里找共同原因，为每个原因立一个事件",
            "Looks for what late parcels have in common and keeps one incident a cause",
            in_calm=True,
        ),
        Job(
            "waybills",
            propose_uploads,
            settings.waybills_seconds,
            "按揽收预测和退款风险，建议每批运单何时上传",
            "Proposes when to upload waybills, from expected pick-ups and the risk of refunds",
            in_calm=True,
        ),
        Job(
            "weather",
            ask_for_weather,
            settings.weather_seconds,
            "按设置向 Open-Meteo 查询在用城市的天气",
            "Asks Open-Meteo, where the settings say so, for the weather of the cities in use",
            in_calm=True,
        ),
        Job(
            "train_delays",
            learn_delays,
            settings.train_delays_seconds,
            "用已送达的包裹学习各线路时效，并在最近几周检验",
            "Learns from delivered parcels how long lanes take, and tests it on the last weeks",
            in_calm=True,
        ),
        Job(
            "train_tickets",
            learn_complaints,
            settings.train_tickets_seconds,
            "从坐席的更正中学习工单分类，并在最新的更正上检验",
            "Learns what complaints are about from operators' corrections, and tests it on the newest",
            in_calm=True,
            rest=60.0,  # the first fit takes seconds, and a stop would wait for it; a ticket that comes earlier fits it
        ),
        Job(
            "score_delays",
            forecast_delays,
            settings.score_delays_seconds,
            "预测每个在途包裹的揽收、签收时间和违约概率",
            "Forecasts pick-up, delivery and the chance of each broken clause for every parcel",
            in_calm=True,
        ),
        Job(
            "tickets",
            tend_tickets,
            settings.tickets_seconds,
            "让早到的售后单找到订单和批次，并给漏分类的售后单分类",
            "Finds order and lot of tickets that came before them, and labels what is unread",
            in_calm=True,
        ),
        Job(
            "watch_drift",
            watch_for_drift,
            settings.watch_drift_seconds,
            "检查近一周的包裹与模型所学是否仍然相符",
            "Checks whether this week's parcels still look like those the model learned from",
            in_calm=True,
        ),
        Job(
            "forget",
            forget,
            settings.forget_seconds,
            "删除超过保存期限的骑手位置",
            "Deletes positions of riders that are older than they may be kept",
        ),
        Job(
            "clocks",
            keep_clocks,
            settings.clocks_seconds,
            "把新提交的变化并入处罚时限账，看板无需等待",
            "Brings what was committed into the book of penalty clocks, so that no board waits for it",
        ),
        Job(
            "alarms",
            warn_of_clocks,
            settings.alarms_seconds,
            "在处罚时限到来之前按原因告警、升级和解除",
            "Warns of penalty clocks before they run out, one alarm a cause, and says when it is over",
            in_calm=True,
        ),
        Job(
            ALERTS,
            alert,
            settings.alerts_seconds,
            "查看所有告警条件，按根因合并、升级和解除，并提出应对动作",
            "Looks at every condition of alert: folded by cause, escalated, cleared, answered by proposed actions",
        ),
        Job(
            "actions",
            tend_actions,
            settings.actions_seconds,
            "执行策略允许自动执行的动作，关闭过期的提案",
            "Carries out actions that the policy lets go by themselves, and closes proposals that ran out",
        ),
        Job(
            NOTICES,
            send_notices,
            settings.notices_seconds,
            "把待发通知发往各通道，失败的按退避重试",
            "Sends notices that are due over their channels, and tries failed ones again later",
        ),
        Job(
            INCIDENTS,
            watch_complaints,
            settings.incidents_seconds,
            "盯住每一条新投诉，发现批次、商品、仓、承运商或地区的集中问题",
            "Watches every new complaint for one cause behind many: a lot, a SKU, a node, a carrier, a region",
        ),
        Job(
            "topics",
            watch_topics,
            settings.topics_seconds,
            "在未分类的售后单里发现很多买家都在说的新问题",
            "Finds what many buyers say that belongs to no class of complaint",
            in_calm=True,
        ),
        Job(
            "compensations",
            compensate,
            settings.compensations_seconds,
            "为已分类的售后工单提出预期损失最小的补偿，等待批准",
            "Proposes for sorted tickets the remedy that is expected to cost least, for somebody to approve",
            in_calm=True,
        ),
        Job(
            "packing",
            keep_packing,
            settings.packing_seconds,
            "记下每个已放出的包裹建议用什么包装",
            "Keeps what the floor was told to pack each released parcel in",
            in_calm=True,
        ),
        Job(
            "learn_damage",
            learn_what_breaks,
            settings.learn_damage_seconds,
            "从已签收的包裹和售后工单学习哪种包装在哪条线路上容易破损",
            "Learns from delivered parcels and their tickets what breaks in which material on which route",
            in_calm=True,
        ),
        Job(
            "improvements",
            suggest_changes,
            settings.improvements_seconds,
            "破损超标的线路，建议更换包装或承运商",
            "Proposes another material or carrier where goods break too often",
            in_calm=True,
        ),
        report_job(settings),
    )


def job_named(name: str, settings: JobSettings) -> Job:
    """The job of this name; raises NotFound with the names there are."""
    known = {job.name: job for job in jobs(settings)}
    if name not in known:
        raise NotFound(f"There is no job {name!r}; there are {', '.join(known)}.")
    return known[name]

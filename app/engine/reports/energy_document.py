"""The energy report as a document: use, cost and emissions by room, storey and device, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from app.engine.energy_reports import EnergyAccounts
from app.engine.reports.report_parts import (
    ReportSource,
    amount,
    change,
    changed_by,
    framed,
    interval_labels,
    percent,
    unknown_rule,
)
from app.i18n import sentence, tr
from app.i18n.numbers import format_significant
from twin.insight.energy_groups import EnergyGroup, EnergyGrouping, energy_groups
from twin.insight.energy_texts import emitted, figure_texts, fit_texts, medium_texts
from twin.model.energy import EnergyReport, Medium, MediumReport, SupplyTariff
from twin.share.report_document import (
    Amount,
    BarChart,
    Block,
    Cell,
    KeyFigure,
    KeyFigures,
    ReportDocument,
    ReportGrid,
    ReportLines,
    ReportSection,
)


def energy_document(source: ReportSource) -> ReportDocument:
    """Composes the report. Raises ProblemError where it is called off."""
    twin = source.metered or source.twin
    accounts = EnergyAccounts(twin, source.history, source.setup, source.dropped, source.places)
    report = accounts.report(source.span, source.at_ms, source.now_ms)
    source.step(0.6)
    sections = [ReportSection(tr("At a glance"), tuple(_glance(report)))]
    sections += [ReportSection(medium_name(one.medium), tuple(_medium(one, source))) for one in report.media]
    if any(one.medium is Medium.ELECTRICITY for one in report.media):
        fits = [text for one in report.media for text in fit_texts(one)]
        lines = ReportLines(tuple(map(sentence, (*figure_texts(report), *fits))))
        sections.append(ReportSection(tr("Load and weather"), (lines,)))
    source.step(0.8)
    return framed(tr("Energy report"), source, sections, assumptions=tuple(_assumptions(report, source)))


def medium_name(medium: Medium) -> str:
    """What people call a medium, in the language in force."""
    names = {Medium.ELECTRICITY: tr("Electricity"), Medium.GAS: tr("Gas"), Medium.WATER: tr("Water")}
    return names[medium]


def _glance(report: EnergyReport) -> Iterator[Block]:
    figures: list[KeyFigure] = []
    for one in report.media:
        note = changed_by(one.total, one.before) or tr(
            "known for {percent} % of the time", percent=round(100 * one.coverage)
        )
        figures.append(KeyFigure(medium_name(one.medium), amount(one.total, one.unit), note))
        label = tr("Cost of {medium}", medium=medium_name(one.medium).lower())
        cost = Amount(one.cost.total, 2, one.cost.currency) if one.cost is not None else Amount(None)
        figures.append(KeyFigure(label, cost, tr("with tax") if cost.known else tr("no tariff for the whole period")))
        if one.emissions:
            label = tr("Emissions of {medium}", medium=medium_name(one.medium).lower())
            note = _gases(one) or tr("no emission factor for the region")
            figures.append(KeyFigure(label, amount(emitted(one), "kg"), note))
    if (peak := report.load.peak_w) is not None:
        figures.append(KeyFigure(tr("Highest load"), Amount(peak / 1000, 1, "kW"), tr("of a quarter-hour")))
    if figures:
        yield KeyFigures(tuple(figures))
    else:
        yield ReportLines((tr("No meter of this building was found, so nothing can be reported."),))


def _gases(medium: MediumReport) -> str:
    rows = [one for one in medium.emissions if not one.market and one.kg is not None]
    years = sorted({str(one.factor_year) for one in rows if one.factor_year is not None})
    gases = sorted({one.gas for one in rows if one.gas})
    return tr("{gas}, factors of {years}", gas=", ".join(gases), years=", ".join(years)) if gases and years else ""


def _medium(medium: MediumReport, source: ReportSource) -> Iterator[Block]:
    source.step()
    covered = [percent(medium.coverage), change(medium.total, medium.before)]
    figures = [
        KeyFigure(tr("Used"), amount(medium.total, medium.unit), changed_by(medium.total, medium.before)),
        KeyFigure(tr("Period before"), amount(medium.before, medium.unit), tr("up to the same elapsed time")),
        KeyFigure(tr("Not metered separately"), amount(medium.remainder, medium.unit)),
        KeyFigure(tr("Coverage"), covered[0], tr("of the elapsed period")),
    ]
    yield KeyFigures(tuple(figures))
    labels = interval_labels(source.period, source.zone)
    chart = tr("{medium} over the period", medium=medium_name(medium.medium))
    yield BarChart(chart, labels, tuple(medium.use.tolist()), medium.unit)
    if texts := tuple(map(sentence, medium_texts(medium))):
        yield ReportLines(texts)
    if notes := tuple(f"! {sentence(one)}" for one in medium.notes):
        yield ReportLines(notes)
    for by, title in (
        (EnergyGrouping.ROOM, tr("{medium} by room", medium=medium_name(medium.medium))),
        (EnergyGrouping.STOREY, tr("{medium} by storey", medium=medium_name(medium.medium))),
        (EnergyGrouping.DEVICE, tr("{medium} by device", medium=medium_name(medium.medium))),
    ):
        yield _table(title, medium, energy_groups(medium, source.twin, by))


def _table(title: str, medium: MediumReport, groups: tuple[EnergyGroup, ...]) -> ReportGrid:
    currency = medium.cost.currency if medium.cost is not None else ""
    priced = bool(currency) and any(one.cost is not None for one in groups)
    weighed = any(one.kg is not None for one in groups)

    def row(
        name: str, total: float, share: float, before: float, rest: tuple[float | None, float | None, float]
    ) -> tuple[Cell, ...]:
        cost, kg, coverage = rest
        return (
            name, amount(total, medium.unit), percent(share, 1), amount(before, medium.unit), change(total, before),
            *((Amount(cost, 2, currency),) if priced else ()), *((amount(kg, "kg"),) if weighed else ()),
            percent(coverage),
        )  # fmt: skip

    rows = [
        row(sentence(one.title), one.total, one.share, one.before, (one.cost, one.kg, one.coverage)) for one in groups
    ]
    cost = medium.cost.total if medium.cost is not None else None
    whole = 1.0 if isfinite(medium.total) else float("nan")
    rows.append(row(tr("Total"), medium.total, whole, medium.before, (cost, emitted(medium), medium.coverage)))
    head = (
        tr("Name"), tr("Used"), tr("Share"), tr("Before"), tr("Change"), *((tr("Cost"),) if priced else ()),
        *((tr("Emissions"),) if weighed else ()), tr("Coverage"),
    )  # fmt: skip
    return ReportGrid(title, head, tuple(rows), total=True)


def _assumptions(report: EnergyReport, source: ReportSource) -> Iterator[str]:
    yield unknown_rule()
    yield tr(
        "Use is the sum of quarter-hours of the meters; where a meter was silent its use is spread over that time and counts"
        " as estimated. Of points without a counter the power is summed, each value held until the next one."
    )
    for one in report.media:
        if not one.measured:
            yield tr("{medium}: no main meter; the total is the sum of all meters.", medium=medium_name(one.medium))
        estimated = [meter for meter in one.meters if meter.estimated > 0.01]
        if estimated:
            names = ", ".join(meter.meter.title for meter in estimated[:12])
            yield tr("{medium}: partly estimated: {names}.", medium=medium_name(one.medium), names=names)
    yield from (_tariff_text(one) for one in source.setup.tariffs)
    if not source.setup.tariffs:
        yield tr("No tariff is set up: costs are unknown.")
    yield tr(
        "Costs of rooms and devices are their share of the energy price with tax, without standing and demand charges."
    )
    factors = {
        f"{row.region} {row.factor_year}: {row.source}" for one in report.media for row in one.emissions if row.source
    }
    if factors:
        yield tr("Emission factors: {factors}.", factors="; ".join(sorted(factors)))


def _tariff_text(tariff: SupplyTariff) -> str:
    prices = ", ".join(format_significant(one.price, 5) for one in tariff.prices) or "–"
    return tr(
        "Tariff of {medium} from {first}: {prices} {currency} per unit, tax {tax} %.",
        medium=medium_name(tariff.medium).lower(), first=tariff.first, prices=prices, currency=tariff.currency,
        tax=format_significant(100 * tariff.tax, 3),
    )  # fmt: skip

import { renderPercent, renderUsd, renderWhole, wilsonInterval } from "@seedling/core/internal";
import { renderHtmlTable } from "../../render/html.ts";
import { leastLabels, pickSelections, type Selection } from "../../statistics/risk-coverage.ts";
import { interval, number, percent, right, type TableColumn } from "../../tables/column.ts";
import type { Cost } from "../../tables/pay-back.ts";
import { drawLines, type Guide } from "../charts/charts.ts";
import { type Look, looks } from "../charts/looks.ts";
import type { Chart } from "../page/page.ts";

/** What asking the language model about a share of the texts takes. @returns null: not known */
export function createPrice(cost: Cost | null) {
  if (cost === null) return null;
  const { tokens, usd } = cost;
  return usd !== null && usd > 0
    ? { unit: "USD per 1,000 texts", render: (share: number) => renderUsd(1000 * share * usd) }
    : { unit: "tokens per text", render: (share: number) => renderWhole(share * tokens) };
}

export type Price = ReturnType<typeof createPrice>;

/**
 * Wrong labels by the share of items that get one, and by what the language model costs for the others; null where one
 * threshold alone gives labels.
 * @param n test items
 * @param threshold what the stored one leaves; null: none is stored
 * @param maxError the share of wrong labels that was allowed; NaN: none was asked for
 */
export function createCoverageChart(
  { id, of, origins, look }: Pick<Chart, "id" | "origins"> & { of: string; look: Look },
  all: readonly Selection[],
  n: number,
  {
    price,
    threshold,
    maxError,
  }: { price: Price; threshold: { value: number; given: number } | null; maxError: number },
): Chart | null {
  const rows = pickSelections(all, n);
  const given = rows.filter((one) => one.given > 0);
  if (given.length < 2) return null;
  const isMixed = rows.some(({ wrongOfAll }) => wrongOfAll !== null);
  const toPoint = (x: number, wrong: number, items: number) => {
    const { low, high } = wilsonInterval(wrong / items, items);
    return { x: (100 * x) / n, y: (100 * wrong) / items, low: 100 * low, high: 100 * high };
  };
  const guides: (Guide | false)[] = [
    !Number.isNaN(maxError) && {
      from: { x: 0, y: 100 * maxError },
      to: { x: 100, y: 100 * maxError },
      text: `--max-error ${maxError}`,
    },
    threshold !== null && {
      from: { x: (100 * threshold.given) / n, y: Number.NEGATIVE_INFINITY },
      to: { x: (100 * threshold.given) / n, y: Number.POSITIVE_INFINITY },
      text: `threshold ${threshold.value}`,
    },
  ];
  const title = `Wrong labels by the share of items that get one, ${of}`;
  const mixed = "of all, the language model asked about the others";
  return {
    id,
    title,
    origins,
    legend: [
      { label: "wrong, of the labels given", look },
      ...(isMixed ? [{ label: `wrong, ${mixed}`, look: looks.direct }] : []),
    ],
    drawing: drawLines(
      [
        { look, points: given.map((one) => toPoint(one.given, one.wrong, one.given)) },
        ...(isMixed
          ? [
              {
                look: looks.direct,
                dashed: true,
                points: rows.map((one) => toPoint(one.given, one.wrongOfAll ?? 0, n)),
              },
            ]
          : []),
      ],
      {
        name: "items that get a label, %",
        scale: "linear",
        also: price
          ? {
              name: `asking the model about the others, ${price.unit}`,
              text: (coverage) => price.render(1 - coverage / 100),
            }
          : undefined,
      },
      "wrong labels, %",
      guides.filter((one) => one !== false),
    ),
    note: `The surest first, 95 % intervals; fewer than ${leastLabels} labels are left out.`,
    table: renderHtmlTable({ title, columns: createColumns(n, price), rows }),
  };
}

function createColumns(n: number, price: Price): TableColumn<Selection>[] {
  const wrongOf = (wrong: number | null, items: number) =>
    wrong === null || items === 0 ? null : { share: wrong / items, items };
  const columns = (
    id: string,
    head: string,
    of: (one: Selection) => ReturnType<typeof wrongOf>,
  ) => [
    percent<Selection>(id, head, (one) => of(one)?.share, 1),
    ...interval<Selection>(`${id}_interval`, "percent", "95 % interval", (one) => {
      const found = of(one);
      return found && wilsonInterval(found.share, found.items);
    }),
  ];
  return [
    right("given", "Labels given", ({ given }) => given),
    percent("coverage", "Of the items %", ({ given }) => given / n, 1),
    number(
      "threshold",
      "From probability",
      ({ threshold }) => (threshold <= 1 ? threshold : null),
      (sure) => renderPercent(sure),
    ),
    ...columns("wrong", "Wrong of these %", ({ wrong, given }) => wrongOf(wrong, given)),
    ...columns("of_all", "Wrong of all, the others asked %", ({ wrongOfAll }) =>
      wrongOf(wrongOfAll, n),
    ),
    ...(price
      ? [
          right<Selection>("cost", `Asking, ${price.unit}`, ({ given }) =>
            price.render(1 - given / n),
          ),
        ]
      : []),
  ];
}

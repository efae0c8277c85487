import { html } from "../render/markup.ts";
import type { CreationGroup } from "./creations.ts";
import type { Column } from "./data-table.ts";
import { renderMark, renderShape, toMark } from "./figure.ts";
import { renderTask } from "./figures.ts";
import { lookOf } from "./palette.ts";

/** What every table of creations begins with. */
export const settingAndTask: readonly Column<CreationGroup>[] = [
  {
    head: "Setting",
    cell: ({ row }) =>
      html`${renderShape(lookOf(row.source))}${row.source} ${renderMark(toMark([row.originWord]))}`,
    sort: ({ row }) => row.source,
  },
  { head: "Task", cell: ({ row }) => renderTask(row.task), sort: ({ row }) => row.task },
];

import { showEdges } from "./edges.ts";
import { showFlips } from "./flips.ts";
import { makeSortable } from "./sort.ts";
import { offerThemes } from "./theme.ts";
import { showTrees } from "./trees.ts";

// Everything else on the page is there without this script.
document.documentElement.classList.add("scripted");
offerThemes();
for (const table of document.querySelectorAll("table")) makeSortable(table);
for (const scroll of document.querySelectorAll<HTMLElement>(".scroll")) showEdges(scroll);
showTrees();
showFlips();

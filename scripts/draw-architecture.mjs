// Draws docs/architecture.svg from the imports: each package's folders, upper ones importing lower
// ones. An arrow that follows from two others is left out. `--check` fails where the picture is old.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { listPackages, listSources, readImports, root, toFolders } from "./imports.mjs";

const box = { width: 92, height: 26, gapX: 14, gapY: 30 };
const margin = 24;
/** Panels in rows, the package that imports all others first. */
const rows = [["seedling", "eval", "trainer", "creator", "core"]];

/** The folders of a package as a graph; folders within a folder count as one with it. */
function readRooms(src) {
  const files = listSources(src);
  const toRoom = (folder) => relative(src, folder).split("/")[0] || "doors";
  const rooms = new Map();
  for (const [folder, targets] of toFolders(readImports(files))) {
    const room = toRoom(folder);
    const into = rooms.get(room) ?? new Set();
    for (const target of targets) if (toRoom(target) !== room) into.add(toRoom(target));
    rooms.set(room, into);
  }
  return rooms;
}

/** The graph without edges that a longer path makes too. */
function reduce(graph) {
  const reached = (from, seen = new Set()) => {
    for (const target of graph.get(from) ?? [])
      if (!seen.has(target)) reached(target, seen.add(target));
    return seen;
  };
  return new Map(
    Array.from(graph, ([node, targets]) => [
      node,
      [...targets].filter(
        (target) => ![...targets].some((other) => other !== target && reached(other).has(target)),
      ),
    ]),
  );
}

/** Nodes by level: a node stands above all that it imports. */
function toLevels(graph) {
  const level = (node) =>
    Math.max(-1, ...[...(graph.get(node) ?? [])].map((target) => level(target))) + 1;
  const levels = [];
  for (const node of [...graph.keys()].sort()) {
    const index = level(node);
    levels[index] = [...(levels[index] ?? []), node];
  }
  return levels.reverse();
}

function drawPackage(name, rooms, x, y) {
  const levels = toLevels(rooms);
  const widest = Math.max(...levels.map((level) => level.length));
  const width = widest * (box.width + box.gapX) + box.gapX;
  const height = levels.length * (box.height + box.gapY) + 34;
  const at = new Map();
  levels.forEach((level, row) => {
    const own = level.length * (box.width + box.gapX) - box.gapX;
    level.forEach((node, column) => {
      at.set(node, {
        x: x + (width - own) / 2 + column * (box.width + box.gapX),
        y: y + 40 + row * (box.height + box.gapY),
      });
    });
  });
  const boxes = Array.from(at, ([node, { x: left, y: top }]) => {
    const label = `<text x="${left + box.width / 2}" y="${top + 17}">${node}</text>`;
    const shape = `<rect class="room" x="${left}" y="${top}" width="${box.width}" height="${box.height}" rx="4"/>`;
    return shape + label;
  });
  const arrows = Array.from(reduce(rooms), ([node, targets]) =>
    targets.map((target) => {
      const from = at.get(node);
      const to = at.get(target);
      const [x1, y1] = [from.x + box.width / 2, from.y + box.height];
      const [x2, y2] = [to.x + box.width / 2, to.y - 3];
      const bend = (y2 - y1) / 2;
      return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" marker-end="url(#arrow)"/>`;
    }),
  );
  const panel = `<rect class="package" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`;
  const title = `<text class="title" x="${x + 12}" y="${y + 22}">${name}</text>`;
  return { width, height, svg: [panel, title, ...arrows.flat(), ...boxes].join("\n") };
}

function draw() {
  const packages = new Map(listPackages().map(({ name, src }) => [name, readRooms(src)]));
  const parts = [];
  let y = margin;
  let right = 0;
  for (const names of rows) {
    let x = margin;
    let below = y;
    for (const name of names.filter((one) => packages.has(one))) {
      const { width, height, svg } = drawPackage(name, packages.get(name), x, y);
      parts.push(svg);
      x += width + margin;
      below = Math.max(below, y + height);
    }
    right = Math.max(right, x);
    y = below + margin;
  }
  const style = `text{font:12px system-ui,sans-serif;text-anchor:middle;fill:#1c2733}.title{font-weight:700;font-size:14px;text-anchor:start}.package{fill:#f4f6f8;stroke:#c4ccd4}.room{fill:#fff;stroke:#5b7083}path{fill:none;stroke:#8596a5}`;
  const arrow = `<marker id="arrow" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" style="fill:#8596a5;stroke:none"/></marker>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${y}" role="img" aria-label="Folders of each package; an arrow means imports"><style>${style}</style><defs>${arrow}</defs><rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

const path = join(root, "docs", "architecture.svg");
const drawn = draw();
if (!process.argv.includes("--check")) writeFileSync(path, drawn);
else if (!existsSync(path) || readFileSync(path, "utf8") !== drawn) {
  console.error(
    `${basename(dirname(path))}/${basename(path)} is old: node scripts/draw-architecture.mjs`,
  );
  process.exit(1);
}

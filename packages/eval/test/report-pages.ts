import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { part } from "@seedling/testing";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { renderReport } from "../src/report/render-report.ts";
import { readResults } from "../src/results/read-results.ts";
import { analyseResults } from "../src/tables/analysis.ts";
import { type MadeUp, writeResults } from "./write-results.ts";

/** Where Chromium is; null: tests of the page skip. */
export const browserPath = part("chromium");

/** Each of these sets `hacked` if it is ever taken for more than text. */
export const hostile = [
  "<script>window.hacked=1</script>",
  '<img src=x onerror="window.hacked=1">',
  "</script><script>window.hacked=1</script>",
  '"><svg onload=window.hacked=1>',
  "' onmouseover='window.hacked=1' autofocus onfocus='window.hacked=1",
  "</title></style></textarea></table></section><iframe srcdoc='<script>parent.hacked=1</script>'>",
  "{{constructor.constructor('window.hacked=1')()}} \u0024{window.hacked=1} {a|b}",
  "<!-- ]]> --> <base href=//example.com> <meta http-equiv=refresh content=0>",
  "javascript:window.hacked=1",
  "&lt;b&gt; &amp; \u202e reversed \u2028 line \u0000 nul",
];

const hostileText = (what: string, i: number) => `${what} ${i} ${hostile[i % hostile.length]}`;

const plain: Omit<MadeUp, "dir"> = {
  tasks: ["yesno_close/creak", "yesno_close/strategyqa"],
  sources: ["human", "naive", "tree"],
  seeds: [1, 2, 3],
  n: 120,
  kept: 60,
  text: (what, i) => (what === "context" && i % 2 === 1 ? "" : `${what} number ${i}`),
  options: ["True", "False"],
  model: "a-model",
  kind: "live",
};

/** Writes the results of a report into a folder. @returns the results folder */
const reports = {
  plain: (dir: string) => writeResults({ ...plain, dir }),
  sample: (dir: string) =>
    writeResults({ ...plain, dir, kind: "sample", tasks: ["yesno_open/boolq"] }),
  hostile: (dir: string) =>
    writeResults({
      ...plain,
      dir,
      tasks: hostile.slice(0, 4),
      text: hostileText,
      options: ["<b>yes</b>", '"no" onclick=window.hacked=1'],
      model: hostile.join(" "),
      suffix: "\"><img src=x onerror='hacked=1'>",
    }),
  own: (dir: string) =>
    writeResults({
      ...plain,
      dir,
      own: "/home/me/my tasks",
      tasks: ["mine"],
      text: hostileText,
      options: ["<b>yes</b>", '"no" onclick=window.hacked=1'],
    }),
  /** An own task beside a benchmark's sample. */
  mixed(dir: string) {
    writeResults({ ...plain, dir, own: "/home/me", tasks: ["mine"], sources: ["tree"], n: 20 });
    return writeResults({ ...plain, dir, kind: "sample", tasks: ["yesno_open/boolq"] });
  },
  /**
   * As many nodes as are shown at most; StrategyQA's published human figure has two footnotes. A second
   * human size gives both differences to human rows.
   */
  large(dir: string) {
    const large = { ...plain, dir, tasks: ["yesno_close/strategyqa"] };
    writeResults({ ...large, sources: ["human"], seeds: [4, 5, 6], kept: 900 });
    return writeResults({ ...large, kept: 320 });
  },
  empty: (dir: string) => join(dir, "nowhere"),
};

interface OpenPage {
  page: Page;
  /** Everything that went wrong in it. */
  wrong: string[];
}

/**
 * Starts a browser for a file's tests.
 * @returns what opens a report without a network; tests that want the same get the same page
 */
export function useReports() {
  let browser: Browser;
  let dir: string;
  const urls = new Map<string, Promise<string>>();
  const pages = new Map<string, Promise<OpenPage>>();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "seedling-report-"));
    browser = await chromium.launch({
      executablePath: browserPath as string,
      args: ["--no-sandbox"],
    });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function make(name: keyof typeof reports): Promise<string> {
    const read = await readResults(reports[name](join(dir, name)));
    expect(read.leftOut).toEqual([]);
    const path = join(dir, `${name}.html`);
    writeFileSync(path, renderReport(analyseResults(read), read));
    return pathToFileURL(path).href;
  }

  function open(
    name: keyof typeof reports,
    options: BrowserContextOptions = {},
  ): Promise<OpenPage> {
    const key = `${name} ${JSON.stringify(options)}`;
    const opened = pages.get(key) ?? openNew(name, options);
    pages.set(key, opened);
    return opened;
  }

  async function openNew(
    name: keyof typeof reports,
    options: BrowserContextOptions,
  ): Promise<OpenPage> {
    const made = urls.get(name) ?? make(name);
    urls.set(name, made);
    const url = await made;
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
    const wrong: string[] = [];
    page.on("console", (message) => wrong.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("dialog", (dialog) => wrong.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (request.url() !== url) wrong.push(`request: ${request.url()}`);
    });
    await page.addInitScript(
      "document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective))",
    );
    await page.context().setOffline(true);
    await page.goto(url);
    return { page, wrong };
  }

  return open;
}

import { applyReview, type Example, readReview } from "@seedling/core/internal";
import { part } from "@seedling/testing";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { checkCalls } from "../src/review/check-calls.ts";
import { renderReviewPage } from "../src/review/page/render-page.ts";
import type { Calls, Summary } from "../src/review/protocol.ts";
import { openCreationReview } from "../src/review/review-creation.ts";
import { serveLocally } from "../src/review/serve.ts";
import { hostileTexts, labels, makeCreation, toCreated, toRejected } from "./made-creation.ts";

const browserPath = part("chromium");
/** What becomes true once the page has caught up. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });
const many = <T>(n: number, to: (n: number) => T) => Array.from({ length: n }, (_, i) => to(i));

type Change = (calls: Calls) => Calls;
const same: Change = (calls) => calls;

describe.skipIf(browserPath === null)("the page of a review, in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());

  async function open(folder: string, options: BrowserContextOptions = {}, change: Change = same) {
    const review = openCreationReview(folder, {
      ...{ sample: 12, seed: 1, now: () => "", log: () => {} },
    });
    const served = await serveLocally({
      ...{ ...renderReviewPage(), calls: checkCalls(change(review.calls)), port: 0 },
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    onTestFinished(async () => {
      await page.close();
      served.close();
      review.close();
    });
    const wrong: string[] = [];
    page.on("console", (message) => wrong.push(message.text()));
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("dialog", ({ message }) => wrong.push(message()));
    page.on("request", (request) => {
      if (!request.url().startsWith(served.url)) wrong.push(request.url());
    });
    await page.goto(served.url);
    await page.locator("#detail .question").waitFor();
    return { page, wrong, ...served, review };
  }

  /** Presses keys as fast as it can, and waits for what they did. */
  async function press(page: Page, ...keys: string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  const status = (page: Page) => page.locator("#status").textContent();

  it("is used by keys alone: each goes to the next example, and all is in the file", async () => {
    const created = many(12, toCreated);
    const folder = makeCreation({ created });
    const { page, wrong } = await open(folder);
    expect(await page.locator(":focus").getAttribute("id")).toBe("list");
    await press(page, "a", "1", "d", "j", "2", "u", "k", "d");
    await soon(() => status(page)).toMatch(/^Deleted/);
    await soon(() => page.locator("#progress").textContent()).toMatch(
      /^4 of 12 reviewed · 1 changed · 2 deleted · 0 taken in/,
    );
    const { examples, ...counts } = applyReview(created, readReview(folder), "");
    expect(counts).toEqual({ changed: 1, deleted: 2, added: 0, unknown: 0 });
    expect(examples.slice(0, 2)).toEqual([toCreated(0), { ...toCreated(1), label: 0 }]);

    await press(page, "/");
    await page.keyboard.type("number 11");
    await soon(() => page.locator("#count").textContent()).toBe("1 listed");
    await press(page, "Escape", "e");
    await page.locator("#detail textarea").first().fill("Typed anew");
    await soon(() => status(page)).toBe("Saved");
    await page.locator("#detail textarea").last().fill("In a hurry");
    await page.getByRole("group", { name: "Label" }).getByRole("button").nth(1).click();
    await soon(() => page.locator("#count").textContent()).toBe("0 listed");
    const mended = applyReview(created, readReview(folder), "").examples.at(-1);
    expect(mended).toMatchObject({ question: "Typed anew", context: "In a hurry", label: 1 });
    await press(page, "?");
    expect(await page.locator("dialog").isVisible()).toBe(true);
    await press(page, "Escape");
    expect(wrong).toEqual([]);
  });

  it("measures labels on a blind sample, whose labels are nowhere in the page", async () => {
    const folder = makeCreation();
    const { page, wrong } = await open(folder);
    await press(page, "b");
    const question = page.locator("#question .question");
    await question.waitFor();
    expect(await page.locator("#question").textContent()).not.toContain("Created");
    expect(await page.locator("#question [aria-pressed=true]").count()).toBe(0);
    const number = Number(/\d+/.exec((await question.textContent()) ?? "")?.[0]);
    await press(page, String((number % 3) + 1));
    await soon(() => status(page)).toContain(`Right: it was created as ${labels[number % 3]}`);
    await press(page, "s");
    await soon(() => status(page)).toContain("cannot tell");
    // Of 1 of 1 by Clopper and Pearson the lower end is 2.5 %.
    expect(await page.locator("#accuracy").textContent()).toContain(
      "all1 of 1, 100.0 % (2.5 to 100.0)",
    );
    // After the last one undo goes back to it.
    await press(page, ...many(12, () => "s"));
    await soon(() => page.locator("#question").textContent()).toContain("The sample is labelled");
    await press(page, "u");
    await soon(() => question.count()).toBe(1);
    await press(page, "b");
    await page.locator("#detail .question").waitFor();
    expect(wrong).toEqual([]);
  });

  it("stays smooth with 100,000 examples: few lines are drawn, and any is reached", async () => {
    // What the process reads of so many it reads of few in the same way; the page is what has to stay small.
    const { page, wrong } = await open(makeCreation(), {}, (calls) => ({
      ...calls,
      list({ filter, offset, limit }) {
        const [row] = calls.list({ filter, offset: 0, limit: 1 }).rows as [Summary];
        const toRow = (n: number) => ({ ...row, question: `Message number ${offset + n}` });
        return { total: 100_000, rows: many(Math.min(limit, 100_000 - offset), toRow) };
      },
    }));
    await soon(() => page.locator("#count").textContent()).toBe("100,000 listed");
    await press(page, "End");
    await soon(() => page.locator("#row-99999").textContent()).toContain("Message number 99999");
    await press(page, "PageUp");
    await page.evaluate("document.querySelector('#list').scrollTop = 50_000 * 60");
    const middle = page.locator("#row-50000");
    await soon(() => middle.textContent()).toContain("Message number 50000");
    expect(await page.locator(".row").count()).toBeLessThan(40);
    expect(await middle.getAttribute("aria-posinset")).toBe("50001");
    expect(wrong).toEqual([]);
  });

  it("shows what a model wrote as text, whatever it is", async () => {
    const created = hostileTexts.map(
      (text, n): Example => ({
        ...{ question: `${n} ${text}`, context: text, options: [...hostileTexts], label: n },
      }),
    );
    const rejected = hostileTexts.map((text, n) => ({ ...toRejected(n, text, text), field: text }));
    const { page, wrong } = await open(makeCreation({ created, rejected }));
    for (const [n, text] of hostileTexts.entries()) {
      await soon(() => page.locator("#detail .question").textContent()).toBe(`${n} ${text}`);
      await press(page, "j");
    }
    await press(page, "b");
    await page.locator("#question .question").waitFor();
    await press(page, "1", "b");
    await page.locator("#detail .question").waitFor();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("body :is(img, svg, iframe, style, base)").count()).toBe(0);
    expect(wrong).toEqual([]);
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and follows the theme: %s",
    async (colorScheme) => {
      const { page, wrong } = await open(makeCreation(), {
        ...{ colorScheme, viewport: { width: 390, height: 844 } },
      });
      const sideways =
        "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await page.evaluate(sideways)).toBe(0);
      const box = await page.locator("#detail .question").boundingBox();
      expect((box?.y ?? 844) + (box?.height ?? 0)).toBeLessThan(844);
      const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(background).toBe(colorScheme === "dark" ? "rgb(22, 24, 27)" : "rgb(251, 250, 248)");
      expect(wrong).toEqual([]);
    },
  );

  it("is read by a screen reader: names, roles and what has changed", async () => {
    const { page } = await open(makeCreation());
    const list = page.getByRole("listbox", { name: "Examples" });
    const active = await list.getAttribute("aria-activedescendant");
    const chosen = list.getByRole("option", { selected: true });
    expect(await chosen.getAttribute("id")).toBe(active);
    expect(await chosen.getAttribute("aria-setsize")).toBe("15");
    expect(await page.getByRole("searchbox", { name: "Search" }).isVisible()).toBe(true);
    for (const name of ["Label", "Rejected for", "Agreement", "Depth", "Reviewed", "Order"])
      expect(await page.getByRole("combobox", { name, exact: true }).isVisible(), name).toBe(true);
    expect(await page.getByRole("group", { name: "Label" }).getByRole("button").count()).toBe(3);
    await page.getByRole("button", { name: "Accept" }).click();
    await soon(() => page.getByRole("status").first().textContent()).toMatch(/Accepted/);
    await soon(() => page.locator(":focus").getAttribute("id")).toBe("list");
    const unnamed =
      "[...document.querySelectorAll('button, select, input, textarea')].filter((one) => !one.textContent && !one.closest('label') && !one.ariaLabel).length";
    expect(await page.evaluate(unnamed)).toBe(0);
  });

  it("goes on where another page of the same review is, and says when it has ended", async () => {
    const { page, url, close } = await open(makeCreation());
    const other = await browser.newPage();
    onTestFinished(() => other.close());
    await other.goto(url);
    await other.locator("#detail .question").waitFor();
    await press(other, "d");
    await soon(() => status(other)).toMatch(/^Deleted/);
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await soon(() => page.locator("#row-0 .state").textContent()).toBe("deleted");
    close();
    await press(page, "a");
    await soon(() => status(page)).toMatch(/^The review has ended/);
  });
});

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserPath, useReports } from "./report-pages.ts";

describe.skipIf(browserPath === null)(
  "how the report is seen: themes, a desk, a phone, paper, a screen reader",
  () => {
    const open = useReports();

    const sidewaysOf = (page: Page) =>
      page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );

    test.each(["light", "dark"] as const)(
      "the system's theme is %s; the switch overrides it",
      async (colorScheme) => {
        const { page, wrong } = await open("plain", { colorScheme });
        const colors = () =>
          page.evaluate<string[]>(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('#answer .plot [fill=\"var(--text)\"]')).fill]",
          );
        const looks = {
          light: ["rgb(251, 250, 248)", "rgb(28, 30, 33)"],
          dark: ["rgb(22, 24, 27)", "rgb(233, 232, 228)"],
        };
        const other = colorScheme === "light" ? "dark" : "light";
        expect(await colors()).toEqual(looks[colorScheme]);
        await page.getByRole("radio", { name: other }).check();
        expect(await colors()).toEqual(looks[other]);
        expect(wrong).toEqual([]);
      },
    );

    /** Where an element lies within what is seen of its table. */
    const placeOf = (page: Page, head: string) =>
      page.evaluate<{ left: number; right: number; width: number }>(`(() => {
      const scroll = document.querySelector("#tables .scroll");
      const heads = [...scroll.querySelectorAll("thead th")];
      const box = heads.find((one) => one.textContent.startsWith(${JSON.stringify(head)})).getBoundingClientRect();
      const seen = scroll.getBoundingClientRect();
      return { left: box.left - seen.left, right: box.right - seen.left, width: seen.width };
    })()`);

    test("at a desk all of a row's numbers and verdicts are seen without scrolling, and more is hinted at", async () => {
      const { page } = await open("large", { viewport: { width: 1280, height: 900 } });
      for (const head of [
        "Source",
        "Accuracy",
        "Train N",
        "Minus human, same N",
        "Minus human, largest",
        "Paper %",
        "Verdict",
        "Seeds",
        "Baseline",
      ]) {
        const { right, width } = await placeOf(page, head);
        expect(right, head).toBeLessThanOrEqual(width);
      }
      const scroll = page.locator("#tables .scroll").first();
      const hide = "document.querySelector('#tables table').style.visibility = 'hidden'";
      await page.evaluate(hide);
      const before = await scroll.screenshot();
      await page.evaluate("document.querySelector('#tables .scroll').scrollLeft = 1e6");
      const after = await scroll.screenshot();
      expect(after.equals(before)).toBe(false);
      const { left } = await placeOf(page, "Source");
      expect(left).toBeLessThanOrEqual(1);
    });

    test("a row of many flags to choose from is no wider than the page", async () => {
      const { page } = await open("large", { viewport: { width: 1280, height: 900 } });
      await page.evaluate(
        "document.querySelector('#flips option').textContent += ' --a-flag some'.repeat(20)",
      );
      expect(await sidewaysOf(page)).toBe(0);
    });

    test("on a phone accuracies are seen next to their rows, and answers below their questions", async () => {
      const { page } = await open("large", { viewport: { width: 390, height: 844 } });
      const { right, width } = await placeOf(page, "Accuracy");
      expect(right).toBeLessThanOrEqual(width);
      const answers = page.locator("#flips tbody tr").first().locator("small");
      await expect.poll(() => answers.allTextContents()).toHaveLength(3);
      expect(await answers.allTextContents()).toEqual([
        expect.stringMatching(/^gold: (True|False)$/),
        expect.stringMatching(/^human: .*×\d/),
        expect.stringMatching(/^tree: .*×\d/),
      ]);
      const sideways =
        "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#flips .scroll'))";
      expect(await page.evaluate(sideways)).toBe(0);
    });

    test("two footnotes do not read as one, and are large enough to hit", async () => {
      const { page } = await open("large");
      const cell = page.locator("#tables td", { has: page.locator(".footnote").nth(1) }).first();
      expect(await cell.textContent()).toBe("49.56note 1, 2");
      for (const mark of await cell.locator("button.footnote").all())
        expect((await mark.boundingBox())?.height).toBeGreaterThanOrEqual(24);
    });

    test("on a phone the page does not scroll sideways, and charts are drawn for it", async () => {
      for (const name of ["plain", "sample", "hostile", "empty"] as const) {
        const { page } = await open(name, { viewport: { width: 390, height: 844 } });
        expect(await sidewaysOf(page), name).toBe(0);
        for (const plot of await page.locator(".plot:visible").all())
          expect((await plot.boundingBox())?.width).toBeLessThan(330);
      }
    });

    test("in print there is no navigation, and paper is white in the dark", async () => {
      const { page } = await open("plain", { colorScheme: "dark" });
      await page.reload();
      await page.emulateMedia({ media: "print" });
      expect(await page.locator("nav").isVisible()).toBe(false);
      expect(await page.locator("#answer figure").first().isVisible()).toBe(true);
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
        "rgb(255, 255, 255)",
      );
    });

    test("what a screen reader needs: landmarks, heads with their scope, names of charts and controls", async () => {
      const { page } = await open("plain");
      expect(await page.locator("main, nav[aria-label], header").count()).toBe(3);
      expect(await page.locator("th:not([scope])").count()).toBe(0);
      const heads = await page.locator("th").allTextContents();
      expect(heads.length).toBeGreaterThan(20);
      expect(heads.filter((head) => head.trim() === "")).toEqual([]);
      expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
      expect(await page.locator("figure:not([aria-labelledby])").count()).toBe(0);
      expect(await page.locator("figure:not(:has(table))").count()).toBe(0);
      const unnamed =
        "[...document.querySelectorAll('button, select, input')].filter((one) => !one.textContent && !one.closest('label') && !one.ariaLabel).length";
      expect(await page.evaluate(unnamed)).toBe(0);
      await page.reload();
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the report");
      const ids =
        "(() => { const all = [...document.querySelectorAll('[id]')].map((one) => one.id); return all.length - new Set(all).size; })()";
      expect(await page.evaluate(ids)).toBe(0);
    });
  },
);

import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";

/** What is typed into a classifier's page. */
interface Typed {
  question: string;
  context: string | null;
  options: readonly string[];
}

/** What the page says of it; a label is null where it says that there is none; without an answer `notes` is its status. */
export interface PageAnswer {
  label: string | null;
  /** Options with their probabilities, the most probable first. */
  rows: [name: string, p: number][];
  notes: string;
}

/**
 * Opens a page from disk in a browser without a network, and waits until it is ready, or says why it is not.
 * @returns also what went wrong in it, and every address that it asked for but its own
 */
export async function openPage(browser: Browser, path: string, before?: (page: Page) => unknown) {
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  const wrong: string[] = [];
  const url = pathToFileURL(path).href;
  page.on("console", (message) => wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", ({ message }) => wrong.push(message()));
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) wrong.push(request.url());
  });
  await before?.(page);
  await page.goto(url);
  const status = page.locator("#status");
  await status
    .filter({ hasText: /^(Type|The classifier|This browser|This page is damaged)/ })
    .waitFor();
  return { page, wrong, said: await status.textContent(), close: () => context.close() };
}

/** Types examples into a page one after the other, as fast as it answers. */
export function askPage(page: Page, examples: readonly Typed[]): Promise<PageAnswer[]> {
  // As text: it runs in the page, whose types are not the tests'.
  return page.evaluate<PageAnswer[]>(`(async () => {
    const byId = (id) => document.getElementById(id);
    const list = (all) => Array.from(document.querySelectorAll(all));
    const answers = [];
    for (const { question, context, options } of ${JSON.stringify(examples)}) {
      document.querySelector("[name=question]").value = question;
      for (const field of list("[name=context]")) field.value = context ?? "";
      while (byId("add") && list("#options input").length < options.length) byId("add").click();
      for (const [at, field] of list("#options input").entries()) field.value = options[at] ?? "";
      byId("form").dispatchEvent(new Event("input"));
      while (byId("form").hasAttribute("aria-busy")) await new Promise((go) => setTimeout(go));
      answers.push(byId("answer").hidden ? {
        label: null,
        rows: [],
        notes: byId("status").textContent,
      } : {
        label: byId("label").dataset.label || null,
        rows: list(".bars li").map((row) => [
          row.querySelector(".name").textContent,
          Number(row.querySelector("data").value),
        ]),
        notes: byId("notes").textContent,
      });
    }
    return answers;
  })()`);
}

import { html, type Insert, type Markup } from "../render/markup.ts";

/** A part of the report: one question of a reader. */
export interface Section {
  id: string;
  /** In the navigation. */
  name: string;
  title: string;
  body: Insert;
}

/** Renders a section as a landmark. */
export function renderSection({ id, title, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>
${body}</section>`;
}

/** What stands where there is nothing to show: what is missing, and flags of a run that brings it. */
export function renderMissing(what: string, flags: string): Markup {
  const command = `npx turbo run experiment -- ${flags}`;
  return html`<p class="missing">${what} <code>${command}</code></p>`;
}

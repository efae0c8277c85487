const themes = ["system", "light", "dark"] as const;

/** Fills the switch between the system's theme, light and dark. The choice lasts as long as the page. */
export function offerThemes(): void {
  const place = document.getElementById("theme");
  for (const theme of themes) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = theme;
    button.addEventListener("click", () => choose(theme));
    button.dataset.theme = theme;
    place?.append(button);
  }
  choose("system");

  function choose(chosen: string) {
    document.documentElement.dataset.theme = chosen;
    for (const button of place?.querySelectorAll("button") ?? [])
      button.setAttribute("aria-pressed", String(button.dataset.theme === chosen));
  }
}

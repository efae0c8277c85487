import { describe, expect, it } from "vitest";
import {
  renderAbout,
  renderSeconds,
  renderUsd,
  shortenModelName,
} from "../src/messages/render-numbers.ts";

describe("figures", () => {
  it.each([
    [0, "0 s"],
    [44.6, "45 s"],
    [59.6, "1 min"],
    [240, "4 min"],
    [250, "4 min 10 s"],
    [3599.6, "1 h"],
    [4320, "1 h 12 min"],
    [86_399, "1 d"],
    [86_400 + 3 * 3600, "1 d 3 h"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(renderSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, "0"],
    [0.00000012345, "0.000000123"],
    [0.000131, "0.000131"],
    [0.05, "0.05"],
    [0.99949, "0.999"],
    [0.9999, "1.00"],
    [12.345, "12.35"],
    [1234.5, "1,234.50"],
  ])("%d USD are %s", (usd, text) => {
    expect(renderUsd(usd)).toBe(text);
  });

  it.each([
    [0, "0"],
    [119.6, "120"],
    [96_120, "96,100"],
    [1_234_567, "1,230,000"],
  ])("about %d is %s", (n, text) => {
    expect(renderAbout(n)).toBe(text);
  });

  it.each([
    ["/models/qwen2.5.gguf", "qwen2.5.gguf"],
    ["/models/minilm/", "minilm"],
    ["FacebookAI/roberta-large", "FacebookAI/roberta-large"],
    ["gpt-5.4-nano", "gpt-5.4-nano"],
  ])("the model %s is shown as %s", (model, shown) => {
    expect(shortenModelName(model)).toBe(shown);
  });
});

import { describe, expect, it } from "vitest";
import { readProxy } from "../src/stage/command.ts";

describe("a proxy variable", () => {
  it.each([
    [{}, undefined],
    [{ HTTP_PROXY: "" }, undefined],
    [{ HTTP_PROXY: "http://proxy.example:3128" }, "http://proxy.example:3128"],
    [{ HTTP_PROXY: "proxy.example:3128" }, "http://proxy.example:3128"],
    [{ HTTP_PROXY: "localhost:3128" }, "http://localhost:3128"],
    [{ HTTP_PROXY: "127.0.0.1:3128" }, "http://127.0.0.1:3128"],
    [{ HTTP_PROXY: "user:word@proxy.example:3128" }, "http://user:word@proxy.example:3128"],
    [{ HTTP_PROXY: "http://a:1", http_proxy: "https://b:2" }, "https://b:2"],
    [{ HTTPS_PROXY: "http://a:1" }, undefined],
  ])("%j is %s", (env, url) => {
    expect(readProxy("http", env)).toBe(url);
  });

  it.each(["///a b", "socks5://proxy.example:1080", "http://", ":3128"])(
    "that is no URL of a proxy is named: %s",
    (given) => {
      expect(() => readProxy("https", { HTTPS_PROXY: given })).toThrow(
        "HTTPS_PROXY: expected a URL such as http://proxy.example:3128",
      );
    },
  );
});

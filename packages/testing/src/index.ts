/** What tests of several packages share. */
export * from "./case-count.ts";
export * from "./hub-server.ts";
export * from "./local-server.ts";
export * from "./openai-server.ts";
export * from "./parts.ts";
export * from "./process.ts";
export * from "./program.ts";
export * from "./reply.ts";
export * from "./screen.ts";
export * from "./temp-folder.ts";

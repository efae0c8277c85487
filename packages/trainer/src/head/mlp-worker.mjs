// A thread starts without tsx, which lets it import TypeScript.
import { register } from "tsx/esm/api";

register();
await import("./mlp-worker.ts");

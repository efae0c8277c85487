import { type BackendName, backendNames, command, FlagError } from "@seedling/core/internal";
import { Option } from "commander";
import { lookRound } from "./doctor/look-round.ts";
import { renderRows, renderVerdict } from "./doctor/render-rows.ts";
import { runParity } from "./doctor/run-parity.ts";

/** Lists what this machine has for a run, and what mends what it lacks. */
export const doctor = command<{ gpu: boolean; backend?: BackendName }>({
  name: "doctor",
  about:
    "What this machine has of what runs can use, and the one command that mends what is absent. Exit code 1 if something is broken that a run needs.",
  define: (line) =>
    line
      .option("--gpu", "runs the trainer's parity tests on this machine's card instead", false)
      .addOption(
        new Option("--backend <name>", "what --gpu tests (default: tfjs-node-gpu)").choices(
          backendNames,
        ),
      ),
  async run({ gpu, backend }, ctx) {
    if (backend && !gpu)
      throw new FlagError("--backend names what --gpu tests; give both, or neither");
    if (gpu) {
      const { line, agrees } = await runParity(backend ?? "tfjs-node-gpu", ctx.env);
      ctx.log(line);
      return agrees ? 0 : 1;
    }
    const rows = await lookRound(ctx.env, ctx.fetch);
    for (const line of renderRows(rows)) ctx.log(line);
    ctx.log(`\n${renderVerdict(rows)}`);
    return rows.some(({ state }) => state === "broken") ? 1 : 0;
  },
});

/** Sends 20 requests on the ledger it is given, settles five, and is killed. */
import { openLedger } from "../src/llm/ledger.ts";

const ledger = openLedger(process.argv[2] as string, () => {});
const ids = Array.from({ length: 20 }, () =>
  ledger.send({ promptTokens: 100, completionTokens: 50 }),
);
for (const id of ids.slice(3, 8)) ledger.commit(id, { promptTokens: 10, completionTokens: 1 });
process.kill(process.pid, "SIGKILL");

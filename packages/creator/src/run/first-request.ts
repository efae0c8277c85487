import { openLane, takeRequest } from "../create/chain.ts";
import type { CreationPlan } from "../create/create.ts";
import type { ChatRequest } from "../llm/chat.ts";

/** A creation's first request, by which the others are priced before any reply came. */
export function toFirstRequest(plan: CreationPlan): ChatRequest {
  const { formatting } = plan.shape;
  const first = takeRequest(
    plan,
    openLane(plan, 0, () => formatting),
  );
  if (!first) throw new RangeError("a creation without a first request");
  return first.request;
}

/** The door for the other packages. */
export { auditCreation } from "./audit/audit-creation.ts";
export { creatorStage } from "./run/creator-stage.ts";

/** The door for the other packages. */
export { drawBlindOrder, drawOptionOrder, readAuditAnswers } from "./audit/blind-sample.ts";
export { findCreation } from "./audit/find-creation.ts";
export { type BlindAnswer, computeLabelAccuracy } from "./audit/label-accuracy.ts";
export { openAnswers } from "./direct/open-answers.ts";
export { describeTask } from "./prompt/instruction.ts";
export { createCreatorStage } from "./run/creator-stage.ts";

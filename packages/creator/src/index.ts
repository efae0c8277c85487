/** The door for people: examples created from one, and a chat with a language model. Other packages use `@seedling/creator/internal`. */

export { type CreatedExample, type Creation, createExamples } from "./create/create-examples.ts";
export type { Refit } from "./create/creation.ts";
export type {
  ChatServer,
  CreateExamplesOptions,
  LabelCheckOptions,
} from "./create/creation-options.ts";
export { type AnswerOptions, type AskedExample, answerExamples } from "./direct/answer-examples.ts";
export type { Chat, ChatRequest, Clock, Completion, Message, Usage } from "./llm/chat.ts";
export { PermanentError, RetryableError } from "./llm/errors.ts";
export { type OpenChatOptions, openChat } from "./llm/open-chat.ts";

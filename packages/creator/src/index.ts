/** The door for people: created examples from a language model. */
export type { Chat, ChatRequest, Clock, Completion, Message, Usage } from "./llm/chat.ts";
export { PermanentError, RetryableError } from "./llm/errors.ts";
export { type OpenChatOptions, openChat } from "./llm/open-chat.ts";

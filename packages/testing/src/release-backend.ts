import { releaseBackend } from "@seedling/core/internal";
import { afterAll } from "vitest";

// A process has one backend of tfjs: test files that share a process each choose their own.
afterAll(releaseBackend);

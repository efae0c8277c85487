export { creationFiles } from "./creation-files.ts";

// Preloaded by a test's child process: makes this machine look like one without native TensorFlow.
const Module = require("node:module");

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function resolve(request, ...rest) {
  if (!request.startsWith("@tensorflow/tfjs-node")) return resolveFilename(request, ...rest);
  const error = new Error(`Cannot find module '${request}'`);
  error.code = "MODULE_NOT_FOUND";
  throw error;
};

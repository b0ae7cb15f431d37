// module:inlay/functions
function defineHandler(handler) {
  return handler;
}

// module:inlay/sdk
function context() {
  return sandbox("context()").context();
}
function env(name) {
  return sandbox("env()").env(name);
}
var log = /* @__PURE__ */ Object.assign((...values) => sandbox("log").log(...values), {
  debug: (...values) => sandbox("log").log.debug(...values),
  info: (...values) => sandbox("log").log.info(...values),
  warn: (...values) => sandbox("log").log.warn(...values),
  error: (...values) => sandbox("log").log.error(...values)
});
function sandbox(what) {
  const found = globalThis[/* @__PURE__ */ Symbol.for("inlay.sdk")];
  if (found !== void 0) return found;
  throw new Error(
    `Cannot use ${what} of inlay/sdk: this code runs outside of Inlay, it must run as a deployed function`
  );
}

// upload:index.ts
var index_default = defineHandler(async (request) => {
  log.info("called", { method: request.method });
  const form = new URLSearchParams(await request.text());
  const headers = new Headers({ "content-type": "text/plain" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  return new Response([context().params.id, form.get("name"), env("SUFFIX")].join(" "), { headers });
});
export {
  index_default as default
};

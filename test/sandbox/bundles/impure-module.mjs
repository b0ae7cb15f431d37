// module:inlay/sdk
function env(name) {
  return sandbox("env()").env(name);
}
function sandbox(what) {
  const found = globalThis[/* @__PURE__ */ Symbol.for("inlay.sdk")];
  if (found !== void 0) return found;
  throw new Error(
    `Cannot use ${what} of inlay/sdk: this code runs outside of Inlay, it must run as a deployed function`
  );
}

// upload:index.ts
var startedAt = Date.now();
var token = Math.random();
var mode = env("MODE");
var calls = 0;
var index_default = () => {
  calls += 1;
  return { calls, mode, young: Date.now() - startedAt < 5e3, token: token >= 0 && token < 1 };
};
export {
  index_default as default
};

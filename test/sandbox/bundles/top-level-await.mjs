var __defProp = Object.defineProperty;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// upload:extra.mjs
var extra_exports = {};
__export(extra_exports, {
  extra: () => extra
});
var extra;
var init_extra = __esm({
  async "upload:extra.mjs"() {
    extra = await Promise.all([1, Promise.resolve(2)]);
  }
});

// upload:index.mjs
var table = await Promise.resolve({ one: 1, two: 2 });
var { extra: extra2 } = await init_extra().then(() => extra_exports);
var ready = await (async () => true)();
var index_default = (event) => ({ value: table[event.key], extra: extra2, ready });
export {
  index_default as default,
  ready
};

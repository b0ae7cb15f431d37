var __getOwnPropNames = Object.getOwnPropertyNames;
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};

// upload:node_modules/slug/lib.js
var require_lib = __commonJS({
  "upload:node_modules/slug/lib.js"(exports) {
    "use strict";
    Object.defineProperty(exports, "__esModule", { value: true });
    exports.default = (text) => text.toLowerCase().replace(/[^\p{L}]+/gu, "-");
    exports.limit = 10;
  }
});

// upload:data.json
var require_data = __commonJS({
  "upload:data.json"(exports, module) {
    module.exports = { prefix: "p" };
  }
});

// upload:index.cjs
var require_index = __commonJS({
  "upload:index.cjs"(exports, module) {
    var slug = require_lib();
    var { prefix } = require_data();
    module.exports = (event) => prefix + "-" + slug.default(event.title).slice(0, slug.limit);
    module.exports.helper = 1;
  }
});
export default require_index();

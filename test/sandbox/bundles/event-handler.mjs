// upload:index.js
var index_default = ({ items }) => {
  const total = items.reduce((sum, { price, count = 1 }) => sum + price * count, 0);
  return { total, count: items.length, names: items.map((item) => item?.name ?? "unnamed") };
};
export {
  index_default as default
};

// upload:index.ts
var pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
var index_default = async (event) => {
  const order = [];
  queueMicrotask(() => order.push("microtask"));
  await Promise.all(event.names.map(async (name, index) => {
    await pause(index * 5);
    order.push(name);
  }));
  const slow = pause(6e4).then(() => "late");
  order.push(await Promise.race([slow, pause(1).then(() => "raced")]));
  return order;
};
export {
  index_default as default
};

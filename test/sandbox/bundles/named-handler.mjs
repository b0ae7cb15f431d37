// upload:lib/steps.ts
var double = (n) => n * 2;
var version = "1";

// upload:jobs.ts
async function run(event) {
  await Promise.resolve();
  return { n: double(event.n) };
}
export {
  run,
  version
};

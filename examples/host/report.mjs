/** Prints what became of the pipeline: a line per step, then the segments that it found. */
export function printRun(run, rowCount) {
  console.log(
    `\nRan the pipeline "${run.pipeline}" over ${rowCount} penguins: ${run.status} in ${milliseconds(run.durationMs)}.`,
  )
  for (const step of run.steps)
    console.log(`  ${step.name.padEnd(16)}${step.status.padEnd(12)}${milliseconds(step.durationMs ?? 0)}`)
  if (run.error) throw new Error(`The pipeline failed: ${run.error.message}`)
  for (const { size, meanMassGrams, species } of run.output.segments) {
    const mix = Object.entries(species).map(([name, count]) => `${count} ${name}`)
    console.log(`  a segment of ${size}, ${meanMassGrams} g on average: ${mix.join(", ")}`)
  }
}

/** Prints the metrics of these functions over the last hour. */
export async function printMetrics(functions, names) {
  console.log("\nMetrics of the last hour:")
  for (const name of names) {
    const { count, errorRate, durationMs } = await functions.metrics.summary(name, { range: "1h" })
    const times = `average ${milliseconds(durationMs.average)}, p95 ${milliseconds(durationMs.p95)}`
    console.log(`  ${name.padEnd(16)}calls ${count}, error rate ${errorRate}, ${times}`)
  }
}

/** Prints where the functions are and commands to call them with. */
export function printWhereToCall(origin, token) {
  const authorization = `-H 'Authorization: Bearer ${token}'`
  const json = `-H 'Content-Type: application/json'`
  console.log(`
Listening on ${origin}

Call the function by its route, by its name, and run the pipeline:
  curl -s ${origin}/api/quotes ${json} -d '{"weightKg":2.5,"country":"FR"}'
  curl -s ${origin}/api/functions/price_quote/invoke ${authorization} ${json} -d '{"weightKg":2.5,"country":"DE"}'
  curl -s ${origin}/api/pipelines/segmentation/run ${authorization} ${json} -d '{"rows":[{"Species":"Gentoo","Beak Length (mm)":46.1,"Beak Depth (mm)":13.2,"Flipper Length (mm)":211,"Body Mass (g)":4500,"Sex":"FEMALE"}]}'

See what is deployed and how it does:
  curl -s ${origin}/api/functions ${authorization}
  curl -s ${origin}/api/functions/price_quote/metrics ${authorization}

Ctrl-C stops.`)
}

function milliseconds(value) {
  return `${value.toFixed(2)} ms`
}

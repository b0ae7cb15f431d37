import { cpus } from "node:os"

/**
 * Runs a benchmark and prints it: a table, or with `--json` one object of its figures and nothing else.
 * `measure` gives rows `{ key, what, value, unit, atMost?, atLeast?, note? }`; with `extra`, further tables and figures.
 */
export async function report(title, measure) {
  const json = process.argv.includes("--json")
  const { rows, tables = [], figures = {} } = await measure()
  if (json) {
    const own = rows.filter((row) => row.key !== undefined).map((row) => [row.key, Number(row.value.toPrecision(6))])
    console.log(JSON.stringify({ ...Object.fromEntries(own), ...figures }))
    return
  }
  console.log(`\n${title} (Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"})`)
  printTable(
    ["", "measured", "budget", ""],
    rows.map((row) => [row.what, show(row.value, row.unit), budgetOf(row), verdictOf(row)]),
  )
  for (const { header, lines } of tables) {
    console.log()
    printTable(header, lines)
  }
}

/** A figure with its unit, to three digits. */
export function show(value, unit) {
  if (value === undefined || Number.isNaN(value)) return "not measured"
  return `${value >= 1000 ? Math.round(value).toLocaleString("en-GB") : round(value)} ${unit}`
}

function budgetOf({ atMost, atLeast, unit }) {
  if (atMost !== undefined) return `≤ ${show(atMost, unit)}`
  return atLeast === undefined ? "" : `≥ ${show(atLeast, unit)}`
}

function verdictOf({ value, atMost, atLeast, note = "" }) {
  if (atMost === undefined && atLeast === undefined) return note
  const holds = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY)
  return [holds ? "holds" : "misses", note].filter(Boolean).join(", ")
}

function printTable(header, lines) {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const format = (line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("   ")
  console.log(format(header).trimEnd())
  console.log(widths.map((width) => "─".repeat(width)).join("───"))
  for (const line of lines) console.log(format(line).trimEnd())
}

function round(value) {
  return Number(value.toPrecision(3))
}

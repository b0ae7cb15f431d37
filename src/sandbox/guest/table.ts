import { inspect } from "./inspect.ts"
import { arrayJoin, getOwnPropertyDescriptor, isArray, keys, mapGet, mapSet, padEnd, repeat } from "./primordials.ts"
import { toDOMString } from "./webidl.ts"

const maxRows = 200
const maxColumns = 20

/** Rows of objects or arrays as a table; undefined for what has no rows. */
export function formatTable(data: unknown, columns?: unknown): string | undefined {
  if (typeof data !== "object" || data === null) return undefined
  try {
    const rows = keys(data)
    const names = isArray(columns) ? columns : columnsOf(data, rows)
    const lines: string[][] = [["(index)"]]
    for (let column = 0; column < names.length; column++) add(lines[0] as string[], toDOMString(names[column]))
    for (let row = 0; row < rows.length && row < maxRows; row++) {
      const name = rows[row] as string
      const value = own(data, name)
      const line = [name]
      for (let column = 0; column < names.length; column++) add(line, cell(value, toDOMString(names[column])))
      add(lines, line)
    }
    return draw(lines)
  } catch {
    return undefined
  }
}

const valueColumn = "Values"

function columnsOf(data: object, rows: readonly string[]): string[] {
  const names = new Map<string, true>()
  const found: string[] = []
  let plain = false
  for (let row = 0; row < rows.length && row < maxRows; row++) {
    const value = own(data, rows[row] as string)
    if (typeof value !== "object" || value === null) {
      plain = true
      continue
    }
    const fields = keys(value)
    for (let index = 0; index < fields.length && found.length < maxColumns; index++) {
      const name = fields[index] as string
      if (mapGet(names, name)) continue
      mapSet(names, name, true)
      add(found, name)
    }
  }
  if (plain) add(found, valueColumn)
  return found
}

function cell(value: unknown, column: string): string {
  if (typeof value !== "object" || value === null) return column === valueColumn ? short(value) : ""
  const property = getOwnPropertyDescriptor(value, column)
  return property === undefined ? "" : "value" in property ? short(property.value) : "[Getter]"
}

function own(data: object, key: string): unknown {
  return getOwnPropertyDescriptor(data, key)?.value
}

function short(value: unknown): string {
  return inspect(value, { depth: 1, length: 100 })
}

function draw(lines: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (let line = 0; line < lines.length; line++) {
    const cells = lines[line] as readonly string[]
    for (let column = 0; column < cells.length; column++) {
      const width = (cells[column] as string).length
      if (width > (widths[column] ?? 0)) widths[column] = width
    }
  }
  const rule: string[] = []
  for (let column = 0; column < widths.length; column++) add(rule, repeat("─", (widths[column] as number) + 2))
  const shown = ["┌" + arrayJoin(rule, "┬") + "┐"]
  for (let line = 0; line < lines.length; line++) {
    const cells: string[] = []
    for (let column = 0; column < widths.length; column++) {
      add(cells, padEnd((lines[line] as readonly string[])[column] ?? "", widths[column] as number))
    }
    add(shown, "│ " + arrayJoin(cells, " │ ") + " │")
    if (line === 0) add(shown, "├" + arrayJoin(rule, "┼") + "┤")
  }
  add(shown, "└" + arrayJoin(rule, "┴") + "┘")
  return arrayJoin(shown, "\n")
}

function add<Item>(list: Item[], item: Item): void {
  list[list.length] = item
}

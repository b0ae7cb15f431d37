type Row = Readonly<Record<string, string | number | null>>

/** Drops the rows in which a measurement or the sex is missing. */
export default ({ rows }: { readonly rows: readonly Row[] }) => {
  const whole = rows.filter((row) =>
    Object.values(row).every((value) => value !== null && value !== "." && value !== ""),
  )
  return { rows: whole, dropped: rows.length - whole.length }
}

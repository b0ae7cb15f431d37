interface Input {
  readonly rows: readonly Readonly<Record<string, string | number>>[]
  readonly dropped: number
}

const measures = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]

/** Turns the measurements into standard scores, so that millimetres and grams weigh the same. */
export default ({ rows, dropped }: Input) => {
  const scales = measures.map((measure) => {
    const values = rows.map((row) => Number(row[measure]))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return { measure, mean, deviation: Math.sqrt(variance) || 1 }
  })
  const penguins = rows.map((row) => ({
    species: row.Species,
    massGrams: row["Body Mass (g)"],
    scores: scales.map(({ measure, mean, deviation }) => (Number(row[measure]) - mean) / deviation),
  }))
  return { penguins, dropped }
}

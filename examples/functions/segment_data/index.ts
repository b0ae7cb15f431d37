import { cluster } from "./k-means.ts"

interface Penguin {
  readonly species: string
  readonly massGrams: number
  readonly scores: readonly number[]
}

/** Sorts the penguins into three segments by their measurements alone, and tells which species each one holds. */
export default ({ penguins, dropped }: { readonly penguins: readonly Penguin[]; readonly dropped: number }) => {
  const labels = cluster(
    penguins.map((penguin) => penguin.scores),
    3,
  )
  const segments = [0, 1, 2].map((label) => {
    const members = penguins.filter((_, index) => labels[index] === label)
    const species: Record<string, number> = {}
    for (const { species: name } of members) species[name] = (species[name] ?? 0) + 1
    const mass = members.reduce((sum, penguin) => sum + penguin.massGrams, 0) / (members.length || 1)
    return { size: members.length, meanMassGrams: Math.round(mass), species }
  })
  return { segments: segments.sort((a, b) => b.size - a.size), counted: penguins.length, dropped }
}

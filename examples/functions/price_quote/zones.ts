interface Zone {
  readonly name: string
  readonly base: number
  readonly perKg: number
}

const domestic: Zone = { name: "domestic", base: 3.9, perKg: 0.6 }
const europe: Zone = { name: "europe", base: 7.5, perKg: 1.4 }
const world: Zone = { name: "world", base: 14, perKg: 5.2 }
const european = new Set(["AT", "BE", "CZ", "DK", "ES", "FI", "FR", "IE", "IT", "LU", "NL", "PL", "PT", "SE"])

export function zoneOf(country: string): Zone {
  if (country === "DE") return domestic
  return european.has(country) ? europe : world
}

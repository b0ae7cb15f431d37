import { zoneOf } from "./zones.ts"

interface Parcel {
  readonly weightKg: number
  readonly country: string
}

/** Answers `POST /quotes` with a price: what a customer of a shop system would put in instead of its own rule. */
export default async function handler(request: Request): Promise<Response> {
  const parcel = (await request.json()) as Partial<Parcel>
  if (typeof parcel.weightKg !== "number" || !(parcel.weightKg > 0) || typeof parcel.country !== "string") {
    return Response.json({ error: 'Expected { "weightKg": number, "country": string }' }, { status: 422 })
  }
  const zone = zoneOf(parcel.country)
  const price = zone.base + zone.perKg * Math.ceil(parcel.weightKg)
  return Response.json({ zone: zone.name, price: Number(price.toFixed(2)), currency: "EUR" })
}

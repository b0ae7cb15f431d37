import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { bootBase } from "../../scripts/base-image.ts"
import { readBaseImage } from "../../src/sandbox/engine/base-image.ts"

/** Clock readings and random seeds of the engine itself, which the guest's own stand before. */
const differsInBytes = 64

test("the image of the base is what the built worker boots, but for clocks and seeds", async () => {
  const image = readBaseImage()
  const { low, heap, ...booted } = await bootBase(fileURLToPath(new URL("../../dist/workers/", import.meta.url)))
  const { low: imageLow, heap: imageHeap, ...head } = image
  expect(head).toEqual(booted)
  expect(countDifferences(imageLow, low)).toBe(0)
  expect(countDifferences(imageHeap, heap)).toBeLessThan(differsInBytes)
})

function countDifferences(one: Uint8Array, other: Uint8Array): number {
  expect(one.length).toBe(other.length)
  let count = 0
  for (const [index, byte] of one.entries()) if (byte !== other[index]) count++
  return count
}

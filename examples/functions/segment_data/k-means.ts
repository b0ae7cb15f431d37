type Point = readonly number[]

/** Labels each point with one of `count` clusters. Starts from points spread over the input, so that the answer repeats. */
export function cluster(points: readonly Point[], count: number): readonly number[] {
  let centres = points.filter((_, index) => index % Math.ceil(points.length / count) === 0)
  let labels: readonly number[] = []
  for (let round = 0; round < 50; round++) {
    const next = points.map((point) => nearest(point, centres))
    if (next.every((label, index) => label === labels[index])) break
    labels = next
    centres = centres.map((centre, label) => meanOf(points.filter((_, index) => labels[index] === label)) ?? centre)
  }
  return labels
}

function nearest(point: Point, centres: readonly Point[]): number {
  const distances = centres.map((centre) => distance(point, centre))
  return distances.indexOf(Math.min(...distances))
}

function meanOf(points: readonly Point[]): Point | undefined {
  return points[0]?.map((_, axis) => points.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / points.length)
}

function distance(a: Point, b: Point): number {
  return a.reduce((sum, value, axis) => sum + (value - (b[axis] ?? 0)) ** 2, 0)
}

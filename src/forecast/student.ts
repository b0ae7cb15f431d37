/**
 * How much wider than the normal distribution's the interval of Student's t is at a level (a share), for `degrees` of freedom:
 * what an interval from few errors leaves out. By the expansion of Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 26.7.5; at least two degrees.
 */
export function widening(level: number, degrees: number): number {
  const z = normalQuantile((1 + level) / 2)
  const n = Math.max(2, degrees)
  const z2 = z * z
  const terms = [
    (z2 + 1) / 4,
    ((5 * z2 + 16) * z2 + 3) / 96,
    (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
    ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92_160,
  ]
  return terms.reduce((sum, term, index) => sum + term / n ** (index + 1), 1)
}

/** The quantile of the normal distribution for a share above one half (Abramowitz and Stegun, 26.2.23; within 0.0005). */
function normalQuantile(share: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - share))
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
}

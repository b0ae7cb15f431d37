/** The last time that a `Date` holds, in epoch milliseconds. */
export const latestTime = 8_640_000_000_000_000
